"""The real Rasa, trained on a little data: the shim, the components, and Rasa's own checks.

If a new version of Rasa or of a library breaks the inert TensorFlow, the training here fails.
"""

import json
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest

from bot.settings import Settings
from nlu import rasa_project
from nlu.rasa_evaluation import EvaluationFailed, cross_validate, validate
from nlu.training import TrainingFailed, train
from tests.fakes.training_files import SENTENCES, little_files

pytestmark = [pytest.mark.needs_rasa, pytest.mark.timeout(600)]

PYTHON = Settings().rasa_python


def parts(archive: Path, folder: Path) -> dict[str, object]:
    """What a model consists of, as far as it is our doing."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    found: dict[str, object] = {path.name: path.read_bytes() for path in folder.rglob("*.crfsuite")}
    for name in ("ngrams.json", "kinds.json"):
        found |= {f"{path.parent.name}/{path.name}": path.read_bytes() for path in folder.rglob(name)}
    with np.load(next(folder.rglob("weights.npz"))) as arrays:
        return found | {name: arrays[name].tolist() for name in arrays.files}


def test_training_twice_gives_the_same_model(tmp_path: Path) -> None:
    steps: list[str] = []
    one = train(little_files(), tmp_path / "one", PYTHON, lambda step: steps.append(step.part or step.step))
    two = train(little_files(), tmp_path / "two", PYTHON)
    assert (steps[0], steps[-1]) == ("import", "done")
    assert {"JiebaTokenizer", "NgramFeaturizer", "KindFeaturizer", "CalibratedClassifier", "StoredCrfExtractor"} <= set(
        steps
    )
    first, second = parts(one, tmp_path / "first"), parts(two, tmp_path / "second")
    assert len(first) == 8
    assert first == second


def test_a_component_that_needs_tensorflow_fails_at_training(tmp_path: Path) -> None:
    files = little_files()
    files["config.yml"] += b"  - name: DIETClassifier\n"
    with pytest.raises(TrainingFailed):
        train(files, tmp_path, PYTHON)


def test_rasa_validates_and_cross_validates(tmp_path: Path) -> None:
    validate(little_files(), PYTHON, tmp_path)
    figures = cross_validate(little_files(), PYTHON, tmp_path, folds=2)
    assert set(figures.by_intent) == set(SENTENCES)
    assert set(figures.by_entity) == {"crop"}
    assert 0 < figures.intent_accuracy <= 1


def test_what_rasa_rejects_is_told_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(EvaluationFailed, match=r"validate\.log"):
        validate(little_files() | {"domain.yml": b"intents: 3"}, PYTHON, tmp_path)


def test_syllables_that_dialects_do_not_tell_apart_are_folded() -> None:
    alike = [
        ("知道", "资道"),
        ("牛奶", "流来"),
        ("湖南", "湖兰"),
        ("飞机", "灰机"),
        ("肉", "漏"),
        ("英", "因"),
        ("虎", "福"),
        ("黄", "房"),
        ("昏", "分"),
        ("床", "船"),
    ]
    apart = [("火", "我"), ("玉米", "小麦")]
    program = (
        "import json, sys; from components.sound import folded_syllables as f;"
        "print(json.dumps([f(a) == f(b) for a, b in json.loads(sys.argv[1])]))"
    )
    told = subprocess.run(
        [PYTHON, "-c", program, json.dumps(alike + apart)], cwd=rasa_project.PROJECT, capture_output=True, check=True
    )
    assert json.loads(told.stdout) == [True] * len(alike) + [False] * len(apart)


def test_a_word_stands_as_its_kind_and_an_ordinary_word_stays_whole() -> None:
    program = (
        "import json, sys; from components.cutter import Cutter;"
        "cutter = Cutter(json.loads(sys.argv[1])); print(json.dumps([cutter.cut(t) for t in json.loads(sys.argv[2])]))"
    )
    kinds = {"玉米": "crop", "玉米螟": "problem", "马": "livestock", "马上": "keep"}
    texts = ["玉米螟打药", "玉米卖", "马上卖马", ""]
    told = subprocess.run(
        [PYTHON, "-c", program, json.dumps(kinds), json.dumps(texts)],
        cwd=rasa_project.PROJECT,
        capture_output=True,
        check=True,
    )
    assert json.loads(told.stdout) == [
        ["<problem>", "打", "药"],
        ["<crop>", "卖"],
        ["马", "上", "卖", "<livestock>"],
        [],
    ]
