"""Every HTTP endpoint under requests that fit its OpenAPI and requests that do not: nothing fails, nothing is answered unsaid."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from bot.channels.telegram.webhook import HEADER
from tests.security.front import DEVICE, HOOK, HOOK_SECRET, PATIENCE, WARNING_KEY, WECHAT, Front

pytestmark = pytest.mark.timeout(900)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
EXAMPLES = 5
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
TEXT = {"schema": {"type": "string"}}
ID = {"name": "id", "in": "query", "schema": {"type": "string", "format": "uuid"}}
ASKED: Mapping[str, Mapping[str, Any]] = {
    "POST /voice": {"requestBody": {"content": BYTES}, "parameters": [ID]},
    "POST /speech/{speech_id}": {"requestBody": {"content": BYTES}},
    "POST /speaker/ask": {"requestBody": {"content": BYTES}, "parameters": [ID]},
    "POST /speaker/heartbeat": {"requestBody": {"content": {"application/json": {"schema": {}}}}},
    "POST /speaker/played": {"requestBody": {"content": {"application/json": {"schema": {}}}}},
    "GET /speaker/jobs": {"parameters": [{"name": "If-None-Match", "in": "header", **TEXT}]},
    "GET /speaker/audio/{file}": {
        "parameters": [{"name": one, "in": "query", **TEXT} for one in ("speaker", "until", "sign")]
    },
    "POST /warnings": {"requestBody": {"content": BYTES}},
    f"POST {HOOK}": {"requestBody": {"content": {"application/json": {"schema": {}}}}},
    "GET /wechat": {"parameters": [{"name": "echostr", "in": "query", **TEXT}]},
    "POST /wechat": {"requestBody": {"content": BYTES}},
    "POST /my-data/{token}": {"requestBody": {"content": BYTES}},
}
"""What the endpoints read by themselves, which FastAPI does not see."""
TYPED = {"POST /voice", "POST /speaker/ask"}

SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def signed() -> dict[str, str]:
    """A query that WeChat has signed."""
    at = str(int(time.time()))
    return {"timestamp": at, "nonce": "n", "signature": WECHAT.sign(at, "n")}


def allowed(front: Front, path: str, cookie: str) -> dict[str, Any]:
    """What lets a request through the door of `path`, so that what is behind it is tried, too."""
    if path.startswith("/speaker"):
        return {"auth": (DEVICE, front.device_key)}
    if path == "/warnings":
        return {"headers": {"Authorization": f"Bearer {WARNING_KEY}"}}
    if path == HOOK:
        return {"headers": {HEADER: HOOK_SECRET}}
    if path == "/wechat":
        return {"params": signed()}
    return {"headers": {"Origin": front.url, "Cookie": cookie}}


def _tried(
    front: Front,
    operation: schemathesis.APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    more: Callable[[], dict[str, Any]],
) -> None:
    """Ask that operation again and again. Raises what schemathesis finds."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Connection"] = "close"  # a kept one may end while a slow machine makes up the next request

        @SETTINGS
        @given(operation.as_strategy(generation_mode=mode))
        def asked(case: Any) -> None:
            case.call_and_validate(front.url, session, checks=CHECKS, timeout=PATIENCE, **more())

        asked()


@pytest.fixture(scope="module")
def schema(front: Front) -> schemathesis.BaseSchema:
    """The front's OpenAPI with what its endpoints read by themselves."""
    known = front.app.openapi()
    raw = {**known, "paths": {path: dict(ways) for path, ways in known["paths"].items()}}
    for name, more in ASKED.items():
        method, path = name.split(" ")
        raw["paths"][path][method.lower()] = {**raw["paths"][path][method.lower()], **more}
    return schemathesis.openapi.from_dict(raw)


@pytest.fixture(scope="module")
def cookie(front: Front) -> str:
    """A visitor's."""
    return front.get("/").headers["set-cookie"].partition(";")[0]


def test_every_route_is_in_the_schema_and_the_schema_is_not_served(front: Front) -> None:
    operations = {f"{method.upper()} {path}" for path, ways in front.app.openapi()["paths"].items() for method in ways}
    assert set(ASKED) <= operations
    assert len(operations) >= 22, sorted(operations)
    for path in ("/openapi.json", "/docs", "/redoc", "/console/openapi.json", "/console/docs"):
        assert front.get(path).status_code in {303, 404}, path


@pytest.mark.parametrize("inside", [True, False], ids=["let in", "kept out"])
def test_no_request_fails_and_no_answer_is_unsaid(
    front: Front, schema: schemathesis.BaseSchema, cookie: str, inside: bool
) -> None:
    faults: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        more = partial(allowed, front, operation.path, cookie) if inside else dict
        # Elsewhere everything fits: bytes, or any JSON.
        modes = [GenerationMode.POSITIVE] + [GenerationMode.NEGATIVE] * (operation.label in TYPED)
        for mode in modes:
            try:
                _tried(front, operation, mode, more)
            except BaseExceptionGroup as found:
                faults.append(f"{operation.label}: {[str(one) for one in found.exceptions]}")
    assert not faults, "\n".join(faults)


NASTY = st.one_of(
    st.sampled_from(
        ["%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "%ED%A0%80", "a" * 4000, "%E2%80%AE", "'--", "%25s%25n"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)


def test_no_address_fails(front: Front) -> None:
    addresses = ["/pictures/{}", "/pictures/price/{}.png", "/calendar/{}.ics", "/my-data/{}", "/speech/{}", "/{}"]
    addresses += ["/speaker/audio/{}?until=1&sign=x&speaker=a", "/console/{}", "/static/{}"]
    with httpx.Client(base_url=front.url, headers={"Connection": "close"}, trust_env=False, timeout=PATIENCE) as client:

        @settings(max_examples=40, derandomize=True, database=None, deadline=None)
        @given(address=st.sampled_from(addresses), part=NASTY)
        def tried(address: str, part: str) -> None:
            quoted = part if "%" in part else httpx.QueryParams({"x": part}).__str__()[2:]
            assert client.get(address.format(quoted)).status_code < 500

        tried()


def test_credentials_with_a_null_byte_are_wrong_and_no_fault(front: Front) -> None:
    """PostgreSQL takes no null byte in a text."""
    answer = front.get("/speaker/jobs", auth=("ea\0st", "x\0"))
    assert (answer.status_code, answer.json()["code"]) == (401, "key")
