"""`xiangyin serve` as a process: started twice, killed, its understanding service killed, told to stop."""

import json
import os
import signal
import socket
import uuid
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.acceptance.stage import free_port
from tests.fakes.served import Served, served

pytestmark = [pytest.mark.needs_rasa, pytest.mark.timeout(1800)]

PATIENCE = 200.0
"""Seconds for an answer, and for a program that ends at its start, on a machine with other work."""
FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


def ask(
    one: Served, text: str, message_id: str | None = None, cookie: str | None = None
) -> tuple[dict[str, object], str]:
    """One typed question over the WebSocket: the answer, and the cookie that it was asked with."""
    cookie = cookie or one.get("/").headers["set-cookie"].split(";")[0]
    headers = {"Cookie": cookie, "Origin": one.url}
    with connect(f"ws://127.0.0.1:{one.port}/chat", additional_headers=headers, open_timeout=PATIENCE) as line:
        line.send(json.dumps({"type": "text", "id": message_id or str(uuid.uuid4()), "text": text}))
        while (answer := json.loads(line.recv(timeout=PATIENCE)))["type"] != "answer":
            assert answer["type"] != "error", answer
        return answer, cookie


def subject(answer: dict[str, object]) -> object:
    return answer["replies"][-1]["subject"]  # type: ignore[index]


def test_a_life(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "home"
    settings = {"XIANGYIN_CONSENT_ASK": "false"}
    with served(home, port, **settings) as one:
        one.ready()
        message = str(uuid.uuid4())
        first, cookie = ask(one, FLAGSHIP, message)
        assert subject(first) == "maize.fall_armyworm"

        # A second one beside the first: one clear sentence, and the first goes on.
        with served(home, port) as second:
            assert second.process.wait(timeout=PATIENCE) == 1
            assert "已经有一个乡音在这个目录里运行" in second.log.read_text("utf-8")

        # The understanding service is killed: answers go on, metrics say so, it comes back.
        (rasa,) = one.children()
        os.kill(rasa, signal.SIGKILL)
        meanwhile, _ = ask(one, FLAGSHIP)
        assert subject(meanwhile) == "maize.fall_armyworm"
        one.wait_until("/metrics", r"xiangyin_understanding_fallbacks_total [1-9]")
        one.wait_until("/metrics", r"xiangyin_rasa_restarts 1\.0")
        one.wait_until("/metrics", r"xiangyin_rasa_up 1\.0")

        # Killed in the middle: the children go as well, and the same message is answered from the store afterwards.
        (rasa,) = one.children()
        one.end(signal.SIGKILL)
    with served(home, port, **settings) as again:
        again.wait_until("/readyz", '"ready"')
        assert not Path(f"/proc/{rasa}").exists()
        repeated, _ = ask(again, FLAGSHIP, message, cookie)
        assert repeated["replies"] == first["replies"]
        assert again.end(signal.SIGTERM) == 0
        assert "停了" in again.log.read_text("utf-8")
        assert FLAGSHIP not in again.log.read_text("utf-8"), "what a person said is in no log"


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with served(tmp_path / "home", port) as one:
            assert one.process.wait(timeout=PATIENCE) == 1
            said = one.log.read_text("utf-8")
    assert f"端口 {port} 已被别的程序占用" in said
    assert f"XIANGYIN_PORT={port + 1}" in said


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    process = served(tmp_path / "other", free_port(), XIANGYIN_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/home/x.db")
    with process as one:
        assert one.process.wait(timeout=PATIENCE) == 1
        said = one.log.read_text("utf-8")
    assert "xiangyin doctor" in said
    assert "Traceback" not in said
