"""Every page and form of the console under any input, for each role: refused or taken, never a failure."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.routing import Mount

from knowledge_base.curation.console.session import COOKIE
from tests.fakes.console import PASSWORD, STAFF
from tests.security.front import PATIENCE, Front

pytestmark = pytest.mark.timeout(900)

TEMPLATES = Path(__file__).parents[2] / "knowledge_base" / "curation" / "console" / "templates"
FIELDS = sorted(
    {name for page in TEMPLATES.glob("*.html") for name in re.findall(r'name="(\w+)"', page.read_text("utf-8"))}
)
LEFT_OUT = ("/sign-in", "/sign-out")
"""They end the session that the others are tried with; test_sign_in.py and test_console_security.py try them."""
NASTY = (
    "",
    "\0",
    "a\0b",
    "%",
    "_",
    "'",
    '"><script>alert(1)</script>',
    "=1+1",
    "{{7*7}}",
    "{0.__class__}",
    "\u202e\u2066",
    "\ufffd",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "٣",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "长" * 5_000,
    "../../etc/passwd",
    "corn.fall_armyworm",
    "on",
    "1",
)
value = st.sampled_from(NASTY) | st.text(max_size=20)
form = st.dictionaries(st.sampled_from(FIELDS), value, max_size=12)
part = st.sampled_from([one for one in NASTY if one not in {"", "\0", "a\0b"}]) | st.integers().map(str)
file = st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\0" * 50, "品种,价格\n小麦,=1\n".encode()]) | st.binary(
    max_size=60
)
TRIED = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def routes(front: Front) -> list[tuple[str, str]]:
    """The console's ways in: method and path."""
    mounted = next(one.app for one in front.app.routes if isinstance(one, Mount) and one.path == "/console")
    assert isinstance(mounted, FastAPI)
    found = ((method.upper(), path) for path, ways in mounted.openapi()["paths"].items() for method in ways)
    return sorted(way for way in found if way[1] not in LEFT_OUT)


@pytest.fixture(scope="module", params=list(STAFF))
def signed_in(request: pytest.FixtureRequest, front: Front) -> Iterator[tuple[httpx.Client, str]]:
    """Somebody of each role, and the token of their forms."""
    headers = {"Origin": front.url, "Connection": "close"}
    with httpx.Client(base_url=front.url, headers=headers, trust_env=False, timeout=PATIENCE) as client:
        client.post("/console/sign-in", data={"name": request.param, "password": PASSWORD})
        assert COOKIE in client.cookies
        token = re.search(r'name="csrf" value="(\w+)"', client.get("/console/password").text)
        assert token
        yield client, token[1]


def test_no_page_and_no_form_fails(front: Front, signed_in: tuple[httpx.Client, str]) -> None:
    client, token = signed_in
    ways, statuses = routes(front), set[int]()
    assert len(ways) >= 90, len(ways)

    @TRIED
    @given(way=st.sampled_from(ways), named=part, said=form, uploaded=st.none() | file)
    def tried(way: tuple[str, str], named: str, said: Mapping[str, str], uploaded: bytes | None) -> None:
        method, path = way
        address = "/console" + re.sub(r"\{[^}]+\}", quote(named, safe=""), path)
        if method == "GET":
            answer = client.get(address, params=said)
        else:
            files = None if uploaded is None else {"file": ("a.xlsx", uploaded)}
            answer = client.post(address, data={**said, "csrf": token}, files=files)
        assert answer.status_code < 500, (way, address, said)
        assert answer.headers.get("location", "/console/").startswith("/console")
        statuses.add(answer.status_code)

    tried()
    assert 401 not in statuses
    assert 200 in statuses


def test_no_form_fails_at_a_null_byte(front: Front, signed_in: tuple[httpx.Client, str]) -> None:
    """In every field of every form, as PostgreSQL takes it in no text."""
    client, token = signed_in
    said = {**dict.fromkeys(FIELDS, "a\0b"), "csrf": token}
    for method, path in routes(front):
        if method == "POST":
            answer = client.post("/console" + re.sub(r"\{[^}]+\}", "1", path), data=said)
            assert answer.status_code < 500, path


@pytest.mark.parametrize("body", [b"--x\r\nbroken", b"%00=%00&%ff=%fe", b"\xff" * 100, b"csrf=" + b"a" * 5_000])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_no_body_fails(signed_in: tuple[httpx.Client, str], body: bytes, kind: str) -> None:
    client, token = signed_in
    answer = client.post(
        "/console/questions/waiting/1", content=body, headers={"Content-Type": kind, "X-CSRF-Token": token}
    )
    assert answer.status_code < 500
