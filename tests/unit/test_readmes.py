"""Both READMEs lead somewhere, give the same two commands, and leave no page out of reach."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
LINK = re.compile(r"\]\(([^)#]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", [*READMES, "CHANGELOG.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    assert [target for target in LINK.findall(read(name)) if not (ROOT / target).exists()] == []


def test_no_page_is_out_of_reach() -> None:
    """From the README, by links of pages that can be reached."""
    reached: set[str] = set()
    waiting = ["README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            folder = (ROOT / page).parent
            found = [(folder / target).resolve() for target in LINK.findall(read(page)) if target.endswith(".md")]
            waiting += [str(path.relative_to(ROOT)) for path in found if path.is_relative_to(ROOT)]
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - reached == set()


@pytest.mark.parametrize("name", READMES)
def test_what_they_tell_to_type_and_to_set_is_real(name: str) -> None:
    text = read(name)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    typed = re.findall(r"^    make (\w+)", text, re.MULTILINE)
    assert typed == ["run", "test"]
    assert set(typed) <= set(targets)
    for setting in re.findall(r"XIANGYIN_(\w+)", text):
        assert setting.lower() in Settings.model_fields
    for needed in ("xiangyin doctor", "xiangyin backup", "xiangyin user add", "deploy/systemd", "docs/deployment.md"):
        assert needed in text
