"""Whatever arrives ends in an alert or in a refusal, and soon; every alert survives being written and read."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.warnings.alert import (
    Alert,
    AlertRefused,
    Area,
    Category,
    Certainty,
    Circle,
    Colour,
    Info,
    MsgType,
    Reference,
    Resource,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.cap import read_cap
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.emergency import read_ebd
from knowledge_base.warnings.refused import sentences

Reader = Callable[[bytes], Alert]
HERE = Path(__file__).parent
DOCUMENTS, BROADCASTS = (
    [path.read_bytes() for path in sorted((HERE / folder).iterdir())] for folder in ("documents", "broadcasts")
)
LONGEST = 2.0
"""Seconds for the worst document; the usual takes milliseconds."""

# What XML 1.0 can carry; blanks at the ends are not kept.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
WORDS = st.text(CHARACTERS, min_size=1, max_size=20).map(lambda text: text.strip()).filter(bool)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n ".join)
NAMES = st.text(CHARACTERS, min_size=1, max_size=20).filter(
    lambda text: not set(text) & set(",<&") and not any(map(str.isspace, text))
)
LISTED = WORDS.filter(lambda text: '"' not in text)
TIMES = st.builds(
    lambda seconds, minutes: datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)) if minutes else UTC),
    st.integers(10**9, 4 * 10**9),
    st.integers(-14 * 60, 14 * 60),
)
NAMED = st.lists(st.tuples(LINES, LINES), max_size=2).map(tuple)
LATITUDES = st.floats(-80, 80).map(lambda degrees: round(degrees, 6))
LONGITUDES = st.floats(-170, 170).map(lambda degrees: round(degrees, 6))


def maybe(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values


def tuples(values: st.SearchStrategy, least: int = 0) -> st.SearchStrategy:
    return st.lists(values, min_size=least, max_size=2).map(tuple)


def square(latitude: float, longitude: float, side: float) -> tuple[tuple[float, float], ...]:
    north, east = round(latitude + side, 6), round(longitude + side, 6)
    return ((latitude, longitude), (latitude, east), (north, east), (north, longitude), (latitude, longitude))


AREAS = st.builds(
    lambda heights, **fields: Area(altitude=heights[0], ceiling=heights[1], **fields),
    st.sampled_from([(None, None), (1e-05, None), (-3.5, 1200.0), (10.0, 10.0)]),
    area_desc=LINES,
    polygons=tuples(st.builds(square, LATITUDES, LONGITUDES, st.floats(0.001, 9))),
    circles=tuples(st.builds(Circle, LATITUDES, LONGITUDES, st.floats(0, 20_000).map(lambda km: round(km, 6)))),
    geocodes=NAMED,
)
RESOURCES = st.builds(
    Resource, LINES, LINES, maybe(st.integers(0, 10**15 - 1)), maybe(LINES), maybe(LINES), maybe(LINES)
)


def infos(sent: datetime) -> st.SearchStrategy[Info]:
    text = maybe(LINES)
    return st.builds(
        Info,
        event=LINES,
        categories=tuples(st.sampled_from(Category), 1),
        urgency=st.sampled_from(Urgency),
        severity=st.sampled_from(Severity),
        certainty=st.sampled_from(Certainty),
        language=st.sampled_from(["zh-CN", "en-US", "ug", "zh-Hant-TW"]),
        response_types=tuples(st.sampled_from(ResponseType)),
        audience=text,
        event_codes=NAMED,
        effective=st.none() | st.just(sent - timedelta(hours=1)),
        onset=maybe(TIMES),
        expires=st.none() | st.integers(1, 10**6).map(lambda seconds: sent + timedelta(seconds=seconds)),
        sender_name=text,
        headline=text,
        description=text,
        instruction=text,
        web=text,
        contact=text,
        parameters=NAMED,
        resources=tuples(RESOURCES),
        areas=tuples(AREAS),
    )


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    sent = draw(TIMES)
    return Alert(
        identifier=draw(NAMES),
        sender=draw(NAMES),
        sent=sent,
        status=draw(st.sampled_from(Status)),
        msg_type=draw(st.sampled_from(MsgType)),
        scope=draw(st.sampled_from(Scope)),
        source=draw(maybe(LINES)),
        restriction=draw(LINES),
        addresses=draw(tuples(LISTED, 1)),
        codes=draw(tuples(LINES)),
        note=draw(maybe(LINES)),
        references=(Reference("somebody@example", "earlier", draw(TIMES)), Reference(draw(NAMES), "x", sent)),
        incidents=draw(tuples(LISTED)),
        infos=draw(st.lists(infos(sent), min_size=1, max_size=2).map(tuple)),
    )


@settings(max_examples=50)
@given(alerts())
def test_written_and_read_is_the_same(alert: Alert) -> None:
    """Also every derived property can be read."""
    again = read_cap(write_cap(alert))
    assert again == alert
    assert (again.colour, again.hazard, again.area_codes, again.office) == (
        alert.colour,
        alert.hazard,
        alert.area_codes,
        alert.office,
    )


@pytest.mark.parametrize("read", [read_cap, read_ebd])
@settings(max_examples=200)
@given(data=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes(read: Reader, data: bytes) -> None:
    ends_well(read, data)


@pytest.mark.parametrize(("read", "documents"), [(read_cap, DOCUMENTS), (read_ebd, BROADCASTS)])
@settings(max_examples=300)
@given(choice=st.integers(0, 999), seed=st.integers(0, 2**32), other=st.sampled_from(DOCUMENTS + BROADCASTS))
def test_any_mutation(read: Reader, documents: list[bytes], choice: int, seed: int, other: bytes) -> None:
    """Bytes changed, cut, doubled, moved, or taken from another document."""
    dice = random.Random(seed)
    data = documents[choice % len(documents)]
    for _ in range(dice.randint(1, 4)):
        at, length = dice.randrange(len(data) + 1), dice.choice([1, 1, 2, 8, 60])
        begin = dice.randrange(len(other) + 1)
        part = {
            0: dice.randbytes(length),
            1: b"",
            2: data[at : at + length] * 2,
            3: other[begin : begin + length],
            4: dice.choice(
                [b"<", b">", b"&", b'"', b"]]>", b"<![CDATA[", b"&#x0;", b"<!--", b"\xff\xfe", b" ", b"-", b"9" * 30]
            ),
        }[dice.randrange(5)]
        data = data[:at] + part + data[at + length * dice.randint(0, 1) :]
    ends_well(read, data)


def ends_well(read: Reader, data: bytes) -> str | None:
    """The reason of the refusal, None for an alert; nothing else may happen, and not slowly."""
    start = perf_counter()
    ending = ended(read, data)
    assert perf_counter() - start < LONGEST
    if isinstance(ending, AlertRefused):
        assert ending.sentence.startswith(sentences()[ending.reason])
        return ending.reason
    assert ending.colour is None or ending.colour in Colour
    assert all(code.isdigit() for code in ending.area_prefixes)
    assert ending.office
    return None


def ended(read: Reader, data: bytes) -> Alert | AlertRefused:
    try:
        return read(data)
    except AlertRefused as refused:
        return refused


def zigzag(points: int) -> str:
    """A ring whose edges all lie side by side: the slowest to check."""
    up = " ".join(f"{30 + (index % 2) * 5},{100 + index / 1000:.4f}" for index in range(points))
    return f"{up} 10,{100 + points / 1000:.4f} 10,99.9 30,99.9 30,100.0000"


def head(*, extra: str = "", info: str = "") -> str:
    return f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>b</sender>
        <sent>2026-07-12T00:10:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>{extra}
        <info><category>Met</category><event>x</event><urgency>Past</urgency><severity>Minor</severity>
        <certainty>Likely</certainty>{info}</info></alert>"""


