"""Exports the contract as files, and checks that the committed files match the code."""
