"""The language data as shipped: in order, and apart from what it is measured on."""

from pathlib import Path

import numpy as np
import yaml
from rapidfuzz import fuzz, process

from bot.channels.web.texts import load_texts
from dialogs.urgent import dangers
from knowledge_base.entry import read_content
from nlu.check import check
from nlu.text.normalise import Normaliser
from nlu.training_data import read_training_data
from nlu.words import Words

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
LONG = 8
"""A sentence of so many characters or more is compared with every training sentence."""
ALIKE = 93
"""Likeness, in per cent, from which two long sentences are the same one: a character or so apart."""


def test_the_checker_has_nothing_to_say() -> None:
    assert check() == []


def bare(text: str) -> str:
    """The sentence without punctuation and blanks."""
    return "".join(char for char in text if char.isalnum())


def held_out() -> list[str]:
    """Every sentence that something is measured on."""
    found = []
    paths = [
        path for name in ("questions*", "utterances", "spoken", "misheard") for path in GOLDEN.glob(f"{name}.yaml")
    ]
    for path in paths:
        for row in yaml.safe_load(path.read_text("utf-8")):
            found += [row[part] for part in ("text", "said", "heard") if part in row]
    return found + [row["text"] for row in yaml.safe_load((TESTS / "clips" / "clips.yaml").read_text("utf-8"))]


def test_no_test_sentence_is_in_the_training_data(words: Words) -> None:
    normalise = Normaliser(words).normalise
    trained = sorted({bare(example.text) for example in read_training_data(normalise)})
    tested = sorted({bare(normalise(text)) for text in held_out()})
    assert len(tested) >= 1400
    assert sorted(set(tested) & set(trained)) == []
    long = [[text for text in texts if len(text) >= LONG] for texts in (tested, trained)]
    likeness = process.cdist(*long, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    assert [(long[0][one], long[1][other]) for one, other in zip(*likeness.nonzero(), strict=True)] == []


def test_every_crop_of_an_entry_is_a_word_of_the_lexicon(words: Words) -> None:
    known = {term.standard for term in words.terms if term.kind in {"crop", "livestock"}}
    assert {crop for entry in read_content() for crop in entry.crops} <= known


def test_every_entry_that_danger_leads_to_is_there() -> None:
    keys = {entry.key for entry in read_content()}
    assert {danger.entry for danger in dangers() if danger.entry} <= keys


def test_the_questions_that_the_page_offers_have_an_answer() -> None:
    asked = {ask for entry in read_content() for ask in entry.asks}
    assert len(load_texts().examples) == 3
    assert load_texts().examples[0] in asked
