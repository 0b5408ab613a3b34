"""Two versions side by side: what is marked, and that long texts cost no time."""

import time

import pytest

from knowledge_base.curation.comparison import LONGEST, compare
from tests.fakes.entries import entry_row


def marked(**changes: object) -> dict[str, tuple[list[str], list[str]]]:
    """The changed stretches of each changed field, left and right."""
    return {
        pair.field: ([p.text for p in pair.left if p.changed], [p.text for p in pair.right if p.changed])
        for pair in compare(entry_row(), entry_row(**changes))
        if pair.changed
    }


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, {}),
        ({"title": "玉米钻心虫"}, {"title": (["螟"], ["钻心虫"])}),
        ({"aliases": ["钻心虫"]}, {"aliases": (["\n箭秆虫"], [])}),
        ({"valid_until": "2027-01-01"}, {"valid_until": ([], ["2027-01-01"])}),
        ({"sample": False}, {"sample": (["✓"], [])}),
        ({"written_by": "别人", "second_reading": None}, {}),
    ],
)
def test_only_what_differs_is_marked(change: dict[str, object], shown: dict[str, object]) -> None:
    assert marked(**change) == shown


def test_both_sides_hold_their_whole_text() -> None:
    new = entry_row(spoken="玉米秆上有虫眼，多半是钻心虫。大喇叭口期就要治。")
    (spoken,) = [pair for pair in compare(entry_row(), new) if pair.field == "spoken"]
    assert "".join(piece.text for piece in spoken.left) == entry_row()["spoken"]
    assert "".join(piece.text for piece in spoken.right) == new["spoken"]


def test_a_very_long_field_is_marked_whole_and_at_once() -> None:
    left, right = ([f"第{n}种{word}问法" for n in range(LONGEST)] for word in ("老", "新"))
    started = time.process_time()
    (asks,) = [pair for pair in compare(entry_row(asks=left), entry_row(asks=right)) if pair.field == "asks"]
    assert len(asks.left) == len(asks.right) == 1
    assert time.process_time() - started < 2
