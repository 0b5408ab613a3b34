"""Changes to a sentence, and the way back through them."""

from nlu.text.change import Change, Correction, fixed
from nlu.text.normalise import Normalised


def test_numbers_and_negations_are_what_is_fixed() -> None:
    assert fixed("三亩地没打50斤，别去") == "三没50别"
    assert Change(0, "吃没病", "赤霉病").silent is False
    assert Change(0, "没来", "没赖").silent is True


def test_changes_are_made_in_place() -> None:
    corrected = Correction("ab文库病cd条修病", (Change(2, "文库病", "纹枯病"), Change(7, "条修病", "条锈病")))
    assert corrected.text == "ab纹枯病cd条锈病"
    assert Correction("abc").text == "abc"


def test_a_doubt_takes_the_place_of_the_changes_it_touches() -> None:
    corrected = Correction(
        "甲乙丙丁", (Change(0, "甲", "一"), Change(2, "丙", "三")), (Change(1, "乙丙", "二"), Change(3, "丁", "四"))
    )
    assert [other.text for other in corrected.others] == ["一二丁", "一乙三四"]


def test_spans_lead_back_to_what_was_typed() -> None:
    corrected = Correction("我yumi黄", (Change(1, "yumi", "玉米"),))
    assert corrected.text == "我玉米黄"
    text = corrected.text
    back = corrected.back(Normalised(text, text, tuple((at, at + 1) for at in range(len(text)))))
    assert back.source == "我yumi黄"
    assert [back.original(at, at + 1) for at in range(4)] == ["我", "yumi", "yumi", "黄"]
    assert back.original(1, 4) == "yumi黄"
    assert back.forward(2, 3) == (1, 3)
