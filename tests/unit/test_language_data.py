"""The language data as shipped: in order, and apart from what it is measured on."""

from pathlib import Path

import yaml

from bot.channels.web.texts import load_texts
from dialogs.urgent import dangers
from knowledge_base.entry import read_content
from nlu.check import check
from nlu.text.normalise import Normaliser
from nlu.training_data import read_training_data
from nlu.words import Words

TESTS = Path(__file__).parents[1]


def test_the_checker_has_nothing_to_say() -> None:
    assert check() == []


def test_no_test_sentence_is_in_the_training_data(words: Words) -> None:
    normalise = Normaliser(words).normalise
    trained = {example.text for example in read_training_data(normalise)}
    golden = yaml.safe_load((TESTS / "golden" / "questions.yaml").read_text("utf-8"))
    clips = yaml.safe_load((TESTS / "clips" / "clips.yaml").read_text("utf-8"))
    assert len(golden) >= 600
    assert [row["text"] for row in (*golden, *clips) if normalise(row["text"]) in trained] == []


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
