"""Content files: what is read, and what is refused with which words."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from knowledge_base.check import check_content
from knowledge_base.entry import ContentError, read_content, read_file
from tests.fakes.entries import entry_row

TODAY = date(2026, 11, 22)


def write(folder: Path, rows: object, name: str = "maize.yaml") -> Path:
    path = folder / name
    path.write_text(rows if isinstance(rows, str) else yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    return path


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    (entry,) = read_file(write(tmp_path, [entry_row()]))
    assert entry.key == "maize.borer"
    assert entry.sources[0].date == date(2024, 3, 1)
    assert not entry.expired(TODAY)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spoken": "长" * 121}, "spoken"),
        ({"asks": ["一", "二"]}, "asks"),
        ({"sources": []}, "sources"),
        ({"key": "Maize Borer"}, "key"),
        ({"months": [13]}, "months"),
        ({"colour": "red"}, "colour"),
        ({"sources": [{"title": "某文件", "publisher": "某部", "date": "2024-13-01"}]}, "date"),
        ({"sources": [{"title": "某文件", "publisher": "某部", "date": "2024-03-01", "url": "javascript:1"}]}, "url"),
    ],
)
def test_a_fault_is_named_with_file_and_field(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(ContentError, match=rf"maize\.yaml: .*{words}"):
        read_file(write(tmp_path, [entry_row(**change)]))


@pytest.mark.parametrize("text", ["- key: [", "just words", "- key: a.b\n  key: a.c\n", "\x00"])
def test_a_malformed_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=r"maize\.yaml"):
        read_file(write(tmp_path, text))


def test_a_key_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [entry_row()], "a.yaml")
    write(tmp_path, [entry_row()], "b.yaml")
    with pytest.raises(ContentError, match=r"maize\.borer stands twice"):
        read_content(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "maize.unheard_of"}, "not a subject"),
        ({"follow_ups": ["maize.borer"]}, "follows up on itself"),
        ({"follow_ups": ["no.such"]}, "follow-up no.such"),
        ({"symptoms": ["一处"]}, "symptoms"),
        ({"spoken": "撒呋喃丹。"}, "banned product as advice"),
        ({"asks": ["秆里有虫"] * 5}, "a question stands twice"),
        ({"second_reading": {"by": "作者", "date": "2026-11-22", "against": "原文"}}, "own writer"),
    ],
)
def test_the_checker_finds_what_the_schema_cannot(tmp_path: Path, change: dict[str, object], words: str) -> None:
    write(tmp_path, [entry_row(**change)])
    assert any(words in problem for problem in check_content(TODAY, tmp_path).problems)


def test_one_question_asked_for_two_entries_is_found(tmp_path: Path) -> None:
    write(tmp_path, [entry_row(), entry_row(key="maize.armyworm")])
    assert any("as well" in problem for problem in check_content(TODAY, tmp_path).problems)


def test_the_shipped_content_is_in_order() -> None:
    report = check_content(TODAY)
    assert report.problems == ()
    assert report.unread == (), "every shipped entry has been read a second time"
    assert report.entries >= 60
    assert report.subjects == 365
