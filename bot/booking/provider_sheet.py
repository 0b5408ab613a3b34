"""A sheet of operators and their machines, CSV or Excel: read as a whole, refused as a whole with every faulty row named."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from bot.booking.desk import BookingDesk
from bot.booking.provider_form import MACHINE, PROVIDER, ProviderForm, Wrong
from dialogs.booking.machine_kinds import machine_kinds
from dialogs.booking.register import MachineCard, ProviderCard
from knowledge_base.curation.accounts import Account
from knowledge_base.markets.sheet import as_csv
from knowledge_base.markets.table import open_table

DATA = Path(__file__).with_name("provider_sheet.yaml")
MOST_ROWS = 1000
_BETWEEN_PRICES = re.compile(r"[;；\n]+")


class Sheet(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, tuple[str, ...]]
    needed: tuple[str, ...]
    kinds: dict[str, str]


@cache
def sheet() -> Sheet:
    """The shipped headings."""
    return Sheet.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


class HeadingsMissing(Exception):
    """Columns that a sheet needs have no heading; `names` are what they may be called."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class RowsWrong(Exception):
    """Faults by row number: keys of the texts' `errors`."""

    def __init__(self, rows: Mapping[int, Sequence[str]]) -> None:
        super().__init__(f"{len(rows)} rows")
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Row:
    """One machine and whose it is."""

    provider: ProviderCard
    machine: MachineCard


def read_rows(path: Path, form: ProviderForm, name: str = "") -> Sequence[Row]:
    """All rows of a file. Raises `HeadingsMissing`, `RowsWrong`, `PricesRefused` for what is no table, and OSError."""
    with as_csv(path, name) as plain, open_table(plain) as table:
        lines = iter(table.lines)
        heading = next(lines, None)
        columns = _columns(heading.cells if heading else ())
        rows: list[Row] = []
        wrong: dict[int, Sequence[str]] = {}
        for line in lines:
            if len(rows) + len(wrong) >= MOST_ROWS:
                wrong[line.number] = ["too_many"]
                break
            cells = {field: line.cells[at] if at < len(line.cells) else "" for field, at in columns.items()}
            try:
                rows.append(_row(cells, form))
            except Wrong as fault:
                wrong[line.number] = sorted(set(fault.errors.values()))
    if wrong or not rows:
        raise RowsWrong(wrong or {1: ["no_rows"]})
    return rows


async def take(rows: Sequence[Row], desk: BookingDesk, by: Account) -> tuple[int, int]:
    """Bring rows into the register: how many providers and machines. Who and what has the same name there is changed, not added."""
    known = {(card.name, card.place): id_ for id_, card in await desk.parts.register.providers()}
    providers: dict[tuple[str, str], str] = {}
    for row in rows:
        who = (row.provider.name, row.provider.place)
        if who not in providers:
            card = row.provider
            if before := known.get(who):
                kept = await desk.provider(before)
                position = card.position or kept.position
                card = card.model_copy(update={"person": kept.person, "active": kept.active, "position": position})
            providers[who] = await desk.put_provider(by, card, before)
        machines = {card.name: id_ for id_, card in await desk.parts.register.machines(providers[who])}
        await desk.put_machine(by, providers[who], row.machine, machines.get(row.machine.name))
    return len(providers), len(rows)


def _columns(cells: Sequence[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for field, names in sheet().columns.items():
        at = next((at for at, cell in enumerate(cells) if cell.strip() in names), None)
        if at is not None:
            found[field] = at
    missing = [sheet().columns[field][0] for field in sheet().needed if field not in found]
    if missing:
        raise HeadingsMissing(missing)
    return found


def _row(cells: Mapping[str, str], form: ProviderForm) -> Row:
    """Both cards. Raises `Wrong` with the faults of both."""
    kinds = {kind.label: key for key, kind in machine_kinds().items()}
    who = PROVIDER | {field: cells.get(field, "") for field in ("name", "place", "areas", "position")}
    who["kind"] = sheet().kinds.get(cells.get("kind", "") or next(iter(sheet().kinds)), "")
    what = MACHINE | {field: cells.get(field, "") for field in ("capacity_mu", "width_cm", "crops")}
    what |= {"name": cells["machine"], "kind": kinds.get(cells["machine_kind"], cells["machine_kind"])}
    what["prices"] = "\n".join(_BETWEEN_PRICES.split(cells["prices"]))
    errors: dict[str, str] = {}
    provider, machine = None, None
    try:
        provider = form.provider(who, None, active=True)
    except Wrong as wrong:
        errors |= wrong.errors
    try:
        machine = form.machine(what, active=True)
    except Wrong as wrong:
        errors |= {f"machine_{field}": key for field, key in wrong.errors.items()}
    if provider is None or machine is None:
        raise Wrong(errors)
    return Row(provider, machine)
