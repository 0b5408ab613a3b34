"""A backup is whole or not at all, opens with its own key, and touches nothing that is there."""

import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

import bot.backup_tables
from bot.backup import backup, bring_back, restore, save
from bot.backup_file import BackupRefused, BackupWriter, Damaged, read_backup
from bot.cli import main
from bot.settings import Settings
from tests.fakes.filled import fill
from tests.fakes.saved import KEY, migrated, put, seen, settings


def contents(path: Path, key: str = "") -> list[tuple[str, bytes]]:
    return [(part.name, part.read()) for part in read_backup(path, key)]


@pytest.fixture
def small(tmp_path: Path) -> tuple[Settings, Path]:
    """A database with a little in it, and its backup."""
    made = settings(tmp_path / "home")
    migrated(made.database, "0003")
    put(made.database, fill)
    save(made, tmp_path / "small.backup")
    return made, tmp_path / "small.backup"


def test_a_killed_backup_leaves_nothing_under_the_name(small: tuple[Settings, Path], tmp_path: Path) -> None:
    made, path = small
    good = path.read_bytes()

    def many(connection: Connection) -> None:
        row = {"text": "x" * 20_000}
        connection.execute(
            text(
                'INSERT INTO questions (id, asked_at, channel, "user", text, normalized, reason, state) '
                "VALUES (:id, '2026-01-01', 'web', 'u', :text, 't', 'expired', 'waiting')"
            ),
            [{**row, "id": f"many{number}"} for number in range(1_500)],
        )

    put(made.database, many)
    part = path.with_name(f"{path.name}.part")
    program = f"from bot.backup import *; backup(Settings(home=Path({str(made.home)!r})), Path({str(path)!r}))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 20
        while not part.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert part.exists()
    assert path.read_bytes() == good
    assert backup(made, path) == 0
    assert not part.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert any(b"many1499" in each.read() for each in read_backup(path))


