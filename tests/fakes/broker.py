"""A real Mosquitto on a port of its own, which can be stopped, killed and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from bot.speakers import ACL
from knowledge_base.warnings.speaker_registry import broker_password

SERVER, PASSWORD = "server", "of the server"
_PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")

_CONFIG = """
listener {port} 127.0.0.1
{tls}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence true
persistence_location {folder}/
max_queued_messages 0
{user}
"""


def certificate(folder: Path) -> Path:
    """Make a certificate for `localhost` that vouches for itself, with its key; where the certificate is."""
    folder.mkdir()
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    return folder / "certificate"


class BrokerProcess:
    """Mosquitto with the password and permission files that `xiangyin speakers broker` writes."""

    def __init__(self, folder: Path, port: int, devices: str = "", *, tls: Path | None = None) -> None:
        if _PROGRAM is None:
            (pytest.fail if os.environ.get("XIANGYIN_TEST_REQUIRE_ALL") == "1" else pytest.skip)(
                "no broker: apt-get install mosquitto"
            )
        self.folder = folder
        self.port = port
        self.url = f"mqtts://localhost:{port}" if tls else f"mqtt://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        (folder / "acl").write_text(ACL.format(user=SERVER))
        self.admit(devices)
        user = "user root" if os.geteuid() == 0 else ""
        secured = f"certfile {tls}/certificate\nkeyfile {tls}/key" if tls else ""
        (folder / "broker.conf").write_text(_CONFIG.format(port=port, folder=folder, user=user, tls=secured))
        for name in ("acl", "passwords"):
            (folder / name).chmod(0o600)

    def admit(self, devices: str) -> None:
        """Write the password file; lines of devices as the register gives them."""
        (self.folder / "passwords").write_text(f"{SERVER}:{broker_password(PASSWORD)}\n{devices}")
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        """Start, and wait until it listens."""
        assert _PROGRAM is not None
        with (self.folder / "broker.log").open("ab") as log:
            command = [_PROGRAM, "-c", str(self.folder / "broker.conf")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.folder / "broker.log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise AssertionError((self.folder / "broker.log").read_text())

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop or kill it."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None

    def forget(self) -> None:
        """Lose everything that was kept, as with a new disk. Only while it is stopped."""
        (self.folder / "mosquitto.db").unlink(missing_ok=True)
