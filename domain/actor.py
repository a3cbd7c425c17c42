"""The actor: the caller of an operation, as a verified token identifies it."""

from dataclasses import dataclass

from domain.enums import Role
from domain.errors.base import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller, by the subject and role of a verified token.

    `email` and `display_name` come from the token's claims, and serve only to create the caller's
    own user row.
    """

    id: str
    role: Role
    email: str | None = None
    display_name: str | None = None

    @property
    def is_authenticated(self) -> bool:
        """Whether a valid token came with the request."""
        return self.role is not Role.ANONYMOUS

    @property
    def is_admin(self) -> bool:
        """Whether the caller may see and change everything."""
        return self.role is Role.ADMIN

    @property
    def owner_scope(self) -> str | None:
        """The user whose rows this caller may see; None means all rows, "" means none."""
        return None if self.is_admin else self.id

    def may_see(self, user_id: str) -> bool:
        """Whether this caller may see the rows of `user_id`."""
        return self.is_admin or (self.is_authenticated and self.id == user_id)

    def require_authenticated(self) -> None:
        """Refuses a caller without a valid token.

        Raises:
            Unauthenticated: the caller sent no token.
        """
        if not self.is_authenticated:
            raise Unauthenticated

    def require_admin(self) -> None:
        """Refuses a caller who is not an admin.

        Raises:
            Unauthenticated: the caller sent no token.
            Forbidden: the caller is not an admin.
        """
        self.require_authenticated()
        if not self.is_admin:
            raise Forbidden

    def require_self_or_admin(self, user_id: str) -> None:
        """Refuses a caller who is neither an admin nor the user `user_id`, which need not exist.

        Raises:
            Unauthenticated: the caller sent no token.
            Forbidden: the caller is neither.
        """
        self.require_authenticated()
        if not self.may_see(user_id):
            raise Forbidden


ANONYMOUS = Actor(id="", role=Role.ANONYMOUS)
