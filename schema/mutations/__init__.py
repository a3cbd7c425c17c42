"""The mutations by subject: each module has their successes, and their fields with the refusals."""
