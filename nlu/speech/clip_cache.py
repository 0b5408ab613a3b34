"""Spoken clips on disk, by content: bounded in size, the longest unused go first."""

import contextlib
import os
import threading
from pathlib import Path

SUFFIX = ".ogg"
KEEP = 0.9


class ClipCache:
    """A folder of clips. Safe to share between threads; a second program on the same folder does no harm."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def get(self, key: str) -> bytes | None:
        """The clip kept under `key` (hexadecimal), or None; counts as a use."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def drop(self, key: str) -> None:
        """Forget the clip kept under `key`, if any."""
        with contextlib.suppress(OSError):
            self._path(key).unlink()

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, whole or not at all. Raises `OSError`, such as when the disk is full."""
        path = self._path(key)
        part = path.with_name(f".{key}.{os.getpid()}.{threading.get_ident()}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self._make_room(len(data))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}{SUFFIX}"

    def _make_room(self, added: int) -> None:
        """Remove the longest unused clips once the bound is passed, a tenth more than needed, so that it is rare."""
        with self._lock:
            if self._bytes is not None and self._bytes + added <= self._max_bytes:
                self._bytes += added
                return
            found: list[tuple[float, int, Path]] = []
            for path in self._folder.glob(f"*/*{SUFFIX}"):
                with contextlib.suppress(OSError):
                    about = path.stat()
                    found.append((about.st_mtime, about.st_size, path))
            self._bytes = sum(size for _, size, _ in found)
            if self._bytes <= self._max_bytes:
                return
            for _, size, path in sorted(found):
                if self._bytes <= self._max_bytes * KEEP:
                    return
                with contextlib.suppress(OSError):
                    path.unlink()
                    self._bytes -= size
