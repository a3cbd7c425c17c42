"""Each refusal of the domain as the GraphQL type of the same name.

A refusal is declared once, in `domain/errors`. Its type, its `ErrorCode` and the handler that
serves it are made here. graphql-core raises every exception that a resolver returns as a value, so
the type is a class of its own beside the exception.
"""

from enum import StrEnum
from types import new_class
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import strawberry
from strawberry.types.field import StrawberryField

from domain.errors.base import LoyaltyError, ServedAs, refusals
from schema.types.enums import described
from schema.types.scalars import Points

_enum: Any = StrEnum  # mypy does not know the values of an enum that is made at run time
ErrorCode: Any = described(
    _enum("ErrorCode", {each.code: each.code for each in refusals()}),
    "Every reason for which a call is refused: the same codes over GraphQL and REST.",
    {each.code: str(each.__doc__) for each in refusals()},
)
_SCALARS: dict[ServedAs, Any] = {ServedAs.ID: strawberry.ID, ServedAs.POINTS: Points}


@strawberry.interface(
    description="Why a call was refused. A refused call has changed nothing, not even its key."
)
class UserError:
    """What every refusal has."""

    code: str = strawberry.field(graphql_type=ErrorCode, description="The reason, for programs.")
    message: str = strawberry.field(description="What was wrong and what to do, for people.")


class ServedRefusal:
    """Serves a refusal where the union of the field has the refusal's type."""

    def __init__(self, refusal: type[LoyaltyError]) -> None:
        hints = get_type_hints(refusal, include_extras=True)
        served = {name: field for name, hint in hints.items() if (field := _field(hint))}

        def body(namespace: dict[str, Any]) -> None:
            namespace.update(__module__=__name__, __annotations__=served)

        made: Any = strawberry.type(
            new_class(refusal.__name__, (UserError,), exec_body=body), description=refusal.__doc__
        )
        self.exception_type = refusal
        self.error_type = made
        self._names = tuple(served)

    def handle(
        self, exception: LoyaltyError, *, field: StrawberryField, info: strawberry.Info
    ) -> Any:
        """Returns the answer to a call that was refused, as Strawberry asks for it."""
        return self.answer(exception)

    def answer(self, exception: LoyaltyError) -> Any:
        """Returns the answer to a call that was refused."""
        values = {name: getattr(exception, name) for name in self._names}
        return self.error_type(code=exception.code, message=exception.message, **values)


def _field(hint: Any) -> Any:
    """Returns the annotation of a field as it is served; None for one without a description."""
    if get_origin(hint) is not Annotated:
        return None
    type_, *notes = get_args(hint)
    description = next((note for note in notes if isinstance(note, str)), None)
    if description is None:
        return None
    scalar = next((_SCALARS[note] for note in notes if isinstance(note, ServedAs)), type_)
    return Annotated[scalar, strawberry.field(description=description)]


HANDLERS = [ServedRefusal(each) for each in refusals()]
"""What Strawberry asks for the answer when a use case refuses a call."""

SERVED = {each.exception_type: each for each in HANDLERS}
"""How each refusal is served."""