@pytest.mark.parametrize("sealed", [False, True])
def test_what_is_damaged_is_refused_and_touches_nothing(
    sealed: bool, small: tuple[Settings, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, path = small
    key = KEY if sealed else ""
    save(made, path, key)
    whole, parts = path.read_bytes(), contents(path, key)
    broken, refused = tmp_path / "broken.backup", 0
    head = whole.index(b"\n") + 1
    step = len(whole) // (6 if sealed else 40)  # a key takes a tenth of a second to make
    for position in range(head + 20, len(whole), step):
        broken.write_bytes(whole[:position])
        with pytest.raises(Damaged):
            list(read_backup(broken, key))
        broken.write_bytes(whole[:position] + bytes([whole[position] ^ 64]) + whole[position + 1 :])
        try:  # filling between the parts may differ, what is in them never
            assert contents(broken, key) == parts
        except Damaged:
            refused += 1
    assert refused
    for content in (whole[:-1], whole + b"x"):
        broken.write_bytes(content)
        with pytest.raises(Damaged):
            list(read_backup(broken, key))
    assert parts
    target = settings(tmp_path / "new")
    assert restore(target, broken, key) == 2
    said = capsys.readouterr().err
    assert "damaged" in said
    assert len(said.splitlines()) == 1
    assert not Path(target.home).exists()


def test_a_sealed_backup_opens_with_its_own_key_only(small: tuple[Settings, Path], tmp_path: Path) -> None:
    made, path = small
    (made.home / "secret").write_text("of this county")
    save(made, path, KEY)
    assert b"of this county" not in path.read_bytes()
    for key in ("", "another passphrase"):
        with pytest.raises(BackupRefused, match="XIANGYIN_BACKUP_KEY"):
            bring_back(settings(tmp_path / "new"), path, key)
    assert bring_back(settings(tmp_path / "new"), path, KEY).files == ["secret"]


def test_a_database_with_rows_is_not_touched(small: tuple[Settings, Path], capsys: pytest.CaptureFixture[str]) -> None:
    made, path = small
    before = seen(made.database)
    assert restore(made, path) == 2
    said = capsys.readouterr().err
    assert "not empty" in said
    assert len(said.splitlines()) == 1
    assert seen(made.database) == before


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no backup"),
        (b"PK\x03\x04 something else", "no backup"),
        (b"xiangyin-backup 2 plain\n", "newer"),
        (b"xiangyin-backup 1 plain\n", "damaged"),
    ],
)
def test_what_is_no_backup_is_one_clear_sentence(
    content: bytes, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(content)
    assert restore(settings(tmp_path / "home"), tmp_path / "x") == 2
    assert restore(settings(tmp_path / "home"), tmp_path / "not-there") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert word in first
    assert "not-there" in second


def test_a_backup_of_a_newer_version_and_hostile_names_are_refused(tmp_path: Path) -> None:
    path, target = tmp_path / "one.backup", settings(tmp_path / "home")
    head = ("backup.json", json.dumps({"revision": "9999"}).encode())
    with BackupWriter(path) as writer:
        writer.add(*head)
    with pytest.raises(BackupRefused, match="newer"):
        bring_back(target, path)
    for name in ("home/../secret", "home//etc/secret", "other", "backup.json", "tables/nothing/0.jsonl"):
        with BackupWriter(path) as writer:
            writer.add("backup.json", b'{"revision": "0001"}')
            writer.add(name, b"[]\n")
        with pytest.raises(Damaged):
            bring_back(target, path)
    assert [item.name for item in tmp_path.iterdir() if item.name not in {"home", "one.backup"}] == []
    assert not list(tmp_path.rglob("*.db*"))


def test_other_files_of_that_name_are_kept_beside(small: tuple[Settings, Path], tmp_path: Path) -> None:
    made, path = small
    (made.home / "secret").write_text("old machine")
    save(made, path)
    target = settings(tmp_path / "new")
    target.home.mkdir()
    (target.home / "secret").write_text("new machine")
    bring_back(target, path)
    assert (target.home / "secret").read_text() == "old machine"
    assert (target.home / "secret.before-restore").read_text() == "new machine"
    assert not list(target.home.glob("*.restoring*"))


def test_nothing_to_save_and_nowhere_to_save_it(
    small: tuple[Settings, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = small
    assert backup(settings(tmp_path / "none"), tmp_path / "x") == 2
    assert backup(made, tmp_path / "no" / "folder" / "x") == 2
    assert backup(made, Path("/dev/full/x")) == 2
    assert [len(line) > 20 for line in capsys.readouterr().err.splitlines()] == [True] * 3
    assert backup(made, tmp_path) == 0
    assert len(list(tmp_path.glob("xiangyin-*.backup"))) == 1


def test_a_full_disk_leaves_the_backup_before(
    small: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, path = small
    good = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("bot.backup_file.os.fsync", full)
    assert backup(made, path) == 2
    assert "No space left" in capsys.readouterr().err
    assert path.read_bytes() == good
    assert [each.name for each in path.parent.iterdir()] == ["home", path.name]


def test_both_are_one_command(
    small: tuple[Settings, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = small
    monkeypatch.setenv("XIANGYIN_BACKUP_KEY", KEY)
    monkeypatch.setenv("XIANGYIN_HOME", str(made.home))
    assert main(["backup", str(tmp_path / "one.backup")]) == 0
    said = capsys.readouterr().out
    assert "questions: 3" in said
    assert "one.backup" in said
    assert "secret as the database" not in said  # it is sealed
    monkeypatch.setenv("XIANGYIN_HOME", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup")]) == 0
    assert "restored: " in capsys.readouterr().out
    assert len(seen(settings(tmp_path / "new").database)["questions"]) == 3


def by_hand(path: Path, parts: dict[str, bytes]) -> None:
    """A backup as the format's description says, and as the first version wrote it: each part whole."""
    digest = hashlib.sha256()
    for name, data in parts.items():
        digest.update(f"{name}\n{len(data)}\n".encode() + data)
    parts = {**parts, "end.json": json.dumps({"sha256": digest.hexdigest()}).encode()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(b"xiangyin-backup 1 plain\n" + packed.getvalue())


def test_a_backup_of_the_first_release_can_be_had_back(small: tuple[Settings, Path], tmp_path: Path) -> None:
    made, path = small
    (made.home / "secret").write_text("of this county")
    save(made, path)
    old = tmp_path / "old.backup"
    parts = dict(contents(path))
    assert {"backup.json", "home/secret", "tables/questions/000000.jsonl"} <= parts.keys()
    by_hand(old, parts)
    target = settings(tmp_path / "new")
    bring_back(target, old)
    assert seen(target.database)["questions"]
    assert (target.home / "secret").read_text() == "of this county"
    by_hand(old, parts)
    assert contents(old) == contents(path), "neither has changed"


def test_neither_way_is_more_in_memory_than_a_little(
    small: tuple[Settings, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve megabytes of rows and twenty of a file, of which a little is in memory at a time."""
    made, path = small
    rows, each, file = 600, 20_000, 20_000_000

    def many(connection: Connection) -> None:
        row = {"text": "x" * each}
        added = text(
            'INSERT INTO questions (id, asked_at, channel, "user", text, normalized, reason, state) '
            "VALUES (:id, '2026-01-01', 'web', 'u', :text, 't', 'expired', 'waiting')"
        )
        for number in range(rows):
            connection.execute(added, {**row, "id": f"many{number}"})

    put(made.database, many)
    with (made.home / "recording").open("wb") as recording:
        recording.truncate(file)
    batches: list[int] = []

    def noted(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
        for batch in batched(lines):
            batches.append(len(batch))
            yield batch

    batched = bot.backup_tables._batches
    monkeypatch.setattr(bot.backup_tables, "_batches", noted)
    monkeypatch.setattr(bot.backup_tables, "PART_BYTES", 400_000)
    tracemalloc.start()
    try:
        save(made, path, KEY)
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        bring_back(settings(tmp_path / "new"), path, KEY)
        brought = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(written, brought) < 10_000_000, "of which the program itself needs the most"
    assert max(batches) * each < 1_000_000


def test_a_file_that_shrinks_meanwhile_makes_no_backup_with_a_hole(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="changed"), BackupWriter(tmp_path / "one.backup") as writer:
        writer.stream("home/x", 10, io.BytesIO(b"nine byte"))
    assert list(tmp_path.iterdir()) == []
