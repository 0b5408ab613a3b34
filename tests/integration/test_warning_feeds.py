"""Feeds of warnings: fetched when they have changed, and from nowhere else."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.warnings.polling import PolledFeed
from knowledge_base.store import Store
from knowledge_base.warnings.cap_write import write_cap
from tests.fakes.warning_desk import WarningDesk, warning

FEED = "https://alerts.example/feed"


@pytest.fixture
def desk(store: Store) -> WarningDesk:
    return WarningDesk(store)


class Site:
    """Answers by address; what was asked is kept."""

    def __init__(self) -> None:
        self.pages: dict[str, list[httpx.Response] | httpx.Response | Exception] = {}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        page = self.pages.get(str(request.url), httpx.Response(404))
        if isinstance(page, list):
            page = page.pop(0) if len(page) > 1 else page[0]
        if isinstance(page, Exception):
            raise page
        if "if-none-match" in request.headers and request.headers["if-none-match"] == page.headers.get("etag"):
            return httpx.Response(304)
        return httpx.Response(page.status_code, headers=page.headers, content=page.content)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def feed(desk: WarningDesk, site: Site) -> AsyncIterator[PolledFeed]:
    async def no_pause(_seconds: float) -> None:
        return

    desk.failures = []  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=httpx.MockTransport(site)) as client:
        yield PolledFeed(FEED, desk.intake, client, desk.failures.append, hosts=["files.example"], sleep=no_pause)  # type: ignore[attr-defined]


def atom(*entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{"".join(entries)}</feed>'.encode()


def entry(name: str, address: str, kind: str = "application/cap+xml") -> str:
    return (
        f"<entry><id>{name}</id><updated>2026-07-20T04:00:00Z</updated><link rel='self' href='x'/>"
        f"<link rel='alternate' type='text/html' href='/page.html'/><link type='{kind}' href='{address}'/></entry>"
    )


async def test_a_feed_is_fetched_once_and_then_only_asked_whether_it_changed(
    desk: WarningDesk, site: Site, feed: PolledFeed
) -> None:
    site.pages[FEED] = httpx.Response(
        200, headers={"etag": '"1"'}, content=atom(entry("a", "/a.xml"), entry("b", "https://files.example/b"))
    )
    site.pages["https://alerts.example/a.xml"] = httpx.Response(200, content=write_cap(warning("A")))
    site.pages["https://files.example/b"] = httpx.Response(200, content=write_cap(warning("B")))
    await feed.poll()
    assert await desk.states() == {"A": "in_force", "B": "in_force"}
    await feed.poll()
    assert [str(request.url) for request in site.asked[3:]] == [FEED]
    site.pages[FEED] = httpx.Response(200, content=atom(entry("a", "/a.xml")))
    await feed.poll()
    assert [str(request.url) for request in site.asked[4:]] == [FEED]  # the entry is the one of before
    assert desk.failures == []  # type: ignore[attr-defined]
    assert {taken.source for taken in desk.taken} == {"feed:alerts.example"}


async def test_a_warning_may_stand_in_the_feed_itself(desk: WarningDesk, site: Site, feed: PolledFeed) -> None:
    inside = [write_cap(warning(name)).decode().split("?>", 1)[1] for name in "AB"]
    escaped = inside[1].replace("&", "&amp;").replace("<", "&lt;")
    site.pages[FEED] = httpx.Response(
        200,
        content=(
            f"<rss version='2.0'><channel><item><guid>1</guid><x>{inside[0]}</x></item>"
            f"<item><description>{escaped}</description></item><item><title>nothing</title></item></channel></rss>"
        ).encode(),
    )
    await feed.poll()
    assert await desk.states() == {"A": "in_force", "B": "in_force"}
    site.pages[FEED] = httpx.Response(200, content=write_cap(warning("C")))
    await feed.poll()
    assert (await desk.states())["C"] == "in_force"


async def test_what_could_not_be_fetched_is_asked_for_again(desk: WarningDesk, site: Site, feed: PolledFeed) -> None:
    site.pages[FEED] = [
        httpx.Response(503),
        httpx.Response(200, headers={"etag": '"1"'}, content=atom(entry("a", "/a.xml"))),
    ]
    site.pages["https://alerts.example/a.xml"] = httpx.ConnectTimeout("slow")
    await feed.poll()
    assert len(site.asked) == 2 + 3
    assert desk.failures == ["warnings.feed"]  # type: ignore[attr-defined]
    site.pages["https://alerts.example/a.xml"] = httpx.Response(200, content=write_cap(warning("A")))
    await feed.poll()
    assert await desk.states() == {"A": "in_force"}


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/a",
        "file:///etc/passwd",
        "ftp://alerts.example/a",
        "http://127.0.0.1/a",
        "//elsewhere.example/a",
    ],
)
async def test_it_leads_nowhere_else(desk: WarningDesk, site: Site, feed: PolledFeed, address: str) -> None:
    site.pages[FEED] = httpx.Response(200, content=atom(entry("a", address), entry("b", "/b.xml")))
    site.pages["https://alerts.example/b.xml"] = httpx.Response(302, headers={"location": address})
    await feed.poll()
    assert {request.url.host for request in site.asked} == {"alerts.example"}
    assert desk.failures == ["warnings.feed"] * 2  # type: ignore[attr-defined]
    assert desk.taken == []


async def test_redirects_to_hosts_that_are_allowed_are_followed_but_not_for_ever(
    desk: WarningDesk, site: Site, feed: PolledFeed
) -> None:
    site.pages[FEED] = httpx.Response(301, headers={"location": "https://files.example/moved"})
    site.pages["https://files.example/moved"] = httpx.Response(200, content=write_cap(warning("A")))
    await feed.poll()
    assert await desk.states() == {"A": "in_force"}
    site.pages["https://files.example/moved"] = httpx.Response(302, headers={"location": FEED})
    await feed.poll()
    assert desk.failures == ["warnings.feed"]  # type: ignore[attr-defined]


async def test_what_is_too_large_or_no_feed_is_given_up(desk: WarningDesk, site: Site, feed: PolledFeed) -> None:
    for body in (b"x" * 5_000_001, b"<html/>", b"<!DOCTYPE feed><feed/>", b""):
        site.pages[FEED] = httpx.Response(200, content=body)
        await feed.poll()
    assert desk.failures == ["warnings.feed"] * 4  # type: ignore[attr-defined]
    assert desk.taken == []
