"""How a mutation is declared: its guard, its description, and the refusals that it can meet."""

from collections.abc import Awaitable, Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, get_type_hints

import strawberry

from domain.errors.base import InvalidInput, LoyaltyError
from domain.errors.conflicts import IdempotencyKeyReused
from schema.permissions import is_admin
from schema.results.refusals import SERVED

_ALWAYS: tuple[type[LoyaltyError], ...] = (IdempotencyKeyReused, InvalidInput)
"""The refusals that every mutation can meet."""


def mutation(
    description: str, *refusals: type[LoyaltyError]
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Declares a mutation for admins; the resolver's return type is its success type.

    The result `EarnPointsResult` is the union of `EarnPointsSuccess`, of the GraphQL types of
    `refusals`, and of what every mutation can meet.
    """

    def declare(resolver: Callable[..., Awaitable[Any]]) -> Any:
        success: type[Any] = get_type_hints(resolver)["return"]
        served = [SERVED[each].error_type for each in (*refusals, *_ALWAYS)]
        union = strawberry.union(
            success.__name__.removesuffix("Success") + "Result",
            description=f"{success.__name__}, or why nothing was done.",
        )
        return strawberry.mutation(
            resolver=resolver,
            description=description,
            extensions=is_admin(),
            graphql_type=Annotated[reduce(or_, [success, *served]), union],
        )

    return declare
