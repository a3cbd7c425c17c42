"""How the service talks to PostgreSQL: pools, sessions, transactions and failures."""
