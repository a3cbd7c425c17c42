"""Compiled execution: an operation that one statement, or one use case, answers as a whole."""
