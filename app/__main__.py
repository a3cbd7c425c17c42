"""`python -m app` is the `loyalty` command."""

from app.commands.cli import main

main()
