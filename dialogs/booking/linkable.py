"""What the rows of registers have in common whose people may link a chat account: columns, and those of their secrets."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column


class Linkable:
    """Somebody of a register, who may have a chat account."""

    id: Mapped[str]
    name: Mapped[str]
    channel: Mapped[str | None]
    user: Mapped[str | None]
    touched_at: Mapped[datetime]


class Secret:
    """A secret by its digest; nobody has more than one of a kind. `owner_id` is whose it is in their register."""

    owner_id: Mapped[str]
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    until: Mapped[datetime | None]
