"""Why a step of an entry cannot be taken."""

from knowledge_base.curation.accounts import Forbidden
from knowledge_base.curation.versions import Version


class EditConflict(Exception):
    """Somebody else has changed this entry in the meantime."""

    def __init__(self, current: Version) -> None:
        """`current` is the other person's text, as it stands now."""
        super().__init__(f"{current.key} {current.number} by {current.author}")
        self.current = current


class WrongState(Exception):
    """The version is not in a state for this step any more."""


class InReview(WrongState):
    """The draft has been handed to review, and is not written at until it comes back."""

    def __init__(self, current: Version) -> None:
        super().__init__(f"{current.key} {current.number}")
        self.current = current


class NoSuchVersion(Exception):
    """There is no such version."""


class OwnText(Forbidden):
    """Nobody reviews a text that is in part their own."""


class NotExamined(Exception):
    """The golden questions have not been run on this text yet."""


class GoldenBroken(Exception):
    """Golden questions would break, and nobody has accepted that with a reason."""

    def __init__(self, broken: int) -> None:
        super().__init__(str(broken))
        self.broken = broken
