"""The register of loudspeakers: adding them, their keys, and when each was last heard of."""

import base64
import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select, update

from knowledge_base.store import Store
from knowledge_base.warnings.speaker_models import SpeakerRow
from knowledge_base.warnings.speakers import Speaker

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_VILLAGE = re.compile(r"\d{12}")
_BROKER_ROUNDS = 101
"""Mosquitto's own number. A key of 256 random bits needs no slow hash."""
_NOBODY = "0" * 64
SILENT = timedelta(minutes=5)
"""A device that has not been heard of for so long counts as silent."""
_AT_ONCE = 500
"""Ids of one statement: bounds SQLite's count of parameters."""


class SpeakerFault(ValueError):
    """The register cannot do this."""


class BadSpeaker(SpeakerFault):
    """Id: 1 to 40 of A-Z a-z 0-9 _ -; village: 12 digits; degrees and volume (0 to 100) within their range."""


class SpeakerTaken(SpeakerFault):
    """There is a loudspeaker with this id already."""


class NoSuchSpeaker(SpeakerFault):
    """There is no loudspeaker with this id."""


class SpeakerRefused(Exception):
    """The key does not open. `reason`: `unknown` device, `disabled`, `renewed` (an old key), `foreign` or `wrong`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sign:
    """A device's sign of life, or word that its line is gone. `firmware` and `volume` None: not said."""

    at: datetime
    lost: bool = False
    firmware: str | None = None
    volume: int | None = None


@dataclass(frozen=True, slots=True)
class NewSpeaker:
    """A device to be registered. `position` is latitude and longitude in degrees, `volume_limit` 0 to 100."""

    id: str
    village: str
    name: str
    position: tuple[float, float] | None = None
    volume_limit: int = 100

    @property
    def fits(self) -> bool:
        """Whether everything is within its range."""
        latitude, longitude = self.position or (0.0, 0.0)
        return bool(
            _ID.fullmatch(self.id)
            and _VILLAGE.fullmatch(self.village)
            and 0 < len(self.name) <= 80
            and -90 <= latitude <= 90
            and -180 <= longitude <= 180
            and 0 <= self.volume_limit <= 100
        )


