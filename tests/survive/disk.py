"""A small disk that can be filled, and made room on again."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


class SmallDisk:
    """A file system in memory, mounted at a folder; `mounted` is False where this machine does not permit that."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        arguments = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        mount = shutil.which("mount")
        self.mounted = mount is not None and subprocess.run(arguments, capture_output=True, check=False).returncode == 0

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.folder / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            os.posix_fallocate(filler.fileno(), 0, shutil.disk_usage(self.folder).free)
        with (self.folder / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(bytes(512)):
                pass
        assert shutil.disk_usage(self.folder).free == 0

    def make_room(self) -> None:
        """Take away what filled it."""
        (self.folder / "filler").unlink(missing_ok=True)

    def unmount(self) -> None:
        """Let it go, whoever still has it open."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Certainly gone afterwards."""
    disk = SmallDisk(folder, megabytes)
    try:
        yield disk
    finally:
        disk.unmount()
