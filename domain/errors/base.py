"""The root of all refusals, and the refusals that depend on the call alone, or on the time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar, TypeAlias


class ServedAs(Enum):
    """The GraphQL scalar of a value whose Python type does not name it."""

    ID = "ID"
    POINTS = "Points"


Id: TypeAlias = Annotated[str, ServedAs.ID]
Points: TypeAlias = Annotated[int, ServedAs.POINTS]


class LoyaltyError(Exception):
    """The root of every refusal.

    A class with a `message` of its own is a refusal; the others are groups. Its `code` follows from
    its name, `INSUFFICIENT_POINTS` from `InsufficientPoints`, unless the class sets one. Its
    docstring is the description in the contract. A field that is annotated with a text is served,
    with that text as its description.
    """

    code: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "message" in vars(cls) and "code" not in vars(cls):
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()

    @property
    def message(self) -> str:
        """What was wrong and what to do about it, in one or two sentences."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.message


def refusals(group: type[LoyaltyError] = LoyaltyError) -> Iterator[type[LoyaltyError]]:
    """Yields every refusal of a group: the classes that have a message."""
    for each in group.__subclasses__():
        if "message" in vars(each):
            yield each
        yield from refusals(each)


@dataclass(eq=False)
class InvalidInput(LoyaltyError):
    """A value that the service accepts in no state. Correct it."""

    code = "BAD_USER_INPUT"
    field: Annotated[str, "The input field that was wrong."]
    problem: str

    @property
    def message(self) -> str:
        return f"{self.field}: {self.problem}"


class AccessDenied(LoyaltyError):
    """The caller may not do this."""


class Unauthenticated(AccessDenied):
    """The call needs a valid token."""

    @property
    def message(self) -> str:
        return "This needs a token: send it as 'Authorization: Bearer <token>'."


class Forbidden(AccessDenied):
    """The token is valid, but it does not allow this."""

    @property
    def message(self) -> str:
        return "Your token does not allow this: it needs the admin role, or your own user id."


class Unavailable(LoyaltyError):
    """The service or its database is busy. Try again shortly."""

    @property
    def message(self) -> str:
        return "The service is busy or its database is unavailable. Try again shortly."


@dataclass(eq=False)
class CodeSpaceExhausted(Unavailable):
    """The service found no free referral code. Try again."""

    attempts: int

    @property
    def message(self) -> str:
        return (
            f"The service found no free referral code in {self.attempts} draws. "
            "It wrote nothing; try again."
        )
