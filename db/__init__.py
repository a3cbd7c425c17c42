"""Rows, queries, batches and transactions: all that knows SQL, and nothing that decides."""
