"""How the schema of the database came to be, one step a file; a step that has landed stays."""
