"""The upper limit: no GraphQL. Each operation is one hand-written statement that returns JSON."""
