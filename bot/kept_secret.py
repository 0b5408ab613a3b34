"""A secret that was not set: made once, and kept where only the owner can read it."""

from collections.abc import Callable
from pathlib import Path


def kept_secret(path: Path, fresh: Callable[[], str]) -> str:
    """What the file holds; where there is none, a fresh secret is put into it."""
    if not path.exists():
        # Whole or not at all: a full disk must not leave an empty secret behind.
        new = path.with_suffix(".new")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.touch(mode=0o600)
        new.write_text(fresh(), "utf-8")
        new.replace(path)
    return path.read_text("utf-8")
