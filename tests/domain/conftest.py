"""Generated examples are the same in every run, and are not timed."""

from hypothesis import settings

settings.register_profile("domain", derandomize=True, deadline=None, print_blob=False)
settings.load_profile("domain")
