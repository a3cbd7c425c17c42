"""Where the database is, and which migration it has."""
