"""Who may ask for a field: guards that show in the schema as directives."""

from typing import Any

import strawberry
from graphql import GraphQLField
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location

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


class _IsAuthenticated(BasePermission):
    _schema_directive = IsAuthenticatedDirective()

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        info.context.actor.require_authenticated()
        return True


class _IsAdmin(BasePermission):
    _schema_directive = IsAdminDirective()

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        info.context.actor.require_admin()
        return True


class _IsSelfOrAdmin(BasePermission):
    _schema_directive = IsSelfOrAdminDirective()

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        info.context.actor.require_self_or_admin(kwargs["user_id"])
        return True


def is_authenticated() -> list[FieldExtension]:
    """Returns the guard of a field that every caller with a valid token may ask for."""
    return [PermissionExtension([_IsAuthenticated()])]


def is_admin() -> list[FieldExtension]:
    """Returns the guard of a field that is for admins."""
    return [PermissionExtension([_IsAdmin()])]


def is_self_or_admin() -> list[FieldExtension]:
    """Returns the guard of a field with a `userId`: for that user, and for admins."""
    return [PermissionExtension([_IsSelfOrAdmin()])]


def surely_holds(field: GraphQLField, actor: Actor) -> bool:
    """Whether a field's guards let this caller pass, whatever the object is that it is asked of."""
    guards = [
        permission
        for extension in field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].extensions
        if isinstance(extension, PermissionExtension)
        for permission in extension.permissions
    ]
    return not guards or (actor.is_admin and all(isinstance(guard, _IsAdmin) for guard in guards))
