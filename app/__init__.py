"""The roof: what turns the lights on, from settings and tokens to the running service."""
