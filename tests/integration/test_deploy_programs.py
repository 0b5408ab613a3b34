"""The files of deploy/ in the programs that read them: systemd, nginx, Mosquitto, the shell."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiomqtt
import httpx
import pytest

from bot.speakers import ACL
from knowledge_base.warnings.speaker_registry import broker_password
from tests.acceptance.stage import free_port
from tests.fakes.broker import BrokerProcess, certificate

DEPLOY = Path(__file__).parents[2] / "deploy"
SYSTEMD, NGINX = (
    shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/sbin") for name in ("systemd-analyze", "nginx")
)
PROGRAM = "/srv/xiangyin/.venv/bin/xiangyin"


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with a program that is there on every machine in place of ours."""
    made = []
    for path in sorted((DEPLOY / "systemd").iterdir()):
        made.append(tmp_path / path.name)
        made[-1].write_text(path.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    return made


@pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze: apt-get install systemd")
def test_systemd_takes_the_units(units: list[Path]) -> None:
    known = " ".join(path.name for path in units)
    assert known == "xiangyin-backup.service xiangyin-backup.timer xiangyin.service xiangyin@.service"
    ended = subprocess.run([str(SYSTEMD), "verify", *map(str, units)], capture_output=True, text=True, check=False)
    mine = [line for line in ended.stderr.splitlines() if "xiangyin" in line and "man " not in line]
    assert mine == []


@pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze: apt-get install systemd")
def test_the_units_leave_little_open(units: list[Path]) -> None:
    for unit in units:
        if unit.suffix == ".service":
            command = [str(SYSTEMD), "security", "--offline=true", "--threshold=30", "--no-pager", str(unit)]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, ended.stdout[-400:] + ended.stderr


class Upstream(BaseHTTPRequestHandler):
    """Says what it was asked."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(200)
        for name, value in self.headers.items():
            self.send_header(f"Got-{name}", value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """nginx with our file, on ports and a certificate of its own; its addresses with and without TLS."""
    if NGINX is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    tls, plain, secure = certificate(tmp_path / "tls").parent, free_port(), free_port()
    machine = (DEPLOY / "nginx" / "upstream-machine.conf").read_text("utf-8")
    (tmp_path / "upstream.conf").write_text(machine.replace("127.0.0.1:8000", f"127.0.0.1:{upstream.server_port}"))
    ours = (DEPLOY / "nginx" / "xiangyin.conf").read_text("utf-8")
    for there, here in (
        ("/etc/nginx/xiangyin/upstream.conf", f"{tmp_path}/upstream.conf"),
        ("/etc/nginx/tls/fullchain.pem", f"{tls}/certificate"),
        ("/etc/nginx/tls/privkey.pem", f"{tls}/key"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl http2;\n", ""),
    ):
        assert there in ours
        ours = ours.replace(there, here)
    (tmp_path / "xiangyin.conf").write_text(ours)
    paths = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
        f"events {{}} http {{ access_log off; {paths} include {tmp_path}/xiangyin.conf; }}"
    )
    command = [NGINX, "-e", f"{tmp_path}/error.log", "-p", str(tmp_path), "-c", f"{tmp_path}/nginx.conf"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    with subprocess.Popen(command) as process:
        with httpx.Client(trust_env=False, timeout=60, transport=httpx.HTTPTransport(retries=8)) as client:
            client.get(f"http://127.0.0.1:{plain}/.well-known/acme-challenge/x")
        yield f"https://127.0.0.1:{secure}", f"http://127.0.0.1:{plain}"
        process.terminate()
    upstream.shutdown()
    upstream.server_close()


def test_nginx_passes_on_what_it_should_and_nothing_else(proxy: tuple[str, str]) -> None:
    secure, plain = proxy
    with httpx.Client(verify=False, trust_env=False, timeout=60) as client:
        moved = client.get(f"{plain}/chat?x=1", headers={"Host": "xiangyin.example.cn"})
        assert (moved.status_code, moved.headers["location"]) == (308, "https://xiangyin.example.cn/chat?x=1")
        told = {"X-Forwarded-For": "10.9.9.9", "X-Forwarded-Host": "evil.example", "Forwarded": "for=10.9.9.9"}
        answer = client.get(f"{secure}/", headers=told)
        got = answer.headers
        assert (got["got-x-forwarded-for"], got["got-x-forwarded-proto"]) == ("127.0.0.1", "https")
        assert got["got-host"] == secure.removeprefix("https://")
        assert not {"got-x-forwarded-host", "got-forwarded"} & set(got)
        assert got.get_list("strict-transport-security") == ["max-age=31536000"]
        assert not {"content-security-policy", "x-frame-options"} & set(got)  # the program's own
        assert "got-connection" not in got or got["got-connection"] != "upgrade"
        for path in ("/metrics", "/healthz", "/readyz"):
            assert client.get(secure + path).status_code == 404
        wanted = {"Upgrade": "websocket", "Connection": "Upgrade"}
        line = client.get(f"{secure}/chat", headers=wanted)
        assert (line.headers["got-upgrade"], line.headers["got-connection"]) == ("websocket", "upgrade")
        for path, size, status in (
            ("/", 900_000, 200),
            ("/", 1_200_000, 413),
            ("/voice", 20_000_000, 200),
            ("/voice", 23_000_000, 413),
            ("/console/workbook", 10_500_000, 200),
        ):
            assert client.post(secure + path, content=bytes(size)).status_code == status, (path, size)


class ShippedBroker(BrokerProcess):
    """Mosquitto with our file instead of the tests' own."""

    def start(self) -> None:
        config = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text("utf-8")
        config = config.replace("listener 1883", f"listener {self.port} 127.0.0.1").replace(
            "/var/lib/broker", str(self.folder)
        )
        (self.folder / "broker.conf").write_text(config + ("user root\n" if os.geteuid() == 0 else ""))
        super().start()


async def test_the_broker_lets_a_device_do_its_own_things_only(tmp_path: Path) -> None:
    devices = "".join(f"{name}:{broker_password('key ' + name)}\n" for name in ("east", "west"))
    broker = ShippedBroker(tmp_path / "broker", free_port(), devices)
    assert (broker.folder / "acl").read_text() == ACL.format(user="server")
    broker.start()
    try:

        def client(name: str, password: str) -> aiomqtt.Client:
            return aiomqtt.Client("127.0.0.1", broker.port, username=name, password=password, timeout=60)

        for name, password in (("east", "key west"), ("nobody", "x")):
            with pytest.raises(aiomqtt.MqttError):
                async with client(name, password):
                    pass
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", broker.port):
                pass
        async with client("server", "of the server") as server, client("east", "key east") as east:
            await east.subscribe("xiangyin/speaker/#", qos=1)
            await server.subscribe("xiangyin/speaker/+/+", qos=1)
            for topic in ("east/job", "west/played", "west/status"):
                with contextlib.suppress(aiomqtt.MqttError):  # a broker may close the line of who does this
                    async with client("east", "key east") as forger:
                        await forger.publish(f"xiangyin/speaker/{topic}", "forged", qos=1)
            await east.publish("xiangyin/speaker/east/played", "true", qos=1)
            await server.publish("xiangyin/speaker/west/job", "for west", qos=1)
            await server.publish("xiangyin/speaker/east/job", "for east", qos=1)
            async with asyncio.timeout(60):
                first = await anext(aiter(east.messages))
                heard = [await anext(aiter(server.messages)) for _ in range(3)]
        assert (first.topic.value, first.payload) == ("xiangyin/speaker/east/job", b"for east")
        assert sorted(each.payload for each in heard) == [b"for east", b"for west", b"true"]
    finally:
        broker.end()


def test_the_images_entry_brings_models_in_and_passes_arguments_on(tmp_path: Path) -> None:
    image, home = tmp_path / "image", tmp_path / "home"
    (image / "var" / "models" / "ear").mkdir(parents=True)
    (image / "var" / "rasa" / "abc").mkdir(parents=True)
    (image / "var" / "rasa" / "abc" / "model.tar.gz").write_text("trained")
    program = image / ".venv" / "bin" / "xiangyin"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    home.mkdir()
    entry = tmp_path / "entry.sh"
    entry.write_text((DEPLOY / "entry.sh").read_text("utf-8").replace("/srv/xiangyin", str(image)))
    environment = {"PATH": os.environ["PATH"], "XIANGYIN_HOME": str(home)}
    for _ in range(2):
        command = ["/bin/sh", str(entry), "serve", "web", "a b"]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert ended.stdout == "serve web a b\n"
        assert ended.stderr == ""
    assert (home / "models" / "ear").is_dir()
    assert (home / "rasa" / "abc" / "model.tar.gz").read_text() == "trained"
    assert [path.name for path in (home / "rasa").iterdir()] == ["abc"]


def test_the_health_check_is_0_only_while_the_process_answers() -> None:
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()

    def healthy() -> int:
        python = shutil.which("python3") or "python3"
        environment = {"XIANGYIN_PORT": str(upstream.server_port), "PATH": os.environ["PATH"]}
        return subprocess.run([python, str(DEPLOY / "healthy.py")], env=environment, check=False).returncode

    assert healthy() == 0
    upstream.shutdown()
    upstream.server_close()
    assert healthy() == 1


def test_the_mosquitto_file_reads_what_the_command_writes() -> None:
    config = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text("utf-8")
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    files = set(re.findall(r"^(?:password|acl)_file (.*)$", config, re.MULTILINE))
    assert files == {"/var/lib/broker/passwords", "/var/lib/broker/acl"}
    assert "command: [speakers, broker, /var/lib/broker]" in compose
