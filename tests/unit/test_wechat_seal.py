"""WeChat's signatures and its safe mode, against its own description and against a second implementation."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat.arrival import read as arrival
from bot.channels.wechat.seal import Forged, Seal, signature
from bot.channels.wechat.wire import Unreadable, read, text_reply, write
from tests.fakes.wechat.envelope import decrypt, document, elements, encrypt, sign

APP_ID, TOKEN = "wx0123456789abcdef", "token4tests"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SEAL = Seal(TOKEN, APP_ID, KEY)


def test_the_signature_is_sha1_over_the_sorted_parts() -> None:
    # printf %s 1409735669nonce4teststoken4tests | sha1sum
    assert signature("token4tests", "1409735669", "nonce4tests") == "4feb523b0a0ec7fe4f9df8f2c64798d6323ce5f0"
    assert SEAL.signed(sign(TOKEN, "1", "错"), "1", "错")
    assert not SEAL.signed("", "1", "2")
    assert not SEAL.signed("é", "1", "2")
    assert not Seal("other", APP_ID, KEY).signed(sign(TOKEN, "1", "2"), "1", "2")


@given(st.text())
def test_what_is_sealed_here_is_opened_there_and_back(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert decrypt(SEAL.close(text.encode()), APP_ID, KEY) == text
    assert SEAL.open(encrypt(text, APP_ID, KEY)).decode() == text


def test_no_two_envelopes_are_alike() -> None:
    assert SEAL.close(b"x") != SEAL.close(b"x")
    known = Seal(TOKEN, APP_ID, KEY, random=bytes)
    assert known.close(b"x") == known.close(b"x")


@pytest.mark.parametrize("key", ["short", KEY + "A", KEY[:-1] + "="])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        Seal(TOKEN, APP_ID, key)


def test_envelopes_of_others_are_refused() -> None:
    for sealed in (
        "",
        "not base64!",
        base64.b64encode(b"x" * 15).decode(),
        encrypt("<xml/>", "wx_another", KEY),
        encrypt("<xml/>", APP_ID, "Z" + KEY[1:]),
        encrypt("<xml/>", APP_ID, KEY)[:-24],
    ):
        with pytest.raises(Forged):
            SEAL.open(sealed)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_opener(data: bytes) -> None:
    for sealed in (base64.b64encode(data).decode(), data.decode("latin-1")):
        try:
            SEAL.open(sealed)
        except Forged:
            continue


@given(st.integers(0, 200), st.integers(1, 255))
def test_no_changed_envelope_breaks_the_opener(place: int, change: int) -> None:
    """What is changed may open all the same: it is the signature that tells, and that is checked before."""
    sealed = Seal(TOKEN, APP_ID, KEY, random=bytes).close(b"<xml><Content>x</Content></xml>")
    data = bytearray(base64.b64decode(sealed))
    data[place % len(data)] ^= change
    changed = base64.b64encode(bytes(data)).decode()
    assert not SEAL.signed(SEAL.sign("1", "2", sealed), "1", "2", changed)
    with contextlib.suppress(Forged):
        assert isinstance(SEAL.open(changed), bytes)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB,
        '<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml/>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>',
        "<xml><Content>&nothing;</Content></xml>",
        "<xml>" + "<a>" * 50 + "</a>" * 50 + "</xml>",
        "<xml>" + "<a/>" * 20_000 + "</xml>",
        "<xml><a>" + "x" * 100_000 + "</a></xml>",
        "<html/>",
        "",
        "{}",
        "<xml>",
    ],
)
def test_hostile_documents_are_refused(hostile: str) -> None:
    with pytest.raises(Unreadable):
        read(hostile.encode())


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for body in (data, b"<xml>" + data + b"</xml>", b"<xml><Content><![CDATA[" + data + b"]]></Content></xml>"):
        try:
            arrival(read(body))
        except Unreadable:
            continue


NAMES = (
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Event",
    "EventKey",
    "MsgId",
    "Location_X",
    "Latitude",
    "bizmsgmenuid",
)


VALUES = ("", "event", "text", "voice", "location", "LOCATION", "oX", "1790000000", "9" * 30, "-1", "1e999", "nan", "é")


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES)))
def test_no_fields_break_the_reading(fields: dict[str, str]) -> None:
    found = arrival(read(document(fields).encode()))
    assert found is None or (len(found.key) <= 64 and found.at.tzinfo is not None)


@given(st.text())
def test_every_text_can_be_written_and_is_one_element(text: str) -> None:
    there = {"FromUserName": "oX", "ToUserName": "gh_y"}
    reply = elements(text_reply(there, text, 1).decode())
    assert (reply["ToUserName"], reply["FromUserName"], len(reply)) == ("oX", "gh_y", 5)
    assert elements(write({"A": "]]><B>x</B>"}).decode()) == {"A": "]] ><B>x</B>"}


def test_a_repeated_event_has_the_same_key_and_another_one_has_not() -> None:
    click = {"FromUserName": "oX", "CreateTime": "1790000000", "MsgType": "event", "Event": "CLICK", "EventKey": "help"}
    one, again, other = (arrival(fields) for fields in (click, dict(click), click | {"EventKey": "voice"}))
    assert one == again
    assert {found and found.key for found in (one, again)}.isdisjoint({other and other.key, None})
    assert arrival(click | {"FromUserName": "no openid"}) is None
