"""`python -m app` is the `loyalty` command."""

from app.cli import main

main()
