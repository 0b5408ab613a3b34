"""The register of personal data: every table that holds something of a person, and what is done with it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Table, and_, false, or_, select

import bot.channels.wechat.models
import bot.delivery.models
import bot.privacy.models  # noqa: F401
import dialogs.booking.links
import dialogs.consultation.models
import dialogs.models  # noqa: F401
import knowledge_base.curation.models
import knowledge_base.markets.models
import knowledge_base.notices.models
import knowledge_base.warnings.broadcast_models
import knowledge_base.warnings.calling_models
import knowledge_base.warnings.models
import knowledge_base.warnings.speaker_models
import knowledge_base.weather.digest_models
import knowledge_base.weather.models  # noqa: F401
from bot.privacy.person import Account, Person
from knowledge_base.models import Base

DATA = Path(__file__).with_name("register.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Part):
    """What people are told of one sort of data, in their words."""

    name: str
    what: str
    why: str
    law: str
    long: str
    gone: str


class Written(_Part):
    """A column in which an account is written out. `digest`: as its SHA-256; `channel`: only accounts of that one."""

    form: str
    digest: bool = False
    channel: str | None = None

    def of(self, account: Account) -> str:
        """What stands there for an account."""
        text = self.form.format(channel=account.channel, user=account.user)
        return sha256(text.encode()).hexdigest() if self.digest else text


class Keep(_Part):
    """How long rows stay: days after the moment in `since`, hours where the person has not consented.

    `since` of another table (`table.column`) is that of the row which `by_key` names. `by`: another job does it.
    `blank_without`: without consent the row stays, with these columns put so.
    """

    days: int | None = None
    since: str
    by: str | None = None
    by_key: str | None = None
    hours_without: int | None = None
    blank_without: dict[str, Any] = {}
    not_while: dict[str, tuple[str, ...]] = {}


class Rule(_Part):
    """One table. Columns by which a person is found, what a copy shows, what a deletion and a joining do.

    `erase`: `rows`, `stays`, or the columns that are blanked while the row stays with nobody's account. `waits`: rows in
    these states are an order in progress, which a deletion waits for; rows in which `owed` is filled are left to their
    channel, which is just answering them. `closes`: a state that ends with it.
    """

    group: str
    pairs: tuple[tuple[str, str], ...] = ()
    others: dict[str, str] = {}
    written: dict[str, Written] = {}
    under: tuple[str, str] | None = None
    only: dict[str, str] = {}
    unfindable: str | None = None
    shows: dict[str, str] = {}
    opens: str | None = None
    plain: tuple[str, ...] = ()
    erase: Literal["rows", "stays"] | dict[str, Any] = "stays"
    closes: dict[str, tuple[tuple[str, ...], str]] = {}
    waits: dict[str, tuple[str, ...]] = {}
    owed: str | None = None
    keep: Keep | None = None
    link: Literal["moves", "stays", "refused"] = "moves"
    newest: str | None = None
    merge: dict[str, Literal["union", "most"]] = {}


class Mention(_Part):
    """Topics of messages to others about a person: by the rows of a table, or by the digest of an account.

    `shows`: what a copy calls their text; left out where they tell of others too.
    """

    topic: str
    table: str | None = None
    column: str | None = None
    shows: str | None = None


class Impersonal(_Part):
    """Why a table holds nobody; `columns`: those that sound like a person, with what they are."""

    why: str
    columns: dict[str, str] = {}


class Register(_Part):
    """The whole of it."""

    groups: dict[str, Group]
    tables: dict[str, Rule]
    mentions: tuple[Mention, ...]
    impersonal: dict[str, Impersonal]
    elsewhere: dict[str, str]

    def each(self) -> Iterator[tuple[Table, Rule]]:
        """All tables with a person in them, those that refer to others first."""
        for table in reversed(Base.metadata.sorted_tables):
            if rule := self.tables.get(table.name):
                yield table, rule

    def mine(self, table: Table, rule: Rule, person: Person, *, idle: bool = False) -> ColumnElement[bool]:
        """Which rows are the person's; `idle`: those of an order in progress are not among them."""
        ways = [
            and_(table.c[channel] == one.channel, table.c[user] == one.user)
            for channel, user in rule.pairs
            for one in person.accounts
        ]
        if rule.under is not None:
            column, parent = rule.under
            above = Base.metadata.tables[parent]
            keys = select(*above.primary_key).where(self.mine(above, self.tables[parent], person, idle=idle))
            ways.append(table.c[column].in_(keys))
        else:
            ways += [
                table.c[name] == written.of(one)
                for name, written in rule.written.items()
                for one in person.accounts
                if written.channel in {None, one.channel}
            ]
        found = [or_(false(), *ways), *(table.c[name] == value for name, value in rule.only.items())]
        if idle:
            found += [table.c[name].not_in(states) for name, states in rule.waits.items()]
            found += [table.c[rule.owed].is_(None)] if rule.owed else []
        return and_(*found)

    def text(self, group: Group, part: str) -> str:
        """A text of a group, with the days that tables are kept."""
        days = {name: rule.keep.days for name, rule in self.tables.items() if rule.keep and rule.keep.days}
        return str(getattr(group, part)).format(**days)

    def after(self, table: str) -> timedelta:
        """How long rows of a table are kept at most. KeyError where they have no end."""
        keep = self.tables[table].keep
        if keep is None or keep.days is None:
            raise KeyError(table)
        return timedelta(days=keep.days)


def topics(mention: Mention, keys: list[str], person: Person) -> list[str]:
    """The LIKE patterns of one sort of topics; `keys` are those of its rows."""
    if mention.table is not None:
        return [mention.topic.format(id=key) for key in keys]
    digests = [sha256(f"{one.channel}:{one.user}".encode()).hexdigest()[:32] for one in person.accounts]
    return [mention.topic.format(digest=digest) for digest in digests]


@cache
def register() -> Register:
    """The shipped register. Raises `KeyError` where a table of it is not loaded: it would be passed over in silence."""
    rows: Mapping[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    known = Register.model_validate(rows)
    for name in known.tables:
        Base.metadata.tables[name]
    return known
