"""What a topic knows of the turn it answers."""

from dataclasses import dataclass
from datetime import datetime

from dialogs.messages import Inbound
from dialogs.session import Session
from nlu.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Context:
    """One turn in the making. `session` may be changed; it is kept when the turn ends well."""

    inbound: Inbound
    said: Understanding
    session: Session
    now: datetime
    crops: tuple[str, ...] = ()
    """The crops and animals that were named in this very sentence."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The pests, diseases and other matters that were named in this very sentence, in standard terms."""
        return tuple(dict.fromkeys(e.standard for e in self.said.entities if e.kind == "problem"))
