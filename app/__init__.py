"""The composition root: settings, identity, HTTP interfaces, commands and the running service."""