AREA = "<area><areaDesc>x</areaDesc><polygon>{}</polygon></area>"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (head(), None),
        (head(extra="<info>" * 160_000), "too_complex"),
        (head(extra="<code>1</code>" * 9_000), None),
        (head(extra="<code>1</code>" * 60_000), "too_complex"),
        (head(extra="<note " + " ".join(f'a{index}=""' for index in range(60_000)) + "/>"), "attribute_unknown"),
        (head(extra="<note " + " ".join(f'xmlns:a{index}="u"' for index in range(40_000)) + "/>"), None),
        (head(extra="<" + "a" * 900_000 + "/>"), "too_complex"),
        (head(extra="<note>" + "&amp;" * 150_000 + "</note>"), "text_too_long"),
        (head(extra="<note>" + "&#65;" * 19_000 + "</note>"), None),
        (head(extra="<references>" + "a,b,2026-07-11T23:00:00+08:00 " * 600 + "</references>"), None),
        (head(extra="<addresses>" + '" ' * 9_000 + '"</addresses>'), "list"),
        (head(extra="<incidents>" + "a " * 9_000 + "</incidents>"), None),
        (head(info="<headline>" + "[(" * 200 + "</headline>"), None),
        (head(info=AREA.format(zigzag(4_990))), None),
        (head(info=AREA.format(zigzag(4_990)) * 12), None),
        (head(info=AREA.format(zigzag(6_000))), "too_complex"),
        (head(info=AREA.format("1,1 " * 70_000)), "too_complex"),
        (head(info=AREA.format("1,1 " * 4_000)), "polygon_crosses"),
        (head(info=AREA.format("0,0 9,9 " * 2_000 + "0,0")), "polygon_crosses"),
    ],
)
def test_the_worst_that_is_let_in_ends_soon(document: str, reason: str | None) -> None:
    data = document.encode()
    assert len(data) <= 1_000_000
    assert ends_well(read_cap, data) == reason
