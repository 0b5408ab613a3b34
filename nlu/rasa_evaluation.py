"""Rasa's own checks of the project: data validation, and cross-validation of intents and entities."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nlu import rasa_project
from nlu.training import write


class EvaluationFailed(Exception):
    """A check of the Rasa project failed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What cross-validation found, on sentences that the model of the fold had not seen."""

    intent_accuracy: float
    intent_f1: float
    """Macro average."""
    entity_f1: float
    """Micro average over tokens."""
    by_intent: dict[str, float]
    """F1 of each intent."""
    by_entity: dict[str, float]
    """F1 of each kind of entity."""


def validate(files: dict[str, bytes], python: Path, folder: Path) -> None:
    """Run `rasa data validate` on exported files, written to the folder; raises `EvaluationFailed`."""
    _run("validate", files, python, folder)


def cross_validate(files: dict[str, bytes], python: Path, folder: Path, folds: int = 5) -> Figures:
    """Run `rasa test nlu --cross-validation` on exported files, written to the folder; raises `EvaluationFailed`.

    Trains and tests once for each fold. Wrong readings are in the folder, results/*_errors.json.
    """
    _run("test", files, python, folder, str(folds))
    intents = json.loads((folder / "results" / "intent_report.json").read_text(encoding="utf-8"))
    entities = json.loads((folder / "results" / "StoredCrfExtractor_report.json").read_text(encoding="utf-8"))
    return Figures(
        intent_accuracy=intents["accuracy"],
        intent_f1=intents["macro avg"]["f1-score"],
        entity_f1=entities["micro avg"]["f1-score"],
        by_intent=_f1(intents),
        by_entity=_f1(entities),
    )


def _f1(report: dict[str, dict[str, float]]) -> dict[str, float]:
    return {
        name: values["f1-score"] for name, values in report.items() if name != "accuracy" and not name.endswith(" avg")
    }


def _run(command: str, files: dict[str, bytes], python: Path, folder: Path, *arguments: str) -> None:
    write(files, folder)
    log_path = folder / f"{command}.log"
    try:
        with log_path.open("wb") as log:
            subprocess.run(
                [python, rasa_project.PROJECT / "evaluate.py", command, folder, *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=rasa_project.environment(folder / "tmp"),
            )
    except (OSError, subprocess.CalledProcessError) as error:
        raise EvaluationFailed(f"rasa {command}: {type(error).__name__}; see {log_path}") from error
