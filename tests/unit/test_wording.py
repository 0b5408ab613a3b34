"""replies.yaml has every sentence that the code asks for, and no sentence that nobody says."""

import re
from pathlib import Path

import pytest
import yaml

from dialogs.topics.plain import SERVED
from dialogs.wording import DATA, wording
from nlu.speech import base

ROOT = Path(__file__).parents[2]
CODE = "\n".join(path.read_text("utf-8") for path in (ROOT / "dialogs").rglob("*.py"))


def keys() -> set[str]:
    groups = yaml.safe_load(DATA.read_text("utf-8"))
    return {f"{group}.{name}" for group, names in groups.items() for name in names}


def test_every_way_a_recording_can_fail_has_its_sentence() -> None:
    errors = {f"voice.{error.__name__}" for error in base.SpeechError.__subclasses__()} - {"voice.NoVoice"}
    assert {key for key in keys() if key.startswith("voice.")} == errors


def test_every_service_has_its_sentence() -> None:
    assert {key for key in keys() if key.startswith("unserved.")} == {f"unserved.{i}" for i in SERVED}


def test_the_code_asks_for_no_sentence_that_is_missing() -> None:
    groups = "|".join(sorted({key.split(".")[0] for key in keys()}))
    asked = set(re.findall(rf'"((?:{groups})\.(?!yaml")[a-z_]+)"', CODE))
    assert asked
    assert asked <= keys()


def test_no_sentence_is_left_that_nobody_says() -> None:
    built = ("voice.", "unserved.", "heading.", "feedback.")
    assert [key for key in keys() if not key.startswith(built) and f'"{key}"' not in CODE] == []


@pytest.mark.parametrize("key", sorted(keys()))
def test_a_sentence_is_fit_to_be_read_aloud(key: str) -> None:
    values = {"title": "题", "labels": "甲，还是乙", "crop": "玉米", "first": "甲", "second": "乙"}
    values |= {"name": "甲药", "names": "乙药", "crops": "蔬菜", "day": "2016年7月1日", "announcement": "公告第1号"}
    values |= {"year": "2016", "month": "7", "day": "1"} if key == "pesticide.day" else {}
    spoken = wording().spoken(key, **values)
    assert spoken
    assert len(spoken) <= 130
    assert not re.search(r"[A-Za-z{}%]", spoken)
