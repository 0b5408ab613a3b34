"""Golden questions through the whole assistant, golden utterances, Rasa's cross-validation, and spoken questions."""

import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from bot.log import set_up_logging
from bot.settings import Settings
from bot.trial import Trial, trial
from bot.understanding import training_files
from knowledge_base.entry import read_content
from nlu.rasa_evaluation import cross_validate, validate
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.bench.figures import show
from tests.eval import intents, speech
from tests.eval.baselines import bm25, character_tfidf

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("questions*.yaml"))
NOW = "2026-11-22T09:00"


class Question(BaseModel):
    """A golden question; without a subject, `expect` says what should happen."""

    model_config = ConfigDict(extra="forbid")

    text: str
    subject: str | None
    region: str
    kind: str
    expect: str | None = None


@dataclass(slots=True)
class Tally:
    """Outcomes of one group of questions."""

    right: int = 0
    asked: int = 0
    wrong: int = 0
    total: int = 0

    def row(self, name: str) -> str:
        """Shares of the group."""
        return (
            f"{name:<26} n={self.total:<4} right {self.right / self.total:6.1%}   "
            f"asked back {self.asked / self.total:6.1%}   answered wrongly {self.wrong / self.total:6.1%}"
        )


def judge(question: Question, record: dict[str, object]) -> str:
    """`right`, `wrong` or `missed`."""
    kind, subject, intent = record["kind"], record["subject"], record["intent"]
    if question.subject:
        if kind == "answer":
            return "right" if subject == question.subject else "wrong"
        return "missed"
    if kind == "answer":
        return "right" if subject is None and intent == question.expect else "wrong"
    if question.expect in {"out_of_scope", "handoff"}:
        return "right" if kind in {"handoff", "refuse"} else "asked"
    if question.expect == "ask":
        return "right" if kind == "ask" else "missed"
    return "right" if intent == question.expect else "missed"


async def answered(one: Trial, questions: Sequence[Question]) -> list[tuple[Question, dict[str, object], str]]:
    """Each question in a conversation of its own."""
    outcomes = []
    crops = {entry.key: entry.crops for entry in read_content()}
    for number, question in enumerate(questions):
        record = await one.say(question.text, str(number))
        outcome = judge(question, record)
        label = _right_choice(question, record, crops) if record["kind"] == "ask" else None
        if outcome == "missed" and label:
            outcome = "asked" if judge(question, await one.say(label, str(number))) == "right" else "missed"
        outcomes.append((question, record, outcome))
    return outcomes


def _right_choice(question: Question, record: dict[str, Any], crops: Mapping[str, frozenset[str]]) -> str | None:
    """What the person would say to the question back: the subject, or its crop, where it is among the choices."""
    wanted = {f"s:{question.subject}", *(f"crop:{crop}" for crop in crops.get(question.subject or "", ()))}
    return next((choice["label"] for choice in record["choices"] if choice["id"] in wanted), None)


async def questions(settings: Settings, verbose: bool) -> None:
    """The whole assistant on the golden questions, by kind and region, beside the baselines."""
    rows = [Question.model_validate(row) for path in GOLDEN for row in yaml.safe_load(path.read_text("utf-8"))]
    async with trial(settings, NOW, None) as one:
        outcomes = await answered(one, rows)
    groups: dict[str, Tally] = defaultdict(Tally)
    for question, record, outcome in outcomes:
        wanted = question.subject or question.expect or ""
        scope = "in scope" if question.subject else f"expect {question.expect}"
        for name in (scope, *((f"  {question.kind}", f"  {question.region}") if question.subject else ())):
            tally = groups[name]
            tally.total += 1
            if outcome in {"right", "asked", "wrong"}:
                setattr(tally, outcome, getattr(tally, outcome) + 1)
        if verbose and outcome != "right":
            show(
                f"{outcome:<7} {question.text} -> {record['kind']} {record['subject']} {record['intent']}, wanted {wanted}"
            )
    for name, tally in sorted(groups.items()):
        show(tally.row(name))
    baselines([q for q in rows if q.subject])


def baselines(rows: Sequence[Question]) -> None:
    """hit@1 of two plain searches on the questions in scope."""
    entries = read_content()
    segmenter = Segmenter([])
    for name, find in (
        ("BM25 over jieba", bm25(entries, segmenter.cut)),
        ("character TF-IDF", character_tfidf(entries)),
    ):
        hits = sum(find(q.text) == q.subject for q in rows)
        show(f"baseline {name:<17} n={len(rows):<4} hit@1 {hits / len(rows):6.1%}")


def rasa(settings: Settings) -> None:
    """Rasa's own validation of the data, and five-fold cross-validation."""
    words = Words.load()
    files = training_files(words, Normaliser(words))
    with tempfile.TemporaryDirectory(prefix="xiangyin-eval-") as folder:
        validate(files, settings.rasa_python, Path(folder) / "validate")
        show("rasa data validate: in order")
        figures = cross_validate(files, settings.rasa_python, Path(folder) / "test")
    show(
        f"rasa test nlu, 5 folds: intent accuracy {figures.intent_accuracy:.1%}, F1 {figures.intent_f1:.1%}, "
        f"entity F1 {figures.entity_f1:.1%}"
    )
    for intent, value in sorted(figures.by_intent.items(), key=lambda item: item[1]):
        show(f"  {intent:<16} F1 {value:.1%}")


if __name__ == "__main__":
    set_up_logging("ERROR")
    parts = sys.argv[1:] or ["questions", "intents", "rasa", "speech"]
    if "questions" in parts:
        asyncio.run(questions(Settings(), "-v" in parts))
    if "intents" in parts:
        asyncio.run(intents.run(Settings()))
    if "rasa" in parts:
        rasa(Settings())
    if "speech" in parts:
        asyncio.run(speech.run(Settings(), parts))
