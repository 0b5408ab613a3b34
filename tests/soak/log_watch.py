"""The program's log during a soak: JSON lines, of which errors count, and warnings are listed."""

import json
from collections import Counter
from pathlib import Path


class LogWatch:
    """Reads on in a log file that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self.warnings: Counter[str] = Counter()
        """By the name of the event."""

    def errors(self) -> list[str]:
        """The errors since the last look, by the name of the event."""
        with self._path.open("rb") as log:
            log.seek(self._read)
            fresh = log.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read += len(whole)
        found = []
        for line in whole.decode(errors="replace").splitlines():
            level, event = _entry(line)
            if level in {"error", "critical", "exception"}:
                found.append(f"log: {event}")
            elif level == "warning":
                self.warnings[event] += 1
        return found


def _entry(line: str) -> tuple[str, str]:
    """Level and event; what is no JSON is only a fault where Python fell over."""
    if not line.startswith("{"):
        return ("error", "Traceback") if line.startswith("Traceback") else ("", "")
    try:
        entry = json.loads(line)
    except ValueError:
        return "error", "a broken line"
    return str(entry.get("level", "")), str(entry.get("event", ""))[:80]
