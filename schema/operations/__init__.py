"""How an operation runs: the document is prepared once, then compiled or resolved."""
