"""The `loyalty` command and its subcommands."""
