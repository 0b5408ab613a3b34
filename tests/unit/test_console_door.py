"""Where a sign-in may lead, and what a session's cookie is worth."""

from datetime import datetime, timedelta

import pytest
from fastapi import Request, Response

from knowledge_base.curation.accounts import Account, Forbidden, Role
from knowledge_base.curation.console.door import below_console
from knowledge_base.curation.console.session import COOKIE, Sessions
from knowledge_base.curation.console.texts import NoSuchText, load_texts
from tests.fakes.console import Clock

WANG = Account("wang", "王", frozenset({Role.AGENT}), 3)


@pytest.mark.parametrize(
    "target",
    ["/console/", "/console", "/console?x=1", "/console/entries/玉米?a=b&c=%2F%2Fx", "/console/entries#top"],
)
def test_a_sign_in_leads_back_into_the_console(target: str) -> None:
    assert below_console(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        "entries",
        "https://evil.example/console/",
        "//evil.example/console/",
        "///evil.example/console/",
        "/\\evil.example/console/",
        "/console\\..\\..",
        "/console/../x",
        "/console/..",
        "/console//evil.example",
        "/consoles/",
        "javascript:alert(1)//console/",
        "/console/\r\nSet-Cookie: a=b",
        "\t//evil.example",
        "/console/\0",
        "//[evil.example",
    ],
)
def test_and_nowhere_else(target: str) -> None:
    assert below_console(target) == "/console/"


def request_with(cookie: str, scheme: str = "http") -> Request:
    headers = [(b"host", b"x"), (b"cookie", f"{COOKIE}={cookie}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/console/", "query_string": b"", "headers": headers}
    return Request({**scope, "scheme": scheme, "server": ("x", 80)})


def cookie_of(sessions: Sessions, scheme: str = "http") -> tuple[str, str]:
    response = Response()
    sessions.begin(request_with("", scheme), response, WANG)
    header = response.headers["set-cookie"]
    return header.partition("=")[2].partition(";")[0], header.lower()


def test_a_session_lasts_twelve_hours(now: datetime) -> None:
    clock = Clock(now)
    sessions = Sessions("a secret of some length", clock)
    cookie, header = cookie_of(sessions)
    assert "httponly" in header
    assert "samesite=lax" in header
    assert "path=/console" in header
    assert "secure" not in header
    clock.now += timedelta(hours=11, minutes=59)
    session = sessions.read(request_with(cookie))
    assert session is not None
    assert (session.name, session.epoch) == ("wang", 3)
    clock.now += timedelta(minutes=1)
    assert sessions.read(request_with(cookie)) is None


def test_it_is_for_https_alone_where_it_was_made_there(now: datetime) -> None:
    assert "; secure" in cookie_of(Sessions("a secret of some length", Clock(now)), "https")[1]


def test_a_cookie_of_another_secret_purpose_or_text_is_none(now: datetime) -> None:
    sessions = Sessions("a secret of some length", Clock(now))
    cookie, _ = cookie_of(sessions)
    response = Response()
    sessions.leave_notice(request_with(""), response, "wang", {})
    notice = response.headers["set-cookie"].partition("=")[2].partition(";")[0]
    other, _ = cookie_of(Sessions("another secret of some length", Clock(now)))
    forged = [
        other,
        notice,
        "",
        ".",
        "a.b",
        cookie[:-1],
        "x" + cookie,
        cookie.partition(".")[0],
        "W10." + cookie.partition(".")[2],
    ]
    assert [one for one in forged if sessions.read(request_with(one))] == []


def test_a_token_fits_its_own_session_only(now: datetime) -> None:
    sessions = Sessions("a secret of some length", Clock(now))
    one, other = (sessions.read(request_with(cookie_of(sessions)[0])) for _ in range(2))
    assert one is not None
    assert other is not None
    assert sessions.token_fits(one, sessions.token(one))
    assert not sessions.token_fits(one, sessions.token(other))
    assert not sessions.token_fits(one, "ü")


def test_roles() -> None:
    assert WANG.may(Role.REVIEWER, Role.AGENT)
    WANG.require(Role.AGENT)
    with pytest.raises(Forbidden):
        WANG.require(Role.REVIEWER, Role.OPERATOR)


def test_missing_words_are_named() -> None:
    texts = load_texts()
    assert texts.at("roles.agent") == "农技员"
    with pytest.raises(NoSuchText, match=r"roles\.king"):
        texts.at("roles.king")
