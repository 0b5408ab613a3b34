"""Where the Rasa project lies, and in what surroundings its programs run: another Python, nothing of ours but files."""

import os
from pathlib import Path

PROJECT = Path(__file__).parent / "rasa"

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
"""What a program of the project may know of our environment: no secrets, no paths of our own Python."""

FIXED = {
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",  # sums in the same order each time, and no thread pools for small matrices
    "OPENBLAS_NUM_THREADS": "1",
}


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment variables for a program of the project; it keeps its temporary files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **FIXED, "TMPDIR": str(folder), "MPLCONFIGDIR": str(folder), **more}


def code() -> dict[str, bytes]:
    """Return all files that decide what a model is and how it is read, by path relative to the project."""
    paths = [
        *sorted(PROJECT.glob("*.py")),
        *sorted((PROJECT / "components").glob("*.py")),
        PROJECT / "config.yml",
        PROJECT / "requirements.lock",
    ]
    return {path.relative_to(PROJECT).as_posix(): path.read_bytes() for path in paths}
