"""The secret that signs visitors' cookies."""

import errno
from pathlib import Path

import pytest

from bot.running.secret import signing_secret
from bot.settings import Settings


def test_a_full_disk_leaves_no_empty_secret_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    settings = Settings(home=tmp_path, _env_file=None)  # type: ignore[call-arg]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space"):
            signing_secret(settings)
    made = signing_secret(settings)
    assert len(made) > 30
    assert signing_secret(settings) == made
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
