"""One really running program for the tests of this folder: a disk of its own, speech models of wrong bytes, and no Rasa."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from nlu.speech.assets import assets
from tests.acceptance.stage import free_port
from tests.fakes.served import Served
from tests.survive.disk import SmallDisk, small_disk

LONG = os.environ.get("XIANGYIN_TEST_LONG") == "1"
"""Set: the outages and crowds of docs/reliability.md in their full size."""
NOWHERE = "http://127.0.0.1:9"
"""No understanding service: the built-in one answers."""
WARNING_KEY = "the key of the county's weather office"
MEGABYTES = 200
START = 400.0
"""Seconds for a start, on a machine with other work."""


class Program:
    """`served` is the running program; it may be killed and started again on the same folder."""

    def __init__(self, home: Path, disk: SmallDisk) -> None:
        self.home = home
        self.disk = disk
        self._port = free_port()
        for asset in assets().values():
            for file in asset.files:
                path = home / "models" / asset.folder / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"\x08\x0a" * min(file.bytes // 2, 500))
        (home / "cache").mkdir()
        for kept in (Settings().home / "cache").iterdir():
            if kept.name != "speech":  # sentences that were spoken once could be heard without a voice
                (home / "cache" / kept.name).symlink_to(kept)
        self.served = self._start()

    def _start(self) -> Served:
        return Served(self.home, self._port, XIANGYIN_RASA_URL=NOWHERE, XIANGYIN_WARNING_KEY=WARNING_KEY)

    def well(self) -> Served:
        """The program once it answers; started again if it was killed."""
        if self.served.process.poll() is not None:
            self.served = self._start()
        self.served.wait_until("/readyz", '"ready"', START)
        return self.served


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("disk")
    with small_disk(folder, MEGABYTES) as disk:
        program = Program(folder / "home", disk)
        try:
            yield program
        finally:
            program.served.end(signal.SIGKILL)


@pytest.fixture
def served(program: Program) -> Served:
    """The program, well."""
    return program.well()
