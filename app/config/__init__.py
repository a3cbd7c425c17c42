"""What an operator decides: settings, the addresses in them, and secrets."""
