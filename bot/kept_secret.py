"""A secret that was not set: made once, and kept where only the owner can read it."""

import errno
from collections.abc import Callable
from pathlib import Path


def kept_secret(path: Path, fresh: Callable[[], str]) -> str:
    """What the file holds; where there is none, a fresh secret is put into it. Raises `OSError` for an empty file."""
    if not path.exists():
        # Whole or not at all: a full disk must not leave an empty secret behind.
        new = path.with_suffix(".new")
        new.parent.mkdir(parents=True, exist_ok=True)
        new.touch(mode=0o600)
        new.write_text(fresh(), "utf-8")
        new.replace(path)
    secret = path.read_text("utf-8").strip()
    if (
        not secret
    ):  # signed with nothing, anybody could be anybody; and what a lost key has sealed is not to be given up unseen
        raise OSError(
            errno.ENODATA, "空的；从备份恢复这个文件，没有备份就删掉它 / empty: restore it, or remove it", str(path)
        )
    return secret
