"""docs/reliability.md names tests that exist, sentences that are said, and every test of this folder."""

import re
from pathlib import Path

from bot.channels.web.texts import load_texts
from dialogs.wording import wording

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text("utf-8")


def test_every_test_on_the_page_exists_and_every_test_of_this_folder_is_on_it() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    there = {path.stem for path in TESTS.rglob("test_*.py")}
    here = {path.stem for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).stem}
    assert named - there == set()
    assert here - named == set()


def test_every_row_has_a_test_and_says_what_is_lost() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for what, *cells in rows:
        assert len(cells) == 5, what
        assert cells[2].startswith("nothing"), what
        assert "`test_" in cells[4], what


def test_what_the_user_hears_is_what_is_said() -> None:
    say, web = wording(), load_texts()
    for sentence in (say.text("trouble.failed"), say.text("voice.NoEar"), web.error("no_voice"), web.page["offline"]):
        assert f'"{sentence}"' in PAGE


def test_every_sentence_that_reports_a_failure_names_where_help_is() -> None:
    assert "120" in wording().text("trouble.failed")
    assert "幺二零" in wording().spoken("trouble.failed")
