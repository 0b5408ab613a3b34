"""Recordings that county and person allow to be kept: sealed files, each with a row."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import CursorResult, delete, select

from bot.privacy.models import RecordingRow
from bot.privacy.person import Account
from dialogs.consultation.discreet import SEALED
from dialogs.messages import Voice
from dialogs.models import ConversationRow
from knowledge_base.portions import portions
from knowledge_base.store import Store

YOUNG = timedelta(minutes=5)
"""A file has its row by then, or gets none."""
_AT_ONCE = 500
"""Files that are looked for in the table at a time."""


class Recordings:
    """The recordings in one folder: that of a machine, or one that several share. `keep` is None where the county keeps none: then nothing is ever written."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        keys: Sequence[str],
        clock: Callable[[], datetime],
        keep: timedelta | None = None,
    ) -> None:
        self.keep = keep
        self._store = store
        self._folder = folder
        self._seal = MultiFernet([Fernet(key) for key in keys])
        self._clock = clock

    async def put(self, account: Account, voice: Voice, heard: str) -> None:
        """Seal and keep one."""
        id_ = uuid4().hex
        await asyncio.to_thread(self._write, id_, voice.data)
        row = RecordingRow(id=id_, **account._asdict(), at=self._clock(), mime=voice.mime[:100], size=len(voice.data))
        row.heard = heard
        async with self._store.session() as session:
            session.add(row)

    async def confided(self, account: Account) -> bool:
        """Whether somebody is telling a lawyer their story: that is sealed, and its sound is not kept at all."""
        mine = (ConversationRow.channel == account.channel, ConversationRow.user == account.user)
        async with self._store.session() as session:
            state = await session.scalar(select(ConversationRow.state).where(*mine))
        return state is not None and SEALED in state

    async def open(self, id_: str) -> bytes | None:
        """The sound; None where it is gone or the key is lost."""
        try:
            return self._seal.decrypt(await asyncio.to_thread(self._path(id_).read_bytes))
        except (OSError, InvalidToken):
            return None

    async def unlink(self, ids: Sequence[str]) -> None:
        """Delete files whose rows are gone."""
        for id_ in ids:
            await asyncio.to_thread(self._path(id_).unlink, missing_ok=True)

    async def let_go(self) -> int:
        """Delete the rows of what is too old, or of all where none are kept any more; how many."""
        too_old = delete(RecordingRow)
        if self.keep is not None:
            too_old = too_old.where(RecordingRow.at < self._clock() - self.keep)
        async with self._store.session() as session:
            return cast("CursorResult[Any]", await session.execute(too_old)).rowcount

    async def sweep(self) -> int:
        """Delete files of this folder whose row is gone, whichever process has deleted it; how many."""
        files = await asyncio.to_thread(self._settled)
        swept = 0
        for some in portions(files, _AT_ONCE):
            async with self._store.session() as session:
                kept = set(await session.scalars(select(RecordingRow.id).where(RecordingRow.id.in_(some))))
            gone = [id_ for id_ in some if id_ not in kept]
            await self.unlink(gone)
            swept += len(gone)
        return swept

    def _settled(self) -> list[str]:
        """A file is there before its row is: young ones are left alone."""
        young = (self._clock() - YOUNG).timestamp()
        return [path.stem for path in self._folder.glob("*.sealed") if _written(path) < young]

    def _write(self, id_: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(id_)
        path.touch(mode=0o600)
        path.write_bytes(self._seal.encrypt(data))

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.sealed"


def _written(path: Path) -> float:
    """When, in seconds; never for what another process has just deleted."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
