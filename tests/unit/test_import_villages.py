"""The county's table of villages becomes places that can be said."""

from pathlib import Path

import pytest

from bot.places import FILE, bring_in, import_villages
from bot.settings import Settings
from knowledge_base.warnings.villages import read_villages
from nlu.text.gazetteer import Gazetteer
from nlu.text.places import PlaceFinder
from nlu.words import Words

HEAD = "code,name,latitude,longitude,aliases\n"
GOOD = (
    HEAD
    + "370783,寿光市,36.88,118.74,\n"
    + "370783101,田柳镇,37.00,118.75,\n"
    + "370783101201,巨家村村民委员会,37.01,118.76,巨家疃、老巨家\n"
    + "370783101202,西刘家村村委会,37.02,118.77,\n"
    + "370783101203,幸福社区居委会,37.02,118.77,\n"
)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def table(folder: Path, text: str) -> Path:
    path = folder / "villages.csv"
    path.write_text(text, "utf-8-sig")
    return path


def test_what_is_imported_is_understood(tmp_path: Path, gazetteer: Gazetteer, words: Words) -> None:
    source = table(tmp_path, GOOD)
    result = import_villages(source, tmp_path / "words", gazetteer)
    assert (result.towns, result.villages, result.problems) == (1, 3, ())
    assert result.written == tmp_path / "words" / "places" / FILE
    finder = PlaceFinder(Gazetteer.load(tmp_path / "words" / "places"), words)
    said = {
        "田柳后晌下雨不": "370783101",
        "巨家村后晌下雨不": "370783101201",
        "老巨家后晌下雨不": "370783101201",
        "西刘家村后晌下雨不": "370783101202",
        "幸福社区后晌下雨不": "370783101203",
    }
    for text, code in said.items():
        (place,) = finder.find(text, near="370783")
        assert place.code == code, text
    assert finder.find("巨家村")[0].full_name == "山东省潍坊市寿光市田柳镇巨家村"
    assert set(read_villages(source)) >= {"370783101", "370783101203"}, "the same file serves for positions"


def test_a_dry_run_writes_nothing_and_an_import_replaces_the_one_before(tmp_path: Path, gazetteer: Gazetteer) -> None:
    dry = import_villages(table(tmp_path, GOOD), tmp_path / "words", gazetteer, dry_run=True)
    assert (dry.towns, dry.villages, dry.problems, dry.written) == (1, 3, (), None)
    assert not (tmp_path / "words").exists()
    import_villages(table(tmp_path, GOOD), tmp_path / "words", gazetteer)
    import_villages(table(tmp_path, HEAD + "370783102,孙家集街道,36.8,118.7,\n"), tmp_path / "words", gazetteer)
    loaded = Gazetteer.load(tmp_path / "words" / "places")
    assert loaded.place("370783102") is not None
    assert loaded.place("370783101") is None
    assert [file.name for file in (tmp_path / "words" / "places").iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("line", "number", "why"),
    [
        ("3707831,田柳镇,37,118.7,", 7, "9 位"),
        ("37078310a,田柳镇,37,118.7,", 7, "9 位"),
        ("370783105,田,37,118.7,", 7, "2 到 40"),
        ("370783105,羊口镇,37,118.7,羊", 7, "2 到 40"),
        ("370799105,羊口镇,37,118.7,", 7, "哪个县"),
        ("370783101,羊口镇,37,118.7,", 7, "第 3 行已有"),
        ("370783101204,巨家村,37,118.7,", 7, "第 4 行也叫"),
        ("370783105,羊口镇,118.7,37,", 7, "公里"),
        ("370783105,羊口镇,47,118.7,", 7, "公里"),
    ],
)
def test_every_row_that_is_wrong_is_told_and_nothing_is_written(
    tmp_path: Path, gazetteer: Gazetteer, line: str, number: int, why: str
) -> None:
    result = import_villages(table(tmp_path, GOOD + line + "\n"), tmp_path / "words", gazetteer)
    assert [(problem.line, why in problem.text) for problem in result.problems] == [(number, True)]
    assert result.written is None
    assert not (tmp_path / "words").exists()


def test_the_same_name_in_two_towns_is_no_problem(tmp_path: Path, gazetteer: Gazetteer) -> None:
    text = GOOD + "370783102201,巨家村,36.8,118.7,\n"
    assert import_villages(table(tmp_path, text), tmp_path / "words", gazetteer).problems == ()


def test_all_problems_are_told_at_once_in_their_order(tmp_path: Path, gazetteer: Gazetteer) -> None:
    text = GOOD + "1234567,张庄,37,118.7,\n370783101,田柳镇,37,118.7,\n370783103,洛,37,118.7,\n"
    result = import_villages(table(tmp_path, text), tmp_path / "words", gazetteer)
    assert [problem.line for problem in result.problems] == [7, 8, 9]


def test_a_file_that_is_none_is_told(tmp_path: Path, gazetteer: Gazetteer) -> None:
    def problem(path: Path) -> str:
        (only,) = import_villages(path, tmp_path / "words", gazetteer).problems
        return only.text

    assert "code 和 name" in problem(table(tmp_path, "编码,名称\n1,2\n"))
    assert "读不了" in problem(tmp_path / "none.csv")
    (tmp_path / "gbk.csv").write_bytes("code,name\n370783101,田柳镇\n".encode("gbk"))
    assert "读不了" in problem(tmp_path / "gbk.csv")


def test_the_command_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(home=tmp_path, words=tmp_path / "words")
    assert bring_in(settings, table(tmp_path, GOOD), dry_run=True) == 0
    assert "试跑" in capsys.readouterr().out
    assert bring_in(settings, table(tmp_path, GOOD), dry_run=False) == 0
    assert str(Path("places") / FILE) in capsys.readouterr().out
    assert bring_in(settings, table(tmp_path, GOOD + "1234567,张庄,,,\n"), dry_run=False) == 1
    assert "✗ 7:" in capsys.readouterr().out
    assert bring_in(Settings(home=tmp_path, words=None), tmp_path / "x.csv", dry_run=False) == 2
    assert "XIANGYIN_WORDS" in capsys.readouterr().err
