"""The rules of the loyalty service: pure functions and words, with no I/O, clock or randomness."""
