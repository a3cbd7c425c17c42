"""The interfaces of the service: GraphQL, REST, the pages and the health checks."""
