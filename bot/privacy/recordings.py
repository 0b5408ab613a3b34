"""Recordings that county and person allow to be kept: sealed files, each with a row."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import delete, select

from bot.privacy.models import RecordingRow
from bot.privacy.person import Account
from dialogs.consultation.discreet import SEALED
from dialogs.messages import Voice
from dialogs.models import ConversationRow
from knowledge_base.store import Store


class Recordings:
    """The recordings in one folder. `keep` is None where the county keeps none: then nothing is ever written."""

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

    async def tidy(self) -> int:
        """Delete what is too old, whatever is kept no more, and files without a row; how many files."""
        async with self._store.session() as session:
            if self.keep is None:
                await session.execute(delete(RecordingRow))
            else:
                await session.execute(delete(RecordingRow).where(RecordingRow.at < self._clock() - self.keep))
            kept = set((await session.scalars(select(RecordingRow.id))).all())
        return await asyncio.to_thread(self._sweep, kept)

    def _sweep(self, kept: set[str]) -> int:
        """A file is there before its row is: young ones are left alone."""
        young = self._clock().timestamp() - timedelta(hours=1).total_seconds()
        swept = 0
        for path in self._folder.glob("*.sealed"):
            if path.stem not in kept and path.stat().st_mtime < young:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    def _write(self, id_: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(id_)
        path.touch(mode=0o600)
        path.write_bytes(self._seal.encrypt(data))

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.sealed"
