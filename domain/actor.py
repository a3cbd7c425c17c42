"""Who is calling: what a verified token says, and nothing that it does not."""

from dataclasses import dataclass

from domain.enums import Role
from domain.errors import Forbidden, Unauthenticated


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
        """Whose rows may be shown to this caller: None stands for everybody's, "" for nobody's."""
        return None if self.is_admin else self.id

    def may_see(self, user_id: str) -> bool:
        """Whether what belongs to `user_id` may be shown to this caller."""
        return self.is_admin or (self.is_authenticated and self.id == user_id)

    def require_authenticated(self) -> None:
        """Lets every caller with a valid token pass.

        Raises:
            Unauthenticated: the caller brought no token.
        """
        if not self.is_authenticated:
            raise Unauthenticated

    def require_admin(self) -> None:
        """Lets admins pass.

        Raises:
            Unauthenticated: the caller brought no token.
            Forbidden: the caller is no admin.
        """
        self.require_authenticated()
        if not self.is_admin:
            raise Forbidden

    def require_self_or_admin(self, user_id: str) -> None:
        """Lets admins pass, and the user whose id it is: whether there is such a user or not.

        Raises:
            Unauthenticated: the caller brought no token.
            Forbidden: the caller is neither.
        """
        self.require_authenticated()
        if not self.may_see(user_id):
            raise Forbidden


ANONYMOUS = Actor(id="", role=Role.ANONYMOUS)
