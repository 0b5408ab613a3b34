"""A service of the assistant beside its library: warnings, prices, weather, bookings."""

from abc import ABC

from dialogs.context import Context
from dialogs.messages import Reply
from dialogs.session import Session


class Service(ABC):
    """One service. What it has nothing to say to is None, and goes on to the next one."""

    action: str
    """Before the ids of all its buttons: `w:ok:...`."""
    intents: frozenset[str] = frozenset()
    """The intents of which `asked` hears."""

    def meant(self, text: str, session: Session) -> str | None:  # noqa: ARG002
        """The button that a plain yes or no stands for, where something of this service was just read back."""
        return None

    async def in_words(self, context: Context) -> list[Reply] | None:  # noqa: ARG002
        """The reply to a sentence that is plainly for this service, whatever its intent: first of all the answer to its open form."""
        return None

    async def after_danger(self, context: Context) -> Reply | None:  # noqa: ARG002
        """What is said of a wish for this service after the emergency answer to the same sentence."""
        return None

    async def asked(self, context: Context) -> list[Reply] | None:  # noqa: ARG002
        """The reply to a sentence of one of its intents."""
        return None

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:  # noqa: ARG002
        """The reply to a button, by what stands behind its action; None for one that means nothing."""
        return None

    async def located(self, context: Context) -> list[Reply] | None:  # noqa: ARG002
        """The reply to a position that this service has waited for."""
        return None

    def resume(self, context: Context) -> Reply | None:  # noqa: ARG002
        """What its open form asked, once more, after another question was answered in the middle of it."""
        return None
