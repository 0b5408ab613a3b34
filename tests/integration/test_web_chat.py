"""The web chat over HTTP and WebSocket, with a canned handler."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import av
import pytest
from starlette.testclient import TestClient, WebSocketTestSession

from bot.channels import web
from bot.channels.web.app import create_web
from bot.channels.web.limits import Limits
from bot.channels.web.texts import WebTexts, load_texts
from bot.channels.web.visitor import COOKIE, WeakSecret
from dialogs.messages import Inbound, Location, Turn
from nlu.speech.base import Clip, NoVoice
from tests.fakes.web import ARMYWORM, HEARD, CannedHandler, HummingMouth, hum
from tests.integration.web_visitor import NOON, ask, client_of

FOLDER = Path(web.__file__).parent


class Dumb:
    """A mouth whose voice is broken."""

    async def speak(self, text: str, *, slow: bool = False) -> Clip:
        raise NoVoice


@pytest.fixture
def handler() -> CannedHandler:
    return CannedHandler()


@pytest.fixture
def mouth() -> HummingMouth:
    return HummingMouth()


@pytest.fixture
def client(handler: CannedHandler, mouth: HummingMouth) -> Iterator[TestClient]:
    with client_of(handler, mouth) as client:
        yield client


@pytest.fixture
def line(client: TestClient) -> Iterator[WebSocketTestSession]:
    with client.websocket_connect("/chat") as line:
        assert line.receive_json() == {"type": "hello", "voice": True}
        yield line


# --- the page


def test_page_has_its_texts_and_asks_nobody_else(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "按住说话" in page.text
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page.text)
    assert "<built-in" not in page.text
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        found = client.get(address)
        assert found.status_code == 200, address
    style = client.get(re.search(r'href="([^"]+\.css)"', page.text).group(1))  # type: ignore[union-attr]
    assert "immutable" in style.headers["cache-control"]


def test_manifest(client: TestClient) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    assert manifest["short_name"] == "乡音"
    assert client.get(manifest["icons"][0]["src"]).headers["content-type"] == "image/svg+xml"


def test_security_headers(client: TestClient) -> None:
    headers = client.get("/").headers
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "wss://testserver" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "microphone=(self)" in headers["permissions-policy"]
    strange = client.get("/", headers={"Host": "evil'; script-src *"}).headers["content-security-policy"]
    assert "evil" not in strange


def test_cookie_is_signed_renewed_and_out_of_reach_of_scripts(handler: CannedHandler) -> None:
    client = client_of(handler, None, visit=False)
    cookie = client.get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    first = client.cookies[COOKIE]
    client.get("/")
    assert client.cookies[COOKIE] == first
    over_tls = TestClient(client.app, base_url="https://testserver")
    assert "Secure" in over_tls.get("/").headers["set-cookie"]
    with pytest.raises(WeakSecret):
        create_web(handler, None, load_texts(), "short")


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    texts = load_texts()
    page = (FOLDER / "page.html").read_text()
    scripts = {file.name: file.read_text() for file in (FOLDER / "static").glob("*.js")}
    everything = "\n".join(scripts.values())
    in_page = set(re.findall(r"\bt\.(\w+)", page))
    states = {f"talk_{state}{hint}" for state in ("asking", "hold", "tap", "leave") for hint in ("", "_hint")}
    in_scripts = {key for key in re.findall(r'"([a-z_]+)"', everything) if key in texts.page}
    asked_for = set(re.findall(r'\bt\("(\w+)"', everything)) | set(
        re.findall(r'#(?:notice|cancel)\("(\w+)"', everything)
    )
    assert set(texts.page) == in_page | in_scripts | states | {"title", "name"}
    assert asked_for <= set(texts.page)
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"STEP = .*", "", everything))
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b", everything)


def test_texts_with_a_missing_sentence_are_refused() -> None:
    texts = load_texts().model_dump()
    del texts["errors"]["busy"]
    with pytest.raises(ValueError, match="busy"):
        WebTexts.model_validate(texts)


# --- messages


def test_typed_question(line: WebSocketTestSession, handler: CannedHandler) -> None:
    message_id = str(uuid4())
    answer = ask(line, "玉米叶子上有好多洞", message_id)
    (reply,) = answer["replies"]
    assert answer["heard"] is None
    assert reply["id"] == f"{message_id}.0"
    assert reply["kind"] == "answer"
    assert reply["text"] == ARMYWORM.text
    assert reply["detail"] == ARMYWORM.detail
    assert reply["choices"][0] == {"id": "useful", "label": "有用"}
    assert reply["sources"] == [
        {
            "title": "草地贪夜蛾防控技术方案",
            "publisher": "农业农村部",
            "date": "2024-03-05",
            "article": "第三节",
            "url": "https://www.moa.gov.cn/example",
        }
    ]
    (inbound,) = handler.inbounds
    assert inbound == Inbound("web", inbound.user, message_id, NOON, text="玉米叶子上有好多洞")


def test_choice_and_location(line: WebSocketTestSession, handler: CannedHandler) -> None:
    line.send_json({"type": "choice", "id": str(uuid4()), "choice": "crop:corn"})
    assert [line.receive_json()["type"] for _ in range(2)] == ["received", "answer"]
    line.send_json({"type": "location", "id": str(uuid4()), "latitude": 34.75, "longitude": 113.62})
    line.receive_json()
    assert line.receive_json()["replies"][0]["text"] == "知道您在哪了。"
    assert [(i.choice, i.location) for i in handler.inbounds] == [
        ("crop:corn", None),
        (None, Location(34.75, 113.62)),
    ]


def test_redelivery_gives_the_same_replies_with_the_same_ids(line: WebSocketTestSession) -> None:
    message_id = str(uuid4())
    first = ask(line, "玉米", message_id)
    second = ask(line, "玉米", message_id)
    assert second == {**first, "duplicate": True}


def test_visitors_are_told_apart_and_stay_the_same(handler: CannedHandler) -> None:
    client, other = client_of(handler, None), client_of(handler, None)
    for visitor in (client, other, client):
        with visitor.websocket_connect("/chat") as line:
            assert line.receive_json()["voice"] is False
            assert ask(line, "玉米")["replies"][0]["speech"] is None
    first, second, third = (inbound.user for inbound in handler.inbounds)
    assert first == third != second


def test_link_that_is_not_http_is_left_out(handler: CannedHandler) -> None:
    source = replace(ARMYWORM.sources[0], url="javascript:alert(1)")
    handler.script = lambda _: Turn((replace(ARMYWORM, sources=(source,)),))
    with client_of(handler, None).websocket_connect("/chat") as line:
        line.receive_json()
        assert ask(line, "玉米")["replies"][0]["sources"][0]["url"] is None


# --- recordings


def test_recording(client: TestClient, handler: CannedHandler) -> None:
    message_id, recording = str(uuid4()), hum()
    response = client.post(
        f"/voice?id={message_id}", content=recording, headers={"Content-Type": "audio/webm;codecs=opus"}
    )
    assert response.status_code == 200
    answer = response.json()
    assert (answer["type"], answer["id"], answer["heard"]) == ("answer", message_id, HEARD)
    assert answer["replies"][0]["text"] == ARMYWORM.text
    (inbound,) = handler.inbounds
    assert inbound.voice is not None
    assert (inbound.voice.data, inbound.voice.mime) == (recording, "audio/webm;codecs=opus")
    again = client.post(f"/voice?id={message_id}", content=recording).json()
    assert again == {**answer, "duplicate": True}


@pytest.mark.parametrize("message_id", ["", "7", "../etc"])
def test_recording_without_a_proper_id(client: TestClient, message_id: str) -> None:
    response = client.post("/voice", params={"id": message_id}, content=b"x")
    assert (response.status_code, response.json()["code"]) == (400, "broken")


def test_recording_over_the_limit(handler: CannedHandler) -> None:
    client = client_of(handler, None, Limits(voice_bytes=1_000_000))
    assert client.post(f"/voice?id={uuid4()}", content=bytes(1_000_000)).status_code == 200
    response = client.post(f"/voice?id={uuid4()}", content=bytes(1_000_001))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "1兆" in response.json()["text"]
    assert len(handler.inbounds) == 1


# --- speech


def test_spoken_answer(client: TestClient, line: WebSocketTestSession, mouth: HummingMouth) -> None:
    address = ask(line, "玉米")["replies"][0]["speech"]
    assert mouth.said == []
    spoken = client.get(address)
    assert spoken.headers["content-type"] == "audio/ogg"
    assert "immutable" in spoken.headers["cache-control"]
    with av.open(io.BytesIO(spoken.content)) as audio:
        assert audio.streams.audio[0].codec_context.name in {"opus", "libopus"}
    assert client.get(address, headers={"If-None-Match": spoken.headers["etag"]}).status_code == 304
    assert mouth.said == [ARMYWORM.spoken]
    assert ask(line, "玉米")["replies"][0]["speech"] == address


def test_spoken_answer_after_a_restart(client: TestClient, line: WebSocketTestSession, handler: CannedHandler) -> None:
    address = ask(line, "玉米")["replies"][0]["speech"]
    with client_of(handler, HummingMouth()) as later:
        assert later.get(address).status_code == 404
        assert later.post(address, content="别的话".encode()).status_code == 404
        assert later.post(address, content=bytes(50_000)).status_code == 404
        assert later.post(address, content=ARMYWORM.spoken.encode()).headers["content-type"] == "audio/ogg"
        assert later.get(address).status_code == 200
    with client_of(handler, Dumb()) as dumb:
        refused = dumb.post(address, content=ARMYWORM.spoken.encode())
        assert (refused.status_code, refused.json()["code"]) == (503, "no_voice")
    assert client.get("/speech/" + "A" * 32).status_code == 404