class SpeakerRegistry:
    """The loudspeakers of one store. A key is shown once, when it is made."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self,
        speaker: str,
        village: str,
        name: str,
        position: tuple[float, float] | None = None,
        volume_limit: int = 100,
    ) -> str:
        """Register a device; its key. `position` is latitude and longitude. Raises `BadSpeaker`, `SpeakerTaken`."""
        return (await self.add_all([NewSpeaker(speaker, village, name, position, volume_limit)]))[speaker]

    async def add_all(self, new: Sequence[NewSpeaker]) -> dict[str, str]:
        """Register devices, all or none; their keys by id. Raises `BadSpeaker` or `SpeakerTaken` with the first such id."""
        for one in new:
            if not one.fits:
                raise BadSpeaker(f"{one.id}: {BadSpeaker.__doc__}")
        keys = {one.id: secrets.token_urlsafe(32) for one in new}
        now = self._clock()
        async with self._store.session() as session:
            ids = [one.id for one in new]
            taken = {one for one, count in Counter(ids).items() if count > 1}
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                taken.update(await session.scalars(select(SpeakerRow.id).where(SpeakerRow.id.in_(some))))
            if taken:
                raise SpeakerTaken(min(taken))
            session.add_all(_row(one, keys[one.id], now) for one in new)
        return keys

    async def renew(self, speaker: str) -> str:
        """A new key; the old one opens nothing from now on. Raises `NoSuchSpeaker`."""
        key = secrets.token_urlsafe(32)
        async with self._store.session() as session:
            row = await session.get(SpeakerRow, speaker)
            if row is None:
                raise NoSuchSpeaker(speaker)
            row.old_key_hash, row.key_hash = row.key_hash, _hash(key)
            row.broker_hash, row.key_issued_at = broker_password(key), self._clock()
        return key

    async def disable(self, speaker: str, *, disabled: bool = True) -> None:
        """Shut a device out, or let it in again. Raises `NoSuchSpeaker`."""
        async with self._store.session() as session:
            row = await session.get(SpeakerRow, speaker)
            if row is None:
                raise NoSuchSpeaker(speaker)
            row.disabled = disabled

    async def all(self) -> list[Speaker]:
        """Every device, by id."""
        async with self._store.session() as session:
            return [_speaker(row) for row in await session.scalars(select(SpeakerRow).order_by(SpeakerRow.id))]

    async def check(self, speaker: str, key: str) -> Speaker:
        """The device that this key belongs to. Raises `SpeakerRefused`; what is refused is counted at the device."""
        given = _hash(key)
        async with self._store.session() as session:
            row = await session.get(SpeakerRow, speaker)
            right = hmac.compare_digest(given, row.key_hash if row else _NOBODY)
            if row is not None and right and not row.disabled:
                return _speaker(row)
        raise SpeakerRefused(await self._refuse(speaker, given, right=right))

    async def _refuse(self, speaker: str, given: str, *, right: bool) -> str:
        """Why, counted where the device is known."""
        async with self._store.session() as session:
            row = await session.get(SpeakerRow, speaker)
            if row is None:
                return "unknown"
            await session.execute(
                update(SpeakerRow).where(SpeakerRow.id == speaker).values(refusals=SpeakerRow.refusals + 1)
            )
            if right:
                return "disabled"
            if row.old_key_hash is not None and hmac.compare_digest(given, row.old_key_hash):
                return "renewed"
            others = select(func.count()).where(SpeakerRow.key_hash == given)
            return "foreign" if await session.scalar(others) else "wrong"

    async def heard(self, signs: Mapping[str, Sign]) -> None:
        """Keep the last signs of life of many devices. Unknown ones are passed over."""
        async with self._store.session() as session:
            for speaker, sign in signs.items():
                change: dict[str, object] = (
                    {"lost_at": sign.at} if sign.lost else {"last_seen": sign.at, "lost_at": None}
                )
                if sign.firmware is not None:
                    change["firmware"] = sign.firmware
                if sign.volume is not None:
                    change["volume"] = sign.volume
                await session.execute(
                    update(SpeakerRow)
                    .where(SpeakerRow.id == speaker)
                    .values(change)
                    .execution_options(synchronize_session=False)
                )

    async def counts(self) -> dict[str, int]:
        """How many devices are `heard` of these minutes, `silent`, and `disabled`."""
        heard = and_(SpeakerRow.last_seen > self._clock() - SILENT, SpeakerRow.lost_at.is_(None))
        state = case((SpeakerRow.disabled, "disabled"), (heard, "heard"), else_="silent")
        async with self._store.session() as session:
            rows = await session.execute(select(state, func.count()).group_by(state))
            counts = {"heard": 0, "silent": 0, "disabled": 0}
            return counts | {row[0]: row[1] for row in rows}

    async def broker_passwords(self) -> str:
        """Mosquitto's password file for all devices that are let in."""
        async with self._store.session() as session:
            rows = await session.execute(
                select(SpeakerRow.id, SpeakerRow.broker_hash)
                .where(SpeakerRow.disabled.is_(False))
                .order_by(SpeakerRow.id)
            )
            return "".join(f"{speaker}:{hashed}\n" for speaker, hashed in rows)


def broker_password(password: str) -> str:
    """A password as Mosquitto's password file keeps it ($7$: PBKDF2 with SHA-512)."""
    salt = secrets.token_bytes(12)
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _BROKER_ROUNDS)
    return f"$7${_BROKER_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(hashed).decode()}"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _row(one: NewSpeaker, key: str, now: datetime) -> SpeakerRow:
    latitude, longitude = one.position or (None, None)
    return SpeakerRow(
        id=one.id,
        village=one.village,
        name=one.name,
        latitude=latitude,
        longitude=longitude,
        volume_limit=one.volume_limit,
        key_hash=_hash(key),
        broker_hash=broker_password(key),
        added_at=now,
        key_issued_at=now,
        disabled=False,
        refusals=0,
    )


def _speaker(row: SpeakerRow) -> Speaker:
    return Speaker(
        row.id,
        row.village,
        row.name,
        row.latitude,
        row.longitude,
        row.volume_limit,
        row.disabled,
        row.firmware,
        row.volume,
        row.last_seen,
        row.lost_at,
        row.refusals,
    )
