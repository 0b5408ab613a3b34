"""Places in sentences, and the gazetteer behind them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.text.gazetteer import GAZETTEER, Gazetteer, PlacesBroken, wider_codes, within
from nlu.text.places import Place, PlaceFinder, deepest
from nlu.wordfile import ENTITY_KINDS
from nlu.words import Words

GOLDEN = yaml.safe_load((Path(__file__).parents[1] / "golden" / "places.yaml").read_text(encoding="utf-8"))
WORDS = Words.load()
PLACES = Gazetteer.load()
FINDER = PlaceFinder(PLACES, WORDS)
NAMES = sorted({*PLACES.names, *PLACES.keep})
SPEECH = st.lists(st.sampled_from([*NAMES, *"在的，县市区我"]), max_size=6).map("".join)


def shown(place: Place) -> str:
    return f"{place.text}: " + " | ".join(one.code for one in (place, *place.alternatives))


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: f"{line['said']}-{line.get('near')}")
def test_golden(line: dict[str, Any]) -> None:
    assert [shown(one) for one in FINDER.find(line["said"], line.get("near"))] == line["expect"]


def test_golden_is_large_enough() -> None:
    assert len(GOLDEN) >= 60


def test_every_place_is_found_by_its_full_name() -> None:
    for file in sorted(GAZETTEER.glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["places"]:
            code = entry["code"] if isinstance(entry, dict) else entry.split()[0]
            (found,) = FINDER.find(PLACES.full_name(code))
            assert (found.code, found.alternatives) == (code, ()), PLACES.full_name(code)


def test_there_are_as_many_places_as_the_country_has() -> None:
    codes = {name.place.code for names in PLACES.names.values() for name in names}
    assert sum(code.endswith("0000") for code in codes) == 34
    assert 330 <= sum(code.endswith("00") and not code.endswith("0000") for code in codes) <= 345
    assert 2800 <= sum(not code.endswith("00") for code in codes) <= 2950


def test_provinces_are_those_of_the_lexicon() -> None:
    provinces = {term.code: term.standard for term in WORDS.terms if term.kind == "place" and term.code}
    assert provinces
    for code, name in provinces.items():
        place = PLACES.place(code)
        assert place is not None
        assert place.name == name


@given(st.one_of(SPEECH, st.text(max_size=30)), st.sampled_from([None, "370783", "220104", "999999999"]))
@settings(max_examples=100)
def test_any_text_is_read_without_overlaps(text: str, near: str | None) -> None:
    end = 0
    for one in FINDER.find(text, near):
        assert end <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        end = one.end


def test_no_crop_and_no_trouble_is_a_place() -> None:
    for text, _ in WORDS.surfaces(*(ENTITY_KINDS - {"place"})):
        assert all(place.text == text for place in FINDER.find(text)), text


def test_a_prefecture_may_speak_otherwise_than_its_province() -> None:
    assert PLACES.region_of("150525") == "northeast"
    assert PLACES.region_of("320322") == "north"
    assert PLACES.region_of("370783") is None


def test_the_deepest_of_several_places() -> None:
    whole = FINDER.find("我在山东，打听下寿光")
    assert deepest(whole) == whole[1]
    assert deepest(FINDER.find("苏州和宿州")) is None
    assert deepest(()) is None


def test_a_county_adds_its_towns(tmp_path: Path) -> None:
    (tmp_path / "towns.yaml").write_text(
        "places:\n  - 370783101 田柳镇\n  - {code: '370783101201', name: 巨家村, aliases: [巨家疃]}\n", encoding="utf-8"
    )
    finder = PlaceFinder(Gazetteer.load(tmp_path), WORDS)
    (town,) = finder.find("我是寿光田柳的")
    assert (town.code, town.level, town.full_name) == ("370783101", "town", "山东省潍坊市寿光市田柳镇")
    (village,) = finder.find("田柳镇巨家疃")
    assert (village.code, village.level, village.name) == ("370783101201", "village", "巨家村")


def test_a_broken_file_of_places_is_named(tmp_path: Path) -> None:
    (tmp_path / "towns.yaml").write_text("places: [37078 田柳镇]\n", encoding="utf-8")
    with pytest.raises(PlacesBroken, match=r"towns\.yaml: places\.0\.code"):
        Gazetteer.load(tmp_path)


def test_codes_lie_in_one_another() -> None:
    assert wider_codes("370783101") == ("370000", "370700", "370783", "370783101")
    assert within("370783", "370000")
    assert not within("370000", "370000")
    assert not within("370783", "370600")
