"""WeChat's messages: within its bytes, numbered where that is clear, spoken in pieces, placed in WGS 84."""

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.channels.split import octets, split
from bot.channels.wechat.coordinates import _shift, wgs84
from bot.channels.wechat.menu import buttons
from bot.channels.wechat.offers import KEPT, Offers
from bot.channels.wechat.render import MAX_TEXT, Offer, menu, page, written
from bot.channels.wechat.sound import cut
from bot.channels.wechat.texts import PATH, Texts
from dialogs.messages import Choice, Reply, ReplyKind
from tests.fakes.preferences import MemoryPreferences

WORDS = Texts.load()


@given(st.text(max_size=3_000), st.integers(4, 2_048))
def test_pieces_fit_and_nothing_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit, octets)
    assert all(0 < octets(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.lists(st.text(min_size=1, max_size=900), min_size=1, max_size=4), st.integers(0, 8))
def test_every_message_fits(texts: list[str], count: int) -> None:
    choices = tuple(Choice(f"s:{n}", f"这是第{n}种虫子的名字比较长的一种") for n in range(count))
    what = page([Reply(ReplyKind.ANSWER, text, choices=choices, detail="更多") for text in texts], WORDS)
    assert all(octets(text) <= MAX_TEXT for text in what.texts)
    last = what.texts[-1] if what.texts else ""
    for countable in (True, False):
        assert octets(written(last, what.choices, WORDS, countable=countable)) <= MAX_TEXT
    assert what.choices[0].label == WORDS.detail


def test_a_menu_that_is_too_long_is_written_instead() -> None:
    offers = [Offer(1, Choice("a", "有用"))]
    assert menu("长" * 700, offers, WORDS) is None
    touched = menu("短", offers, WORDS)
    assert touched is not None
    assert touched["msgmenu"] == {
        "head_content": f"短\n\n{WORDS.touch}",
        "list": [{"id": "1", "content": "有用"}],
        "tail_content": "",
    }


async def test_what_a_repeated_number_meant_does_not_change() -> None:
    offers = Offers(MemoryPreferences())
    await offers.note("u", [Choice("a", "甲"), Choice("b", "乙")], countable=True)
    assert await offers.meant("u", "m:1", "第2个", 0) == "b"
    await offers.note("u", [Choice("c", "丙"), Choice("d", "丁")], countable=True)
    assert await offers.meant("u", "m:1", "第2个", 0) == "b"
    assert await offers.meant("u", "m:2", "第2个", 0) == "d"
    assert await offers.meant("u", "m:3", "丁", 0) == "d"
    assert await offers.meant("u", "m:4", "7", 0) is None
    for _ in range(2 * KEPT):
        await offers.note("u", [Choice("x", "x")], countable=True)
    assert await offers.meant("u", "m:5", "", 1) is None, "long ago"
    assert await offers.meant("u", "m:6", "", 50) == "x"


async def test_offers_of_another_version_are_forgotten() -> None:
    preferences = MemoryPreferences()
    preferences.values["u", "offers"] = '{"old": 1}'
    assert await Offers(preferences).meant("u", "m:1", "1", 0) is None
    assert await Offers(preferences).detail("u") == ""


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_places_on_the_map(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    """Shanghai, Shenzhen and Beijing, from the test points of eviltransform (public domain)."""
    where = wgs84(*gcj)
    assert (where.latitude, where.longitude) == pytest.approx(wgs, abs=1e-7)
    north, east = _shift(*wgs)
    assert (wgs[0] + north, wgs[1] + east) == pytest.approx(gcj)
    assert wgs84(-33.9, 151.2).latitude == -33.9, "abroad there is no shift"


def test_sound_is_cut_where_it_is_quiet() -> None:
    samples = np.full(100_000, 9_000, dtype=np.int16)
    samples[33_000:34_600] = 0
    first, *rest = cut(samples, most=40_000, back=20_000)
    assert 33_000 <= first.size <= 34_600
    assert all(piece.size <= 40_000 for piece in rest)
    assert first.size + sum(piece.size for piece in rest) == 100_000
    assert len(cut(samples[:40_000], most=40_000, back=20_000)) == 1


def test_the_menu_is_as_wechat_wants_it() -> None:
    rows = buttons(WORDS)
    assert 1 <= len(rows) <= 3
    for row in rows:
        assert len(row["name"].encode()) <= 16
        assert all(len(entry["name"].encode()) <= 60 for entry in row["sub_button"])
    assert rows[0]["sub_button"][0] == {"name": "怎么用", "type": "click", "key": "help"}


@pytest.mark.parametrize(
    "entry",
    [{"name": "x"}, {"name": "x", "key": "k", "says": "a", "settings": True}, {"name": "x", "says": "没有 key"}],
)
def test_an_entry_of_the_menu_does_one_thing(entry: dict[str, object]) -> None:
    data = yaml.safe_load(PATH.read_text("utf-8"))
    data["menu"] = [{"name": "一", "below": [entry]}]
    with pytest.raises(ValidationError):
        Texts.model_validate(data)
    data["menu"] = [{"name": "一", "below": [{"name": "网页", "url": "https://example.org/"}]}]
    assert buttons(Texts.model_validate(data))[0]["sub_button"][0]["type"] == "view"
