"""Which parts may run apart, and the one sentence that says what is missing."""

from typing import Any

import pytest

from bot.parts import EVERYTHING, Part, ShapeImpossible, parts_of
from bot.settings import Settings

COMPLETE = {
    "database_url": "postgresql+psycopg://x@localhost/x",
    "secret": "a secret that all share",
    "consultation_keys": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "rasa_url": "http://10.0.0.9:8000 http://10.0.0.10:8000",
    "rasa_token": "a token of some length",
}


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def test_nothing_named_is_everything_and_needs_nothing() -> None:
    assert parts_of([], settings()) == EVERYTHING == frozenset(Part)


def test_parts_are_what_was_named() -> None:
    assert parts_of(["web", "worker"], settings(**COMPLETE)) == {Part.WEB, Part.WORKER}


@pytest.mark.parametrize(
    ("named", "without", "needed"),
    [
        (["worker"], "database_url", "XIANGYIN_DATABASE_URL"),
        (["scheduler"], "secret", "XIANGYIN_SECRET"),
        (["speakers"], "consultation_keys", "XIANGYIN_CONSULTATION_KEYS"),
        (["web"], "rasa_url", "XIANGYIN_RASA_URL"),
        (["web"], "rasa_token", "XIANGYIN_RASA_TOKEN"),
        (["understanding"], "rasa_token", "XIANGYIN_RASA_TOKEN"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(named: list[str], without: str, needed: str) -> None:
    left = {name: value for name, value in COMPLETE.items() if name != without}
    with pytest.raises(ShapeImpossible) as refused:
        parts_of(named, settings(**left))
    assert needed in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_parts_need_only_what_is_theirs() -> None:
    assert parts_of(["understanding"], settings(rasa_token=COMPLETE["rasa_token"]))
    alone = {name: value for name, value in COMPLETE.items() if not name.startswith("rasa")}
    assert parts_of(["worker", "scheduler"], settings(**alone))
    assert parts_of(["web", "understanding"], settings(**alone))


def test_a_part_that_there_is_not() -> None:
    with pytest.raises(ShapeImpossible, match="understanding"):
        parts_of(["kitchen"], settings(**COMPLETE))


@pytest.mark.parametrize("url", ["rasa.example.org", "ftp://x", "http://a, http://b x"])
def test_addresses_of_services_are_http(url: str) -> None:
    with pytest.raises(ValueError, match="rasa_url"):
        settings(rasa_url=url)
