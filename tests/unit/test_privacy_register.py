"""The register of personal data: no table, column, file or number of days is forgotten."""

import importlib
import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from bot.delivery.models import OutboxRow
from bot.privacy.register import Register, Rule, register
from bot.warnings.retention import DELIVERIES
from dialogs.consultation.stories import AFTER
from knowledge_base.models import Base

ROOT = Path(__file__).parents[2]
LIKE_A_PERSON = re.compile(
    r"^(to_)?(channel|user)$|^(user|person|account|author|who|to|name|shown|phone|latitude|longitude|position|place"
    r"|place_text|date_text|text|said|heard|story|sealed|question|normalized|note|why|address|voice_file)$"
)


@pytest.fixture(scope="module")
def tables() -> dict[str, Table]:
    """All tables that any module of the program declares."""
    for package in ("knowledge_base", "dialogs", "bot"):
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" not in path.parts and "__tablename__" in path.read_text("utf-8"):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return dict(Base.metadata.tables)


def covered(rule: Rule) -> set[str]:
    """The columns of which the register says what becomes of them."""
    pairs = {name for pair in rule.pairs for name in pair}
    blanked = set(rule.erase) if isinstance(rule.erase, dict) else set(rule.shows)
    return pairs | blanked | set(rule.written) | set(rule.plain) | set(rule.others)


def forgotten(known: Register, tables: dict[str, Table]) -> list[str]:
    """Tables, and columns that sound like a person, of which the register says nothing."""
    missing = []
    for name, table in tables.items():
        personal = {column.name for column in table.columns if LIKE_A_PERSON.match(column.name)}
        if name in known.impersonal:
            missing += [f"{name}.{column}" for column in personal - known.impersonal[name].columns.keys()]
        elif name in known.tables:
            missing += [f"{name}.{column}" for column in personal - covered(known.tables[name])]
        else:
            missing.append(name)
    return sorted(missing)


def test_every_table_and_every_column_of_a_person_is_registered(tables: dict[str, Table]) -> None:
    assert forgotten(register(), tables) == []


def test_a_table_that_nobody_has_thought_of_is_found(tables: dict[str, Table]) -> None:
    known = register()
    fewer = known.model_copy(update={"tables": {n: r for n, r in known.tables.items() if n != "feedback"}})
    there = set(forgotten(known, tables))
    assert set(forgotten(fewer, tables)) - there == {"feedback"}
    bare = known.tables["questions"].model_copy(update={"erase": {"text": ""}})
    barer = known.model_copy(update={"tables": {**known.tables, "questions": bare}})
    assert set(forgotten(barer, tables)) - there == {"questions.normalized", "questions.place"}


def test_the_register_names_only_what_there_is(tables: dict[str, Table]) -> None:
    known = register()
    assert {*known.tables, *known.impersonal} <= tables.keys()
    assert not known.tables.keys() & known.impersonal.keys()
    for name, rule in known.tables.items():
        columns = set(tables[name].columns.keys())
        assert rule.group in known.groups
        assert covered(rule) | set(rule.shows) | set(rule.waits) | set(rule.closes) | set(rule.only) <= columns, name
        assert {rule.opens, rule.newest} - {None} <= columns, name
        assert rule.pairs or rule.written or rule.under or rule.unfindable, name
        if rule.keep:
            assert rule.keep.since in columns or rule.keep.by_key in columns, name
            assert set(rule.keep.blank_without) | set(rule.keep.not_while) <= columns, name


def test_the_texts_that_people_hear_fill_in() -> None:
    known = register()
    for group in known.groups.values():
        assert all(known.text(group, part) for part in ("name", "what", "why", "law", "long", "gone"))
        assert "{" not in known.text(group, "long")


def test_days_that_another_job_keeps_to_are_the_same_there() -> None:
    assert register().after(OutboxRow.__tablename__) == DELIVERIES
    assert register().after("consultation_stories") == AFTER
    with pytest.raises(KeyError):
        register().after("people")
