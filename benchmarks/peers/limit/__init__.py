"""The limit: no GraphQL at all. Each operation is one hand-written statement that returns JSON."""
