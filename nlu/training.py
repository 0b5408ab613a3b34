"""Training of the understanding service's model, kept by the hash of everything that goes into it."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from nlu import rasa_project
from nlu.training_data import Example

KEPT_MODELS = 2
MODEL = "model.tar.gz"


class TrainingFailed(Exception):
    """The understanding model could not be trained."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a training: `wait` for another training, `import`, `train` a `part`, `done`, or `reuse` a model."""

    step: str
    part: str = ""
    seconds: float = 0.0
    """Since the training process began."""


_PROGRESS = TypeAdapter(Progress)


def _no_progress(progress: Progress) -> None:
    """Tell nobody."""


def export(examples: Sequence[Example], dictionary: Iterable[str]) -> dict[str, bytes]:
    """Return the files that Rasa trains from, by path: nlu.yml, domain.yml, config.yml, dictionary/lexicon.txt.

    `dictionary` has lines of a jieba dictionary: word, and perhaps frequency and tag, with blanks between.
    """
    intents = sorted({example.intent for example in examples})
    kinds = sorted({segment.kind for example in examples for segment in example.segments if segment.kind})
    domain = {"version": "3.1", "intents": intents, "entities": kinds}
    lines = ['version: "3.1"', "nlu:"]
    for intent in intents:
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [f"    - {example.marked}" for example in examples if example.intent == intent]
    texts = {
        "nlu.yml": "\n".join([*lines, ""]),
        "domain.yml": yaml.safe_dump(domain, allow_unicode=True, sort_keys=False),
        "dictionary/lexicon.txt": "\n".join([*sorted(set(dictionary)), ""]),
    }
    files = {path: text.encode() for path, text in texts.items()}
    return files | {"config.yml": (rasa_project.PROJECT / "config.yml").read_bytes()}


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write exported files below the folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def model_key(files: dict[str, bytes]) -> str:
    """SHA-256, in hexadecimal, over the exported files and the code that trains and reads the model."""
    digest = hashlib.sha256()
    for path, content in sorted({**files, **{f"code/{p}": c for p, c in rasa_project.code().items()}}.items()):
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def find_model(files: dict[str, bytes], cache: Path) -> Path | None:
    """Return the model of exactly these files, if it was trained before."""
    model = cache / model_key(files) / MODEL
    return model if model.is_file() else None


def train(
    files: dict[str, bytes], cache: Path, python: Path, progress: Callable[[Progress], None] = _no_progress
) -> Path:
    """Return the model of the exported files, trained now if need be; blocks for seconds to a minute.

    `cache` keeps the last two models used; `python` is that of the Rasa environment. A training that another process
    has begun is waited for. A broken training leaves nothing behind but `cache`/train.log. Raises `TrainingFailed`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    key = model_key(files)
    model = cache / key / MODEL
    with _only_training(cache, progress):
        if model.is_file():
            progress(Progress("reuse"))
        else:
            _train(files, cache, cache / key, python, progress)
        os.utime(model)
        _clean(cache)
    return model


def _train(
    files: dict[str, bytes], cache: Path, target: Path, python: Path, progress: Callable[[Progress], None]
) -> None:
    with tempfile.TemporaryDirectory(prefix="work-", dir=cache) as made:
        work = Path(made)
        write(files, work)
        log_path = cache / "train.log"
        try:
            with log_path.open("wb") as log:
                code = _run(python, work, log.fileno(), progress)
        except ValidationError as error:
            raise TrainingFailed(f"training said what nobody understands; see {log_path}") from error
        if code != 0 or not (work / MODEL).is_file():
            raise TrainingFailed(f"training ended with code {code} and without a model; see {log_path}")
        finished = work / "finished"
        finished.mkdir()
        (work / MODEL).rename(finished / MODEL)
        shutil.rmtree(target, ignore_errors=True)
        finished.rename(target)


def _run(python: Path, work: Path, log: int, progress: Callable[[Progress], None]) -> int:
    """Run train.py and pass its progress on; the pipe to its standard input ends it when this process ends."""
    try:
        process = subprocess.Popen(
            [python, rasa_project.PROJECT / "train.py", work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=rasa_project.environment(work / "tmp"),
            text=True,
            encoding="utf-8",
        )
    except OSError as error:
        raise TrainingFailed(f"cannot start {python}: {error.strerror}; `make setup` installs it") from error
    with process:
        try:
            for line in process.stdout or ():
                progress(_PROGRESS.validate_json(line))
            return process.wait()
        finally:
            process.kill()


@contextlib.contextmanager
def _only_training(cache: Path, progress: Callable[[Progress], None]) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(Progress("wait"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clean(cache: Path) -> None:
    """Remove what a killed training left, and all models but the last ones used."""
    folders = [path for path in cache.iterdir() if path.is_dir()]
    models = [path for path in folders if re.fullmatch(r"[0-9a-f]{64}", path.name)]
    models.sort(key=lambda path: (path / MODEL).stat().st_mtime if (path / MODEL).is_file() else 0.0, reverse=True)
    for path in [*models[KEPT_MODELS:], *(path for path in folders if path.name.startswith("work-"))]:
        shutil.rmtree(path, ignore_errors=True)
