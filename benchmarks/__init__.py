"""How fast the service is beside what users would pick instead: the same work, the same rows."""
