"""Pin every dependency with its hashes: hashed requirements, no index lines, nothing about where they come from."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "deploy" / "requirements"
OPTIONS = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]


def compile_lock(source: str, target: Path, *options: str, cwd: Path = ROOT) -> None:
    """One lock file, for Python 3.11 and 3.12 on every system."""
    print(f"{target.relative_to(ROOT)} ...", flush=True)
    uv = [str(ROOT / ".venv" / "bin" / "uv"), "pip", "compile", source, "--python-version", "3.11"]
    subprocess.run([*uv, *OPTIONS, *options, "--output-file", str(target)], cwd=cwd, check=True)


if __name__ == "__main__":
    compile_lock("pyproject.toml", LOCKS / "dev.txt", "--universal", "--extra", "dev")
    compile_lock("pyproject.toml", LOCKS / "app.txt", "--universal", "--constraint", str(LOCKS / "dev.txt"))
    compile_lock(
        str(LOCKS / "bootstrap.in"), LOCKS / "bootstrap.txt", "--universal", "--constraint", str(LOCKS / "dev.txt")
    )
    compile_lock("pyproject.toml", ROOT / "nlu/rasa/requirements.lock", cwd=ROOT / "nlu/rasa")
