"""Accents: which sounds are run together where."""

import math
from pathlib import Path

import pytest

from nlu.text.accent import accents, read, split
from nlu.wordfile import WordsBroken


@pytest.mark.parametrize(
    ("one", "other", "home", "abroad"),
    [
        ("nan", "lan", "southwest", "northeast"),
        ("fei", "hui", "central", "northeast"),
        ("hua", "fa", "southwest", "north"),
        ("ren", "yin", "northeast", "southwest"),
        ("ri", "li", "north", "southwest"),
        ("shang", "shan", "northwest", "northeast"),
        ("xing", "xin", "jiangnan", "northeast"),
        ("zhu", "ju", "central", "north"),
        ("jie", "gai", "southwest", "north"),
    ],
)
def test_a_fold_costs_least_at_home(one: str, other: str, home: str, abroad: str) -> None:
    cost = accents().cost
    assert 0 < cost(one, other, home) < cost(one, other, None) < cost(one, other, abroad) < 1  # type: ignore[arg-type]
    assert cost(one, other, home) == cost(other, one, home)  # type: ignore[arg-type]
    assert accents().key(one) == accents().key(other)


def test_two_folds_cost_both_and_the_same_sound_nothing() -> None:
    cost = accents().cost
    assert cost("zhang", "zan", "southwest") == pytest.approx(
        cost("zhang", "zang", "southwest") + cost("zhang", "zhan", "southwest")
    )
    assert cost("mi", "mi", None) == 0
    assert math.isinf(cost("mi", "ba", None))


def test_syllables_are_cut_after_their_initial() -> None:
    assert split("zhuang") == ("zh", "uang")
    assert split("an") == ("", "an")


@pytest.mark.parametrize(
    ("folds", "fault"),
    [
        ("[{name: a, regions: mars, cost: 0.1, initials: [n l]}]", "regions"),
        ("[{name: a, regions: north, cost: 0.1, initials: [n ll]}]", "there is no ll among the initials"),
        ("[{name: a, regions: north, cost: 0.1, syllables: [ni lii]}]", "there is no lii among the syllables"),
        ("[{name: a, regions: north, cost: 0.1}]", "a folds nothing"),
        ("[{name: a, regions: north, cost: 2, initials: [n l]}]", "cost"),
        (
            "[{name: a, regions: north, cost: 0.1, initials: [n l]}, {name: a, regions: south, cost: 1, initials: [n l]}]",
            "twice",
        ),
        ("[", "expected"),
    ],
)
def test_a_broken_file_is_refused_with_its_fault(tmp_path: Path, folds: str, fault: str) -> None:
    path = tmp_path / "accents.yaml"
    path.write_text(f"folds: {folds}\nsyllables: ni li na la\n", "utf-8")
    with pytest.raises(WordsBroken, match=fault):
        read(path)
