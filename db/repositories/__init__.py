"""All queries: one module a subject, one function a question."""
