"""What the service is measured against; each peer is a process of its own."""
