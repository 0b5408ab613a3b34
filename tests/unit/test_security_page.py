"""docs/security.md claims nothing without a test, and no test that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(test_\w+\.py)::(\w+)`")
UNTESTED = "What there is to protect"
"""The section whose table says what there is, and not what is done."""


def rows() -> list[str]:
    """The lines of all tables that claim something, without headings."""
    found = []
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        lines = [line for line in section.splitlines() if line.startswith("|")]
        found += [] if section.startswith(UNTESTED) else lines[2:]
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.strip("| ").split(" |")[0][:60])
def test_every_line_names_a_test(row: str) -> None:
    assert NAMED.search(row), row


def test_every_test_that_is_named_is_there() -> None:
    named = set(NAMED.findall(PAGE))
    files = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    missing = [f"{file}::{name}" for file, name in named if not re.search(rf"def {name}\(", files.get(file, ""))]
    assert len(named) > 100
    assert missing == []


def test_every_file_of_the_security_tests_is_named() -> None:
    files = {path.name for path in (ROOT / "tests" / "security").glob("test_*.py")}
    assert files <= {file for file, _ in NAMED.findall(PAGE)}


def test_every_setting_that_is_named_is_real() -> None:
    from bot.settings import Settings

    for name in set(re.findall(r"XIANGYIN_(\w+)", PAGE)):
        assert name.lower() in Settings.model_fields, name
