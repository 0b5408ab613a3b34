"""Nothing under the GPL or AGPL runs with the program, in either environment, and everything says under what it stands."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = {
    ".venv": ROOT / "deploy" / "requirements" / "app.txt",
    ".venv-rasa": ROOT / "nlu" / "rasa" / "requirements.lock",
}
COPYLEFT = re.compile(r"(?<!L)\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
"""LGPL libraries may be used as they are (psycopg)."""


def locked(lock: Path) -> set[str]:
    names = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[.*?\])?==", lock.read_text("utf-8"), re.MULTILINE)
    return {plain(name) for name in names}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(environment: str) -> Iterator[Distribution]:
    folders = [str(path) for path in (ROOT / environment / "lib").glob("python3.*/site-packages")]
    return (one for one in distributions(path=folders) if plain(one.metadata["Name"]) in locked(LOCKS[environment]))


def stated(one: Distribution) -> str:
    fields = one.metadata
    classifiers = [line for line in fields.get_all("Classifier", []) if line.startswith("License")]
    short = (fields.get("License") or "").strip().splitlines()[:1]
    return " ".join([fields.get("License-Expression") or "", *classifiers, *short]).strip()


@pytest.mark.parametrize("environment", LOCKS)
def test_no_part_that_runs_is_under_the_gpl(environment: str) -> None:
    if not (ROOT / environment).exists():
        pytest.skip(f"{environment} is not set up")
    parts = {one.metadata["Name"]: stated(one) for one in installed(environment)}
    assert len(parts) > 50
    assert {name: licence for name, licence in parts.items() if COPYLEFT.search(licence)} == {}
    assert [name for name, licence in parts.items() if not licence] == []


@pytest.mark.parametrize(
    ("licence", "refused"),
    [("GPL-3.0-only", True), ("AGPL-3.0", True), ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
     ("GNU Affero General Public License", True), ("LGPL-3.0-only", False), ("GNU Lesser General Public License", False), ("MIT", False)],
)  # fmt: skip
def test_the_check_knows_them_apart(licence: str, refused: bool) -> None:
    assert bool(COPYLEFT.search(licence)) is refused


def test_every_pinned_part_has_its_hashes_and_no_address() -> None:
    for lock in LOCKS.values():
        text = lock.read_text("utf-8")
        parts = re.findall(r"^[A-Za-z0-9_.-]+(?:\[.*?\])?==.*(?:\n    .*)*", text, re.MULTILINE)
        assert parts
        assert [part.splitlines()[0] for part in parts if "--hash=sha256:" not in part] == []
        assert "://" not in text
