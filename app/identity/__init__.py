"""Who calls: bearer tokens and the issuer's keys."""
