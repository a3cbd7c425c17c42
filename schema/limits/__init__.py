"""What one document may ask for: its size, its cost and its introspection."""
