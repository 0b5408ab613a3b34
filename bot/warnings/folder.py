"""A watched folder: other programs put warnings there as files."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from knowledge_base.warnings.document import MAX_BYTES
from knowledge_base.warnings.intake import Intake, Outcome, Taken

log = structlog.get_logger(__name__)

SOURCE = "folder"
LOOKS = 10
"""So often a file that cannot be read must look the same before it is put away: a slow network pauses for seconds."""


class WatchedFolder:
    """Takes every `*.xml` and moves it to `done/` or, with the reason beside it, to `refused/`.

    A file should appear whole, by being renamed; one that cannot be read is looked at again, in case it is still being
    written. It is moved after it was taken: a crash in between makes it come twice, which does nothing.
    """

    def __init__(
        self,
        folder: Path,
        intake: Intake,
        failed: Callable[[str], None],
        *,
        looked: Callable[[], None] = lambda: None,
        looks: int = LOOKS,
    ) -> None:
        """`looked` hears of each look at which nothing failed; `looks` is 2 at least."""
        self._folder = folder
        self._intake = intake
        self._failed = failed
        self._looked = looked
        self._looks = looks
        self._doubtful: dict[Path, tuple[tuple[int, int], int]] = {}
        """Refused files with their time and size, and at how many looks these were the same."""

    async def scan(self) -> None:
        """Look once. A fault with one file holds up no other."""
        files = await asyncio.to_thread(self._waiting)
        self._doubtful = {path: seen for path, seen in self._doubtful.items() if path in files}
        whole = True
        for path in files:
            try:
                await self._take(path)
            except Exception as error:  # noqa: BLE001 - the store may be away; the file waits
                whole = False
                self._failed("warnings.folder")
                log.error("warning_file_not_taken", file=path.name, error=type(error).__name__)
        if whole:
            self._looked()

    def _waiting(self) -> list[Path]:
        for name in ("done", "refused"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        found = [path for path in self._folder.glob("*.xml") if path.is_file() and not path.is_symlink()]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    async def _take(self, path: Path) -> None:
        data, stamp = await asyncio.to_thread(_read, path)
        before, times = self._doubtful.get(path, (None, 0))
        times = times + 1 if before == stamp else 1
        if 1 < times < self._looks:
            self._doubtful[path] = stamp, times
            return
        taken = await self._intake.take(data, SOURCE)
        if taken.outcome is Outcome.REFUSED and times == 1:
            self._doubtful[path] = stamp, times
            return
        await asyncio.to_thread(self._put_away, path, taken)

    def _put_away(self, path: Path, taken: Taken) -> None:
        refused = taken.outcome is Outcome.REFUSED
        folder = self._folder / ("refused" if refused else "done")
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}.{number}{path.suffix}"
        if refused:
            target.with_suffix(".txt").write_text(f"{taken.reason}: {taken.sentence}\n", "utf-8")
        path.replace(target)


def _read(path: Path) -> tuple[bytes, tuple[int, int]]:
    """The bytes, one more than a warning may have at most, and the file's time and size."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    stat = path.stat()
    return data, (stat.st_mtime_ns, stat.st_size)
