"""Set-up: installs, fetches the models, trains. Starts nothing, needs no root, takes seconds when all is there.

Runs on a bare Python 3.11 or 3.12: nothing but the standard library may be imported here.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RASA_VENV = ROOT / ".venv-rasa"
LOCKS = ROOT / "deploy" / "requirements"
RASA_LOCK = ROOT / "nlu" / "rasa" / "requirements.lock"
SYSTEM_PARTS = {"chromium": "chromium", "fc-list": "fontconfig", "mosquitto": "mosquitto", "openssl": "openssl"}
FONT_PACKAGE = "fonts-noto-cjk"
NEEDED_BYTES = 4_000_000_000
LOG = ROOT / "var" / "setup.log"


class StepFailed(Exception):
    """A step did not end well; the message says what to do."""


class Beat:
    """Shows that a long step is still alive: a line every few seconds with the time it has taken."""

    def __init__(self, every: float = 10) -> None:
        self._every = every
        self._done = threading.Event()

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._every):
            print(f"      ... {time.monotonic() - self._started:.0f} s", flush=True)


def run(command: list[str], *, env: dict[str, str] | None = None) -> None:
    """Run a step's command; its output goes to the log, and its last lines to the screen when it fails."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        start = LOG.stat().st_size
        with Beat():
            code = subprocess.run(
                command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, check=False
            ).returncode
    if code:
        tail = LOG.read_bytes()[start:].decode("utf-8", "replace").strip().splitlines()[-12:]
        raise StepFailed("\n".join([*(f"      {line}" for line in tail), f"      全部输出 / whole output: {LOG}"]))


def installer_environment() -> dict[str, str]:
    """The environment for uv, which does not read pip's settings: a mirror set for pip serves uv as well."""
    env = dict(os.environ)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "config", "get"]
    for option, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        given = os.environ.get(f"PIP_{option.upper().replace('-', '_')}", "")
        if not given:
            given = subprocess.run([*pip, f"global.{option}"], capture_output=True, text=True, check=False).stdout
        if given.strip():
            env.setdefault(variable, given.strip())
    return env


def stamp(environment: Path, *inputs: Path) -> Path:
    """The file that says that an environment was made from exactly these inputs."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in inputs) + sys.version.encode()).hexdigest()
    return environment / f"made-from-{digest[:16]}"


def make_environment(environment: Path, inputs: list[Path], fill: Callable[[Path], None]) -> bool:
    """Make a virtual environment unless it is there, made from the same inputs; says whether it did something."""
    mark = stamp(environment, *inputs)
    if mark.exists():
        return False
    # pip is the last thing to get in: without it, an earlier set-up was interrupted in the middle.
    with_pip = environment == VENV
    needed = ("python", "pip") if with_pip else ("python",)
    if not all((environment / "bin" / name).exists() for name in needed):
        try:
            venv.create(environment, with_pip=with_pip, clear=True)
        except subprocess.CalledProcessError as error:
            raise StepFailed(
                "      这个 Python 不带 venv/ensurepip。Debian、Ubuntu：apt-get install python3-venv\n"
                "      This Python has no venv/ensurepip. On Debian and Ubuntu: apt-get install python3-venv"
            ) from error
    fill(environment)
    for old in environment.glob("made-from-*"):
        old.unlink()
    mark.touch()
    return True


def uv(environment: Path, command: str, *options: str) -> None:
    """Run the installer on an environment. `sync` also takes out what the locks no longer name."""
    python = str(environment / "bin" / "python")
    run([str(VENV / "bin" / "uv"), "pip", command, "--python", python, *options], env=installer_environment())


def install_application(tests: bool) -> bool:
    """The application's own environment."""
    lock = LOCKS / ("dev.txt" if tests else "app.txt")
    inputs = [LOCKS / "bootstrap.txt", lock, ROOT / "pyproject.toml"]

    def fill(environment: Path) -> None:
        python = str(environment / "bin" / "python")
        run([python, "-m", "pip", "install", "--require-hashes", "-r", str(LOCKS / "bootstrap.txt")])
        uv(environment, "sync", "--require-hashes", "--compile-bytecode", str(LOCKS / "bootstrap.txt"), str(lock))
        uv(environment, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))

    # What the tests need includes what the application needs.
    if not tests and stamp(VENV, LOCKS / "bootstrap.txt", LOCKS / "dev.txt", ROOT / "pyproject.toml").exists():
        return False
    return make_environment(VENV, inputs, fill)


