"""Checks of what is stored: the ledger's hashes and sums, checkpoints, and personal data."""
