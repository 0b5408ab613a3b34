"""Trains a model: `python train.py FOLDER`, a folder that nlu/training.py wrote; makes FOLDER/model.tar.gz in it.

Standard output carries one JSON object a line: {"step": "train" | "done", "part": component or "", "seconds": since start}.
Runs in the Rasa environment.
"""

import json
import logging
import os
import re
import sys
import time
from pathlib import Path
from typing import TextIO

import parent_watch

PART = re.compile(r"Starting to train component '(\w+)'")


class ProgressLines(logging.Handler):
    """Turns Rasa's log lines on training into progress lines."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(logging.INFO)
        self._out = out
        self._began = time.monotonic()

    def say(self, step: str, part: str = "") -> None:
        """Write one progress line."""
        line = {"step": step, "part": part, "seconds": round(time.monotonic() - self._began, 1)}
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()

    def emit(self, record: logging.LogRecord) -> None:
        """Tell which component is being trained."""
        if found := PART.search(record.getMessage()):
            self.say("train", found[1])


def main(folder: Path) -> None:
    """Train in the folder; raises what Rasa raises."""
    progress = ProgressLines(os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8"))
    sys.stdout = sys.stderr  # Rasa prints there
    os.chdir(folder)
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"  # our own cache is by the hash of everything that goes in
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    progress.say("import")
    import slim  # noqa: F401, PLC0415
    from rasa.model_training import train_nlu  # noqa: PLC0415

    log = logging.getLogger("rasa.engine.training.hooks")
    log.setLevel(logging.INFO)
    log.addHandler(progress)
    train_nlu("config.yml", "nlu.yml", output=str(folder), fixed_model_name="model", domain="domain.yml")
    progress.say("done")


if __name__ == "__main__":
    parent_watch.start()
    main(Path(sys.argv[1]).resolve())
