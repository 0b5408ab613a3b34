"""The tables of the loudspeakers."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base


class SpeakerRow(Base):
    """A loudspeaker. `village` has 12 digits; `volume_limit` is 0 to 100 per cent.

    Keys are kept as hashes only: `key_hash` and `old_key_hash` (the one before, to know who has not changed it) in
    hexadecimal SHA-256, `broker_hash` as a line of Mosquitto's password file wants it.
    """

    __tablename__ = "speakers"
    __table_args__ = (Index(None, "village"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    village: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    volume_limit: Mapped[int]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    old_key_hash: Mapped[str | None] = mapped_column(String(64))
    broker_hash: Mapped[str] = mapped_column(String(160))
    added_at: Mapped[datetime]
    key_issued_at: Mapped[datetime]
    disabled: Mapped[bool]
    refusals: Mapped[int]
    firmware: Mapped[str | None] = mapped_column(String(40))
    volume: Mapped[int | None]
    last_seen: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]


class SpokenWarningRow(Base):
    """One version of a warning for loudspeakers. `warning` is the same for all its versions.

    `ogg_sha256` and `wav_sha256` name its speech once that is made, which lasts `seconds`.
    """

    __tablename__ = "spoken_warnings"
    __table_args__ = (Index(None, "expires_at"),)

    warning: Mapped[str] = mapped_column(String(128), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    colour: Mapped[int]
    drill: Mapped[bool]
    cancel: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    superseded: Mapped[bool]
    ogg_sha256: Mapped[str | None] = mapped_column(String(64))
    wav_sha256: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[float | None]


class SpeakerJobRow(Base):
    """What one loudspeaker has to do about one version of a warning."""

    __tablename__ = "speaker_jobs"
    __table_args__ = (
        ForeignKeyConstraint(["warning", "version"], ["spoken_warnings.warning", "spoken_warnings.version"]),
        Index(None, "speaker"),
    )

    warning: Mapped[str] = mapped_column(String(128), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speaker: Mapped[str] = mapped_column(ForeignKey("speakers.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime | None]


class SpeakerPlayRow(Base):
    """What a loudspeaker says it has played. `play` is its own id of the record: sent again, it is kept once."""

    __tablename__ = "speaker_plays"
    __table_args__ = (UniqueConstraint("speaker", "play"), Index(None, "warning", "version"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    speaker: Mapped[str] = mapped_column(ForeignKey("speakers.id"))
    play: Mapped[str] = mapped_column(String(64))
    warning: Mapped[str] = mapped_column(String(128))
    version: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    repeats: Mapped[int]
    volume: Mapped[int]
    error: Mapped[str | None] = mapped_column(String(80))
    received_at: Mapped[datetime]
