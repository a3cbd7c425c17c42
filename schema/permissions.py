"""Who may ask for a field: guards that show in the schema as directives."""

from collections.abc import Mapping
from typing import Any, cast

import strawberry
from graphql import GraphQLField
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from domain.actor import Actor
from resolvers.context import Context

Info = strawberry.Info[Context, None]


@strawberry.schema_directive(
    name="isAuthenticated",
    locations=[Location.FIELD_DEFINITION],
    description="Needs a token; what it shows is the caller's own, or anybody's for an admin.",
)
class IsAuthenticatedDirective:
    """How `is_authenticated` shows in the schema."""


@strawberry.schema_directive(
    name="isAdmin",
    locations=[Location.FIELD_DEFINITION],
    description="Needs a token with the admin role.",
)
class IsAdminDirective:
    """How `is_admin` shows in the schema."""


@strawberry.schema_directive(
    name="isSelfOrAdmin",
    locations=[Location.FIELD_DEFINITION],
    description="Needs the token of the user whose `userId` is asked for, or the admin role.",
)
class IsSelfOrAdminDirective:
    """How `is_self_or_admin` shows in the schema."""


class Guard(BasePermission):
    """What has to be true of the caller; the arguments are those of the field that is asked for."""

    def require(self, actor: Actor, arguments: Mapping[str, Any]) -> None:
        """Raises the refusal of a caller who may not use the field."""
        raise NotImplementedError

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        self.require(info.context.actor, kwargs)
        return True


class _IsAuthenticated(Guard):
    _schema_directive = IsAuthenticatedDirective()

    def require(self, actor: Actor, arguments: Mapping[str, Any]) -> None:
        actor.require_authenticated()


class _IsAdmin(Guard):
    _schema_directive = IsAdminDirective()

    def require(self, actor: Actor, arguments: Mapping[str, Any]) -> None:
        actor.require_admin()


class _IsSelfOrAdmin(Guard):
    _schema_directive = IsSelfOrAdminDirective()

    def require(self, actor: Actor, arguments: Mapping[str, Any]) -> None:
        actor.require_self_or_admin(arguments["user_id"])


def is_authenticated() -> list[FieldExtension]:
    """Returns the guard of a field that every caller with a valid token may ask for."""
    return [PermissionExtension([_IsAuthenticated()])]


def is_admin() -> list[FieldExtension]:
    """Returns the guard of a field that is for admins."""
    return [PermissionExtension([_IsAdmin()])]


def is_self_or_admin() -> list[FieldExtension]:
    """Returns the guard of a field with a `userId`: for that user, and for admins."""
    return [PermissionExtension([_IsSelfOrAdmin()])]


def definition_of(field: GraphQLField) -> StrawberryField:
    """Returns what Strawberry has made a field of."""
    definition: StrawberryField = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return definition


def guards_of(field: GraphQLField) -> tuple[Guard, ...]:
    """Returns all guards of a field."""
    return tuple(
        cast(Guard, permission)
        for extension in definition_of(field).extensions
        if isinstance(extension, PermissionExtension)
        for permission in extension.permissions
    )


def is_always_allowed(field: GraphQLField, actor: Actor) -> bool:
    """Whether a field's guards let this caller pass, whatever the object is that it is asked of."""
    guards = guards_of(field)
    return not guards or (actor.is_admin and all(isinstance(guard, _IsAdmin) for guard in guards))
