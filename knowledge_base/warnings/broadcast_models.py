"""The table of what is given to the county's emergency broadcast platform."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base


class Outlet(StrEnum):
    """How a document is handed over."""

    FOLDER = "folder"
    HTTP = "http"


class BroadcastState(StrEnum):
    """How far a document has come."""

    WAITING = "waiting"
    SENT = "sent"
    """Handed over; the platform has said nothing of it, or only that it came."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """By the platform, for ever."""
    UNSAYABLE = "unsayable"
    """The form cannot say it truly; there is no document."""
    SUPERSEDED = "superseded"
    """A newer message came before it went out."""
    EXPIRED = "expired"


class BroadcastRow(Base):
    """One message for one outlet. `document` is the EBD, written once: sent again, it has the same EBDID.

    `day` (YYYYMMDD) and `sequence` count the messages of a day. `answer` is why it was refused or could not be said,
    `played` what the platform says has become of the broadcast.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (Index(None, "state", "due_at"),)

    warning_id: Mapped[str] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True)
    outlet: Mapped[str] = mapped_column(String(16), primary_key=True)
    ebd_id: Mapped[str] = mapped_column(String(40), index=True)
    ebm_id: Mapped[str] = mapped_column(String(30), index=True)
    day: Mapped[str] = mapped_column(String(8), index=True)
    sequence: Mapped[int]
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(200))
    played: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]
