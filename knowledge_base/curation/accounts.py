"""Who somebody in the console is, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person does. One person may hold several roles."""

    AGENT = "agent"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


class Forbidden(Exception):
    """The account lacks the role for this, or it is about its own text."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who is signed in. `name` is unique and stays; `shown` is what others read; a new `epoch` ends sessions."""

    name: str
    shown: str
    roles: frozenset[Role]
    epoch: int

    def may(self, *roles: Role) -> bool:
        """Whether the person holds one of `roles`."""
        return not self.roles.isdisjoint(roles)

    def require(self, *roles: Role) -> None:
        """Raise `Forbidden` unless the person holds one of `roles`."""
        if not self.may(*roles):
            raise Forbidden(f"needs one of: {', '.join(roles)}")


TERMINAL = Account("@terminal", "@terminal", frozenset({Role.OPERATOR}), 0)
"""Whoever works at the machine itself. No person's name begins with @."""


def roles_of(joined: str) -> frozenset[Role]:
    """Roles as the store keeps them: joined by commas."""
    return frozenset(Role(part) for part in joined.split(",") if part)


def joined_roles(roles: frozenset[Role]) -> str:
    """Roles for the store, in their own order."""
    return ",".join(role for role in Role if role in roles)
