"""What processes hold: memory, open files, sockets, threads; and the size of a database."""

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

MEGABYTE = 1024 * 1024
_OLDEST = re.compile(r"^xiangyin_outbox_oldest_seconds\{.*\} (\S+)$", re.MULTILINE)

_FALLBACKS = re.compile(r"^xiangyin_understanding_fallbacks_total (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Held:
    """Megabytes and counts of one process. `private` is memory that no file backs: what can leak."""

    resident: float
    private: float
    files: int
    sockets: int
    threads: int


def held(pid: int) -> Held:
    """What a process holds now, from /proc. Raises `OSError` where it is gone."""
    lines = (line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    status = {name: value.split()[0] for name, value in lines if value.split()}
    links = []
    for opened in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(opened.readlink()))
        except FileNotFoundError:  # closed since
            continue
    sockets = sum(link.startswith("socket:") for link in links)
    return Held(
        resident=int(status["VmRSS"]) / 1024,
        private=(int(status["RssAnon"]) + int(status["VmSwap"])) / 1024,
        files=len(links) - sockets,
        sockets=sockets,
        threads=int(status["Threads"]),
    )


def database_size(url: str) -> float:
    """Megabytes of a database, by its SQLAlchemy address."""
    scheme, _, rest = url.partition(":///")
    if scheme.startswith("sqlite"):
        path = Path(f"/{rest.lstrip('/')}")
        return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*")) / MEGABYTE
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return row[0] / MEGABYTE if row else 0.0


def oldest(metrics: str) -> float:
    """Seconds for which the oldest message that could be delivered has waited, from the text of /metrics."""
    return max((float(seconds) for seconds in _OLDEST.findall(metrics)), default=0.0)


def fallbacks(metrics: str) -> float:
    """How many sentences were understood without the understanding service, from the text of /metrics."""
    return sum(float(count) for count in _FALLBACKS.findall(metrics))
