"""Golden questions before publishing: which are asked, how each fares, and what counts as broken."""

from pathlib import Path

import pytest

from knowledge_base.curation.golden import (
    Asker,
    GoldenUnreadable,
    Outcome,
    Question,
    Said,
    affected,
    examine,
    outcome,
    read_golden,
    worse,
)
from knowledge_base.entry import Entry
from tests.fakes.entries import entry

KEY = "maize.borer"


@pytest.mark.parametrize(
    ("subject", "expect", "said", "fares"),
    [
        (KEY, None, Said("answer", KEY), "right"),
        (KEY, None, Said("answer", "maize.armyworm"), "wrong"),
        (KEY, None, Said("ask", None, (KEY, "maize.armyworm")), "asked"),
        (KEY, None, Said("ask", None, ("maize.armyworm",)), "missed"),
        (KEY, None, Said("handoff"), "missed"),
        (None, "out_of_scope", Said("refuse"), "right"),
        (None, "handoff", Said("handoff"), "right"),
        (None, "handoff", Said("ask"), "asked"),
        (None, "out_of_scope", Said("answer", KEY), "wrong"),
        (None, "ask", Said("ask"), "right"),
        (None, "weather", Said("info", intent="weather"), "right"),
        (None, "weather", Said("info", intent="price"), "missed"),
    ],
)
def test_how_a_question_fares(subject: str | None, expect: str | None, said: Said, fares: str) -> None:
    assert outcome(Question(text="问", subject=subject, expect=expect), said) == fares


def test_broken_is_right_and_not_after_or_admitted_and_then_wrong() -> None:
    broken = {(was, now) for was in Outcome for now in Outcome if worse(was, now)}
    assert broken == {
        ("right", "asked"), ("right", "missed"), ("right", "wrong"), ("asked", "wrong"), ("missed", "wrong"),
    }  # fmt: skip


def test_the_questions_of_the_same_crop_are_asked_and_those_that_nothing_answers() -> None:
    policy = {"kind": "policy", "crop": None}
    published = {
        e.key: e
        for e in (
            entry(),
            entry(key="maize.armyworm"),
            entry(key="soil.salt", crop=None, also_crops=["玉米"]),
            entry(key="rice.blast", crop="水稻"),
            entry(key="policy.grain", **policy),
            entry(key="policy.oil", **policy),
            entry(key="service.office", **policy),
        )
    }
    golden = [Question(text=key, subject=key) for key in (*published, "gone.entry")]
    golden += [Question(text=e, subject=None, expect=e) for e in ("out_of_scope", "handoff", "weather")]

    def asked(changed: Entry) -> list[str]:
        return [question.text for question in affected(golden, changed, published)]

    nobodys = ["out_of_scope", "handoff"]
    assert asked(entry(spoken="新。")) == [KEY, "maize.armyworm", "soil.salt", *nobodys]
    assert asked(entry(key="rice.new", crop="水稻")) == ["rice.blast", *nobodys]
    assert asked(entry(crop="水稻")) == [KEY, "maize.armyworm", "soil.salt", "rice.blast", *nobodys]
    assert asked(published["policy.grain"]) == ["policy.grain", "policy.oil", *nobodys]


class TableJudge:
    """Says what its tables say, without and with the trial."""

    def __init__(self, before: dict[str, Said], after: dict[str, Said]) -> None:
        self.tables = before, after

    def asking(self, trial: Entry | None) -> Asker:
        table = self.tables[trial is not None]

        async def ask(text: str) -> Said:
            return table[text]

        return ask


async def test_what_breaks_is_named_and_what_is_mended_counted() -> None:
    right, wrong, missed = Said("answer", KEY), Said("answer", "maize.armyworm"), Said("handoff")
    golden = [Question(text=text, subject=KEY) for text in ("好", "坏", "更坏", "修好")]
    before = {"好": right, "坏": right, "更坏": missed, "修好": wrong}
    after = {"好": right, "坏": missed, "更坏": wrong, "修好": right}
    steps: list[tuple[int, int]] = []
    report = await examine(entry(), golden, TableJudge(before, after), lambda *step: steps.append(step))
    assert [(b.question.text, b.before, b.after, b.said) for b in report.broken] == [
        ("坏", "right", "missed", missed), ("更坏", "missed", "wrong", wrong),
    ]  # fmt: skip
    assert (report.total, report.mended, report.own_asks) == (4, 1, False)
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


async def test_without_golden_questions_its_own_are_asked() -> None:
    said = dict.fromkeys(entry().asks, Said("answer", KEY))
    report = await examine(entry(), [], TableJudge(said, said), lambda *_: None)
    assert (report.total, report.own_asks) == (5, True)


def test_questions_come_from_every_folder_that_is_there(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "questions.yaml").write_text("- {text: 本县的问题, subject: maize.borer, region: north}\n", "utf-8")
    (own / "other.yaml").write_text("nonsense", "utf-8")
    assert [q.text for q in read_golden(tmp_path / "missing", own)] == ["本县的问题"]


@pytest.mark.parametrize("text", ["- {text: [", "- {text: 问}", "words", "- 1", b"\xff\xfe".decode("latin-1")])
def test_an_unreadable_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "questions_own.yaml").write_text(text, "utf-8")
    with pytest.raises(GoldenUnreadable, match=r"questions_own\.yaml"):
        read_golden(tmp_path)
