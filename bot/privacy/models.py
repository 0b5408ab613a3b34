"""The tables of privacy: consents, joined accounts, codes and addresses that lapse, recordings, deletions."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base


class ConsentRow(Base):
    """What a person was asked and has answered. `asked_with` is the message with whose answer they were asked.

    `answer` is `yes` or `no`, None as long as nothing was said. `voice`: recordings may be kept. `no_position`: the
    person wants no position kept.
    """

    __tablename__ = "consents"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    asked_at: Mapped[datetime]
    asked_with: Mapped[str] = mapped_column(String(160))
    answer: Mapped[str | None] = mapped_column(String(8))
    answered_at: Mapped[datetime | None]
    voice: Mapped[bool] = mapped_column(default=False)
    no_position: Mapped[bool] = mapped_column(default=False)


class AccountLinkRow(Base):
    """An account that belongs to the same person as another one, under which everything is kept."""

    __tablename__ = "account_links"
    __table_args__ = (Index(None, "to_channel", "to_user"),)

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    to_channel: Mapped[str] = mapped_column(String(16))
    to_user: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]


class LinkCodeRow(Base):
    """A code by which an account can be joined to this one, by its digest."""

    __tablename__ = "link_codes"
    __table_args__ = (Index(None, "digest", unique=True),)

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]


class LinkTryRow(Base):
    """Somebody has said a code that is not good."""

    __tablename__ = "link_tries"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]


class CopyRow(Base):
    """An address at which a person's copy of their data can be had once, by its digest."""

    __tablename__ = "privacy_copies"
    __table_args__ = (Index(None, "until"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    until: Mapped[datetime]


class RecordingRow(Base):
    """A recording that county and person allow to be kept; the sound is sealed, in a file of this id."""

    __tablename__ = "recordings"
    __table_args__ = (Index(None, "channel", "user"), Index(None, "at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    heard: Mapped[str] = mapped_column(Text)


class ErasureRow(Base):
    """A deletion that was asked for. Who asked is kept only as long as an order in progress must be waited for."""

    __tablename__ = "erasures"
    __table_args__ = (Index(None, "channel", "user"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    scope: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str | None] = mapped_column(String(16))
    user: Mapped[str | None] = mapped_column(String(128))
    done_at: Mapped[datetime | None]
