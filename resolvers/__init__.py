"""The use cases: one function is one thing that the service does, whichever door it is asked at."""
