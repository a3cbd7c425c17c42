"""The settings of the service: values, addresses and secrets."""
