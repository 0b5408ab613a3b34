"""Who somebody is: one account, and others that were joined to it."""

from dataclasses import dataclass
from typing import NamedTuple


class Account(NamedTuple):
    """A person's account on one channel."""

    channel: str
    user: str


NOBODY = "gone"
"""The channel of what was somebody's: what is left of it cannot be led back to anybody."""


@dataclass(frozen=True, slots=True)
class Person:
    """All accounts of one person; everything is kept under the first one."""

    accounts: tuple[Account, ...]

    @property
    def primary(self) -> Account:
        """The account under which everything is kept."""
        return self.accounts[0]
