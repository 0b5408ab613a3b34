import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from nlu.training import Progress, TrainingFailed, export, find_model, model_key, train
from nlu.training_data import Example, Segment

EXAMPLES = (
    Example("price", "standard", (Segment("小麦", "crop"), Segment("多少钱", None))),
    Example("agronomy", "north", (Segment("生虫", "symptom"), Segment("了", None))),
    Example("price", "south", (Segment("谷子价", None),)),
)
FILES = export(EXAMPLES, ["玉米螟 9 n"])

TRAINER = """#!{python}
import os, pathlib, sys, time
project, work = map(pathlib.Path, sys.argv[1:])
assert (project.name, (work / "dictionary" / "lexicon.txt").exists()) == ("train.py", True)
assert os.environ.get("XIANGYIN_SECRET") is None
print('{{"step": "train", "part": "Jieba", "seconds": 1.5}}', flush=True)
with open({ran!r}, "a") as ran: ran.write("x")
{more}
(work / "model.tar.gz").write_bytes(b"model")
"""


def trainer(tmp_path: Path, more: str = "") -> Path:
    """A stand-in for the Rasa environment's python."""
    path = tmp_path / "python"
    path.write_text(TRAINER.format(python=sys.executable, ran=str(tmp_path / "ran"), more=more), encoding="utf-8")
    path.chmod(0o755)
    return path


def times_run(tmp_path: Path) -> int:
    return (tmp_path / "ran").stat().st_size


def test_export_is_what_rasa_reads() -> None:
    nlu = yaml.safe_load(FILES["nlu.yml"])
    assert nlu["nlu"] == [
        {"intent": "agronomy", "examples": "- [生虫](symptom)了\n"},
        {"intent": "price", "examples": "- [小麦](crop)多少钱\n- 谷子价\n"},
    ]
    domain = yaml.safe_load(FILES["domain.yml"])
    assert (domain["intents"], domain["entities"]) == (["agronomy", "price"], ["crop", "symptom"])
    assert FILES["dictionary/lexicon.txt"].decode() == "玉米螟 9 n\n"
    assert set(FILES) == {"nlu.yml", "domain.yml", "config.yml", "dictionary/lexicon.txt"}


def test_the_key_follows_everything_that_goes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        model_key(FILES),
        model_key(export(EXAMPLES, ["玉米螟 8 n"])),
        model_key(export(EXAMPLES[:2], ["玉米螟 9 n"])),
    }
    assert model_key(export(EXAMPLES, ["玉米螟 9 n", "玉米螟 9 n"])) in keys
    monkeypatch.setattr("nlu.rasa_project.code", lambda: {"config.yml": b"other"})
    assert len(keys | {model_key(FILES)}) == 4


def test_a_model_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGYIN_SECRET", "not for the service")
    cache, told = tmp_path / "cache", list[Progress]()
    assert find_model(FILES, cache) is None
    model = train(FILES, cache, trainer(tmp_path), told.append)
    assert (model, model.read_bytes()) == (cache / model_key(FILES) / "model.tar.gz", b"model")
    assert train(FILES, cache, trainer(tmp_path), told.append) == model == find_model(FILES, cache)
    assert told == [Progress("train", "Jieba", 1.5), Progress("reuse")]
    assert times_run(tmp_path) == 1


def test_the_last_two_used_are_kept(tmp_path: Path) -> None:
    cache, python = tmp_path / "cache", trainer(tmp_path)
    variants = [export(EXAMPLES, [word]) for word in ("一", "二", "三")]
    first, second = (train(files, cache, python) for files in variants[:2])
    os.utime(second, (1, 1))
    (cache / "work-left-by-a-kill").mkdir()
    third = train(variants[2], cache, python)
    assert [first.exists(), second.exists(), third.exists()] == [True, False, True]
    assert sorted(path.name for path in cache.iterdir()) == sorted(
        ["lock", "train.log", first.parent.name, third.parent.name]
    )


@pytest.mark.parametrize("more", ["sys.exit('玉米 broke')", "sys.exit(0)", "print('not json', flush=True)"])
def test_a_broken_training_leaves_only_its_log(tmp_path: Path, more: str) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(TrainingFailed, match=r"train\.log"):
        train(FILES, cache, trainer(tmp_path, more))
    assert sorted(path.name for path in cache.iterdir()) == ["lock", "train.log"]
    assert train(FILES, cache, trainer(tmp_path)).exists()


def test_without_the_environment_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="make setup"):
        train(FILES, tmp_path / "cache", tmp_path / "no" / "python")


def test_two_trainings_at_once_make_one_model(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    cache, python = tmp_path / "cache", trainer(tmp_path, f"open({str(gate)!r}).read()")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(train, FILES, cache, python)
        held = gate.open("w")  # opens once the first training is under way, and keeps it there
        told: list[Progress] = []

        def let_go(step: Progress) -> None:
            told.append(step)
            held.close()

        second = train(FILES, cache, python, let_go)
        assert first.result() == second
    assert told == [Progress("wait"), Progress("reuse")]
    assert times_run(tmp_path) == 1
