"""The root of all refusals, and those that depend on the call alone, or on the moment."""

from dataclasses import dataclass
from typing import ClassVar

from domain.enums import ErrorCode


class LoyaltyError(Exception):
    """The root of every refusal."""

    code: ClassVar[ErrorCode]

    @property
    def message(self) -> str:
        """What was wrong and what to do about it, in one or two sentences."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class InvalidInput(LoyaltyError):
    """A value that breaks a rule which holds whatever the state; `field` names it as in the API."""

    code = ErrorCode.BAD_USER_INPUT
    field: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.field}: {self.problem}"


class AccessDenied(LoyaltyError):
    """The caller may not do this."""


class Unauthenticated(AccessDenied):
    """The call needs a valid token and brought none."""

    code = ErrorCode.UNAUTHENTICATED

    @property
    def message(self) -> str:
        return "This needs a token: send it as 'Authorization: Bearer <token>'."


class Forbidden(AccessDenied):
    """The token is valid, but not for this."""

    code = ErrorCode.FORBIDDEN

    @property
    def message(self) -> str:
        return "Your token does not allow this: it needs the admin role, or your own user id."


class Unavailable(LoyaltyError):
    """The service cannot answer now; the same call may succeed later and has changed nothing."""

    code = ErrorCode.UNAVAILABLE

    @property
    def message(self) -> str:
        return "The service is busy or its database is away. Try again shortly."


@dataclass(eq=False)
class CodeSpaceExhausted(Unavailable):
    """Every one of `attempts` drawn codes was taken."""

    code = ErrorCode.CODE_SPACE_EXHAUSTED
    attempts: int

    @property
    def message(self) -> str:
        return f"No free referral code in {self.attempts} draws. Nothing was written; try again."
