"""Every reason for which the service refuses a call.

A refusal is declared once, in the module of its kind:

- `base`: the base class, invalid input, missing access, and what may succeed later
- `not_found`: something that the call names is unknown
- `conflicts`: a valid call that the present state does not allow

Its GraphQL type and its `ErrorCode` are made from it: see `schema/results/refusals.py`. It carries
the numbers behind it as attributes, and a `message` that says what was wrong and what to do. A
refused call has changed nothing.
"""

# `refusals` in `base` lists the subclasses that are loaded.
from domain.errors import base, conflicts, not_found

__all__ = ["base", "conflicts", "not_found"]
