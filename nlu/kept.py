"""What takes seconds to work out, kept as a file under the hash of everything that it was made from."""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

NEWEST = 4
"""How many files of a name are kept: a county's own words and the tests have theirs beside ours."""


class Kept:
    """One file of a cache. What is damaged, or made from something else, is not there; nothing depends on writing it.

    The content is plain data, which the reader checks; it is never code.
    """

    def __init__(self, folder: Path | None, name: str, made_from: Iterable[bytes]) -> None:
        digest = hashlib.sha256()
        for part in made_from:
            digest.update(len(part).to_bytes(8))
            digest.update(part)
        self._folder, self._name = folder, name
        self._path = folder / f"{name}-{digest.hexdigest()[:32]}" if folder else None

    def read(self) -> bytes | None:
        """The content, if it is there as it was written."""
        if self._path is None:
            return None
        try:
            checksum, content = self._path.read_bytes().split(b"\n", 1)
        except (OSError, ValueError):
            return None
        return content if checksum == _checksum(content) else None

    def write(self, content: bytes) -> None:
        """Keep the content, if the folder can be written; the oldest files of this name go."""
        if self._folder is None or self._path is None:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            new = self._folder / f".{self._path.name}.{os.getpid()}"
            new.write_bytes(_checksum(content) + b"\n" + content)
            new.replace(self._path)
            files = sorted(self._folder.glob(f"{self._name}-*"), key=lambda file: file.stat().st_mtime)
            for old in files[:-NEWEST]:
                old.unlink(missing_ok=True)


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