def install_rasa() -> bool:
    """The understanding service's own environment: Rasa declares older pins than the application's."""
    return make_environment(
        RASA_VENV, [RASA_LOCK], lambda e: uv(e, "sync", "--require-hashes", "--compile-bytecode", str(RASA_LOCK))
    )


def install_system_parts() -> None:
    """What only the system can bring for the tests: installed where we may, else named with the one command."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    missing = [package for command, package in SYSTEM_PARTS.items() if not shutil.which(command, path=path)]
    if not list(Path("/usr/share/fonts").rglob("NotoSansCJK*")):
        missing.append(FONT_PACKAGE)
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        raise StepFailed(f"      这些测试会跳过 / some tests will be skipped. Run: sudo {' '.join(command)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], env=env)
    run(command, env=env)


def check_disk() -> None:
    """Say early that the disk is too small, before it fills up half-way."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES and not RASA_VENV.exists():
        raise StepFailed(
            f"      剩余空间 {free / 1e9:.1f} GB，需要约 {NEEDED_BYTES / 1e9:.0f} GB / free disk too small"
        )
    with tempfile.TemporaryFile(dir=ROOT):
        pass


@contextlib.contextmanager
def only_setup() -> Iterator[None]:
    """Wait for a set-up that runs already: two at once would break each other's environments."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("另一个安装正在进行，等它 / waiting for another set-up ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """All steps in order. A part that cannot be had is named; only the application's own environment is vital."""
    tests = "--tests" in sys.argv[1:]
    xiangyin = str(VENV / "bin" / "xiangyin")
    steps: list[tuple[str, str, Callable[[], object], str]] = [
        ("检查磁盘 / checking the disk", "", check_disk, ""),
        ("安装程序 / installing the application", "约 1 分钟 / about 1 min", lambda: install_application(tests), ""),
        (
            "安装理解服务 Rasa / installing the understanding service",
            "约 1 分钟 / about 1 min",
            install_rasa,
            "先用内置的理解，能答，但差一些 / the built-in understanding answers meanwhile",
        ),
        (
            "取语音模型 / fetching the speech models",
            "约 1-3 分钟 / 1 to 3 min",
            lambda: subprocess.run([xiangyin, "models"], cwd=ROOT, check=True),
            "文字照常能用，语音暂时不能 / text works, voice does not",
        ),
        (
            "训练理解模型 / training the understanding model",
            "约 1 分钟 / about 1 min",
            lambda: subprocess.run([xiangyin, "train"], cwd=ROOT, check=True),
            "先用内置的理解 / the built-in understanding answers meanwhile",
        ),
    ]
    if tests:
        steps.append(
            (
                "系统部件 / system parts for the tests",
                "",
                install_system_parts,
                "对应的测试会跳过 / their tests are skipped",
            )
        )
    for number, (name, usual, step, without) in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {name}" + (f"（{usual}）" if usual else ""), flush=True)
        started = time.monotonic()
        try:
            step()
        except (StepFailed, subprocess.CalledProcessError, OSError) as failure:
            print(failure if isinstance(failure, StepFailed) else f"      {failure}", flush=True)
            if not without:
                print(
                    "      这一步没成，装不下去了。修好后再运行一次，会从这里接着做。\n"
                    "      This step failed. Run the same command again once it is mended; it goes on from here.",
                    flush=True,
                )
                return 1
            print(f"      没成，先往下走：{without}。以后再运行一次会重试。", flush=True)
        else:
            print(f"      好了 / done, {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    with only_setup():
        sys.exit(main())
