"""`xiangyin places import`: the towns and villages of the county's table become places that can be said in the chat.

The same CSV file as for warnings (`XIANGYIN_WARNING_VILLAGES`): code, name, latitude, longitude, and, if wanted, aliases.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from bot.settings import Settings
from bot.terminal import refuse, say
from knowledge_base.weather.coordinates import distance, seats
from nlu.text.gazetteer import Gazetteer, PlacesBroken

FILE = "villages.yaml"
"""What is written, in the folder `places` of the county's words; made anew by each import."""
_FARTHEST = 400
"""Kilometres from a county's seat to its villages; the widest county of China is Ruoqiang."""
_SHOWN = 50


class _Reading(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    offices: tuple[tuple[str, str], ...]
    doubled: tuple[tuple[str, str], ...]
    between: str
    problems: dict[str, str]


@cache
def _reading() -> _Reading:
    path = Path(__file__).with_suffix(".yaml")
    return _Reading.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line of the file; line 0 is the file itself. `text` is for the person who keeps it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds. Written only where there is no problem and it was no dry run."""

    towns: int
    villages: int
    problems: tuple[Problem, ...]
    written: Path | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    code: str
    name: str
    aliases: tuple[str, ...]


def import_villages(source: Path, words: Path, gazetteer: Gazetteer, *, dry_run: bool = False) -> Imported:
    """Check a CSV file in UTF-8 and, unless something is wrong or it is a dry run, write its places into `words`/places.

    Lines with codes of up to 6 digits are left out: counties are known. Raises `OSError` where it cannot be written.
    """
    rows: list[_Row] = []
    problems: list[Problem] = []
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if not {"code", "name"} <= set(lines.fieldnames or ()):
                return Imported(0, 0, (_problem(1, "columns"),))
            for read in lines:
                given = {key: value.strip() for key, value in read.items() if isinstance(value, str)}
                line = {"code": "", "name": "", **given}  # a line may end before its columns do
                if len(line["code"]) <= 6 and line["code"].isdecimal():
                    continue
                if not line["code"].isdecimal() or len(line["code"]) not in {9, 12}:
                    problems.append(_problem(lines.line_num, "code"))
                    continue
                row = _Row(lines.line_num, line["code"], _place_name(line["name"]), _aliases(line.get("aliases", "")))
                rows.append(row)
                problems += _wrong(row, line, gazetteer)
    except (OSError, UnicodeError, csv.Error) as error:
        return Imported(0, 0, (_problem(0, "unreadable", type(error).__name__),))
    problems += _repeated(rows)
    found = Imported(
        sum(len(row.code) == 9 for row in rows),
        sum(len(row.code) == 12 for row in rows),
        tuple(sorted(problems, key=lambda problem: problem.line)),
    )
    if found.problems or dry_run:
        return found
    return Imported(found.towns, found.villages, (), _write(rows, source.name, words))


def bring_in(settings: Settings, source: Path, *, dry_run: bool) -> int:
    """The command: 0 done, 1 there are problems, 2 it could not be done."""
    if settings.words is None:
        return refuse("先设 XIANGYIN_WORDS / set XIANGYIN_WORDS first")
    try:
        gazetteer = Gazetteer.load()
        result = import_villages(source, settings.words, gazetteer, dry_run=dry_run)
    except (PlacesBroken, OSError) as error:
        return refuse(str(error))
    for problem in result.problems[:_SHOWN]:
        say(f"✗ {problem.line}: {problem.text}")
    if len(result.problems) > _SHOWN:
        say(f"… {len(result.problems)}")
    say(f"乡镇 {result.towns} 个，村 {result.villages} 个 / towns and villages")
    if result.problems:
        say("没有导入，改好再来 / nothing was imported")
        return 1
    say(f"写好了 / written: {result.written}" if result.written else "试跑，没写 / a dry run, nothing written")
    return 0


def _place_name(text: str) -> str:
    """巨家村村民委员会 is called 巨家村."""
    reading = _reading()
    name = next((text.removesuffix(office) + left for office, left in reading.offices if text.endswith(office)), text)
    return next((name.removesuffix(twice) + once for twice, once in reading.doubled if name.endswith(twice)), name)


def _aliases(text: str) -> tuple[str, ...]:
    between = str.maketrans(dict.fromkeys(_reading().between, " "))
    return tuple(dict.fromkeys(text.translate(between).split()))


def _wrong(row: _Row, line: dict[str, str], gazetteer: Gazetteer) -> Iterator[Problem]:
    if not all(2 <= len(name) <= 40 for name in (row.name, *row.aliases)):
        yield _problem(row.line, "name")
    county = row.code[:6]
    if gazetteer.place(county) is None:
        yield _problem(row.line, "county")
    elif (far := _from_seat(county, line)) is not None and not far <= _FARTHEST:
        yield _problem(row.line, "position", str(round(far)))


def _from_seat(county: str, line: dict[str, str]) -> float | None:
    """Kilometres; None where the line or the county has no position. Positions themselves are checked by the warnings' reader."""
    try:
        here = float(line.get("latitude", "")), float(line.get("longitude", ""))
    except ValueError:
        return None
    seat = seats().get(county)
    return distance(*here, *seat) if seat and all(abs(degrees) <= 180 for degrees in here) else None


def _repeated(rows: list[_Row]) -> Iterator[Problem]:
    codes: dict[str, int] = {}
    names: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.code in codes:
            yield _problem(row.line, "twice", str(codes[row.code]))
            continue
        codes[row.code] = row.line
        around = row.code[:9] if len(row.code) == 12 else row.code[:6]
        if (around, row.name) in names:
            yield _problem(row.line, "namesake", str(names[around, row.name]))
        names.setdefault((around, row.name), row.line)


def _problem(line: int, key: str, detail: str = "") -> Problem:
    return Problem(line, _reading().problems[key].format(detail=detail))


def _write(rows: list[_Row], source: str, words: Path) -> Path:
    places = [
        {"code": row.code, "name": row.name, "aliases": list(row.aliases)} if row.aliases else f"{row.code} {row.name}"
        for row in sorted(rows, key=lambda row: row.code)
    ]
    text = yaml.safe_dump({"places": places}, allow_unicode=True, sort_keys=False, width=1000)
    path = words / "places" / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(f"# Made from {source}. Change that file and import it again.\n{text}", encoding="utf-8")
    new.replace(path)
    return path
