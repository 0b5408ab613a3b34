"""Rasa's own checks on a folder that nlu/training.py exported; run in the Rasa environment.

`python evaluate.py validate FOLDER` runs `rasa data validate`, and fails when it does; `python evaluate.py test FOLDER
[FOLDS]` runs `rasa test nlu --cross-validation` and leaves intent_report.json and the like in FOLDER/results.
"""

import os
import sys
from pathlib import Path

import slim  # noqa: F401
from rasa.__main__ import main

COMMANDS = {
    "validate": "data validate --data nlu.yml --domain domain.yml --config config.yml",
    "test": "test nlu --cross-validation --nlu nlu.yml --domain domain.yml --config config.yml --out results --no-plot",
}

if __name__ == "__main__":
    command, folder, *folds = sys.argv[1:]
    os.chdir(Path(folder))
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    sys.argv = ["rasa", *COMMANDS[command].split(), *(["--folds", folds[0]] if folds else [])]
    main()
