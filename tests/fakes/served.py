"""`xiangyin serve` as a process of its own, on a home of its own with the models that set-up has brought."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from bot.settings import Settings

START_SECONDS = 400
"""A machine with other work may take minutes."""
ANSWER_SECONDS = 60
STOP_SECONDS = 120


class Served:
    """The process, of all parts or of some; its output so far is in `log`.

    Without `voice` it has no speech models: to warm them is half of the work of a start.
    """

    def __init__(
        self, home: Path, port: int, parts: Sequence[str] = (), *, voice: bool = False, **settings: str
    ) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / f"serve{'.'.join(('', *parts, str(port)) if parts else ())}.log"
        home.mkdir(exist_ok=True)
        for shared in ("models", "rasa", "cache") if voice else ("rasa", "cache"):
            if not (home / shared).exists():
                (home / shared).symlink_to(Settings().home / shared)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("XIANGYIN_")}
        environment |= {"XIANGYIN_HOME": str(home), "XIANGYIN_PORT": str(port), **settings}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve", *parts], env=environment, stdout=log, stderr=log
            )

    def get(self, path: str) -> httpx.Response:
        """A page."""
        return httpx.get(self.url + path, trust_env=False, timeout=ANSWER_SECONDS)

    def wait_until(self, path: str, pattern: str, seconds: float = START_SECONDS) -> str:
        """The body of a page once it matches."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.log.read_text('utf-8')[-2000:]}")
            try:
                body = self.get(path).text
            except httpx.TransportError:
                body = ""
            if re.search(pattern, body):
                return body
            time.sleep(0.1)
        raise AssertionError(f"no {pattern} at {path}: {self.log.read_text('utf-8')[-2000:]}")

    def ready(self) -> "Served":
        """Itself, once the page and the understanding service answer."""
        self.wait_until("/readyz", '"ready"')
        self.wait_until("/metrics", r"xiangyin_rasa_up 1\.0")
        return self

    def children(self) -> list[int]:
        """The process's children."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in pids]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=STOP_SECONDS)


@contextmanager
def served(
    home: Path, port: int, parts: Sequence[str] = (), *, voice: bool = False, **settings: str
) -> Iterator[Served]:
    """A served assistant that is certainly gone afterwards."""
    one = Served(home, port, parts, voice=voice, **settings)
    try:
        yield one
    finally:
        one.end(signal.SIGKILL)
