"""The use cases: each function is one thing that the service does, for GraphQL and for REST."""
