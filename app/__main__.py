"""Runs the `loyalty` command as `python -m app`."""

from app.commands.cli import main

main()
