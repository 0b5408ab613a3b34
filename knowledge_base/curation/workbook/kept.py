"""Uploads on the server between the dry run and the taking over, so that what was checked is what is imported."""

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.parcel import MAX_BYTES

LIFE = timedelta(hours=1)
EACH = 3
"""Uploads kept for one person; an older one makes room."""
ALL_BYTES = 200_000_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_NAME = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept file: whose it is, what it was called, and the fingerprint of the dry run that its owner was shown."""

    token: str
    owner: str
    name: str
    at: datetime
    shown: str = ""


_UPLOAD = TypeAdapter(Upload)


class Kept:
    """The uploads in one folder."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock

    def keep(self, by: Account, name: str, data: bytes) -> Upload:
        """Keep a file for an hour. Raises `WorkbookRefused` where it is too large, and OSError."""
        if len(data) > MAX_BYTES:
            raise WorkbookRefused("too_large", limit=MAX_BYTES // 1_000_000)
        self.clean()
        self._make_room(by, len(data))
        upload = Upload(secrets.token_urlsafe(16), by.name, Path(name).name[-_NAME:], self._clock())
        folder = self._folder / upload.token
        folder.mkdir(parents=True, mode=0o700)
        self.path(upload).write_bytes(data)
        self._note(upload)
        return upload

    def get(self, by: Account, token: str) -> Upload:
        """The upload of that token. Raises `WorkbookRefused` where it is gone, or somebody else's."""
        upload = self._read(token) if _TOKEN.fullmatch(token) else None
        if upload is None or upload.owner != by.name or self._old(upload):
            raise WorkbookRefused("gone")
        return upload

    def path(self, upload: Upload) -> Path:
        """Where its bytes lie."""
        return self._folder / upload.token / "upload.xlsx"

    def mark(self, upload: Upload, shown: str) -> Upload:
        """Remember what its owner was shown."""
        marked = replace(upload, shown=shown)
        self._note(marked)
        return marked

    def forget(self, upload: Upload) -> None:
        """Take it away."""
        shutil.rmtree(self._folder / upload.token, ignore_errors=True)

    def clean(self) -> None:
        """Take away what is older than an hour, and what is left of uploads that were cut short."""
        if not self._folder.is_dir():
            return
        for folder in self._folder.iterdir():
            upload = self._read(folder.name)
            if upload is None or self._old(upload):
                shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, by: Account, size: int) -> None:
        uploads = sorted(self._all(), key=lambda upload: upload.at)
        own = [upload for upload in uploads if upload.owner == by.name]
        for upload in own[: max(0, len(own) - EACH + 1)]:
            self.forget(upload)
            uploads.remove(upload)
        total = sum(self.path(upload).stat().st_size for upload in uploads)
        while uploads and total + size > ALL_BYTES:
            oldest = uploads.pop(0)
            total -= self.path(oldest).stat().st_size
            self.forget(oldest)

    def _all(self) -> Iterator[Upload]:
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        return (upload for folder in folders if (upload := self._read(folder.name)))

    def _old(self, upload: Upload) -> bool:
        return self._clock() - upload.at > LIFE

    def _note(self, upload: Upload) -> None:
        path = self._folder / upload.token / "upload.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({**asdict(upload), "at": upload.at.isoformat()}), "utf-8")
        fresh.replace(path)

    def _read(self, token: str) -> Upload | None:
        try:
            return _UPLOAD.validate_json((self._folder / token / "upload.json").read_bytes())
        except (OSError, ValidationError):
            return None
