"""Authentication: bearer tokens and the issuer's keys."""
