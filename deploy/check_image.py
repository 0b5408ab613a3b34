"""Does the Containerfile's steps without a container engine: in a clean folder, with an empty HOME. Run by hand; takes minutes.

COPY and RUN are done as they stand, with WORKDIR in the folder; the step that makes the image's user needs root in an image of its
own and is named as left out. Says how long each step took, and how large the folder is.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
LEFT_OUT = "useradd"
KEPT = ("PIP_", "UV_", "SSL_", "REQUESTS_", "NO_PROXY", "HTTP", "http", "no_proxy")
"""Of the environment: how this machine reaches the package registries."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Instruction and arguments, with continued lines put together and comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in whole.splitlines()]


def copy(sources: list[str], target: Path) -> None:
    """Copy as COPY does: a folder's contents into the folder of that name, files into it."""
    for source in sources:
        path = ROOT / source
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "tls", "*.env"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)


def run(command: str, folder: Path, home: Path, python: Path) -> None:
    """Run one step; raises `subprocess.CalledProcessError`."""
    environment = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    environment |= {"PATH": f"{python}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    environment |= {"PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1", "PYTHONUNBUFFERED": "1"}
    subprocess.run(["/bin/sh", "-ec", command], cwd=folder, env=environment, check=True)


def main() -> int:
    """All steps in order; 1 where one fails."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path, help="folder to leave the result in; else it is removed")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="xiangyin-image-") as scratch:
        place, home, python = (Path(scratch) / name for name in ("image", "home", "bin"))
        folder = (chosen.keep or place) / "srv" / "xiangyin"
        for path in (folder, home, python):
            path.mkdir(parents=True)
        (python / "python").symlink_to(sys.executable)
        for instruction, arguments in instructions(CONTAINERFILE.read_text("utf-8")):
            if instruction == "COPY":
                *sources, target = shlex.split(arguments)
                copy(sources, folder / target)
            elif instruction == "RUN" and LEFT_OUT in arguments:
                print(f"left out / 没做: {arguments}", flush=True)
            elif instruction == "RUN":
                print(f"$ {arguments}", flush=True)
                started = time.monotonic()
                try:
                    run(arguments, folder, home, python)
                except subprocess.CalledProcessError as failure:
                    print(f"failed with {failure.returncode}", flush=True)
                    return 1
                print(f"{time.monotonic() - started:.0f} s", flush=True)
        size = sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_symlink())
        left = [path.name for path in home.iterdir()]
        print(f"{size / 1e6:.0f} MB; left in HOME: {left or 'nothing'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
