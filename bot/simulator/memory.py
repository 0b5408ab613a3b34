"""What a loudspeaker must not forget when it is switched off: what it has played, and what it has not reported yet."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bot.channels.speaker.wire import Job, Played

_REMEMBERED = 500


class _Kept(BaseModel):
    """The file. `done` has the greatest finished version of each job, oldest first; `heard`, what was audible at all."""

    done: dict[str, int] = {}
    heard: dict[str, int] = {}
    unsent: list[Played] = []


class Memory:
    """A JSON file in the device's folder, written whole with every change."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "memory.json"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._kept = _Kept.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            self._kept = _Kept()

    def finished(self, job: Job) -> bool:
        """Whether this version, or a newer one, needs no more playing."""
        return self._kept.done.get(job.id, -1) >= job.version

    def heard(self, job: Job) -> bool:
        """Whether an earlier version was audible here."""
        return job.id in self._kept.heard

    def played(self, job: Job, record: Played | None) -> None:
        """A job is finished; its record, if there is one, is to be reported."""
        self._kept.done[job.id] = max(job.version, self._kept.done.get(job.id, -1))
        self._note(job, record)

    def tried(self, job: Job, record: Played) -> None:
        """A job could be played in part only and stays open."""
        self._note(job, record)

    def unsent(self) -> list[Played]:
        """Records that nobody has confirmed, oldest first."""
        return list(self._kept.unsent)

    def sent(self, records: Iterable[Played]) -> None:
        """These are confirmed."""
        plays = {record.play for record in records}
        self._kept.unsent = [record for record in self._kept.unsent if record.play not in plays]
        self._write()

    def _note(self, job: Job, record: Played | None) -> None:
        if record is not None:
            self._kept.unsent.append(record)
            if record.repeats:
                self._kept.heard[job.id] = job.version
        for table in (self._kept.done, self._kept.heard):
            while len(table) > _REMEMBERED:
                del table[next(iter(table))]
        self._write()

    def _write(self) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(self._kept.model_dump_json(), "utf-8")
        part.replace(self._path)
