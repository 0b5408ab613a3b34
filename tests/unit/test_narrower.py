"""A speech model with a narrower search."""

from pathlib import Path

import pytest

from nlu.speech.narrower import narrower

WIDE = "--min-active=200\n--max-active=5000\n--beam=12.0\n--lattice-beam=4.0\n"


def model(folder: Path, conf: str | None) -> Path:
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"sounds")
    (folder / "conf").mkdir()
    (folder / "conf" / "mfcc.conf").write_text("--num-ceps=40\n")
    if conf is not None:
        (folder / "conf" / "model.conf").write_text(conf)
    return folder


def test_the_search_is_narrower_and_all_else_the_same(tmp_path: Path) -> None:
    wide = model(tmp_path / "wide", WIDE)
    narrow = narrower(wide, tmp_path / "cache")
    lines = (narrow / "conf" / "model.conf").read_text().splitlines()
    assert lines == ["--min-active=200", "--max-active=3000", "--beam=10", "--lattice-beam=4.0"]
    assert (narrow / "am" / "final.mdl").read_bytes() == b"sounds"
    assert (narrow / "conf" / "mfcc.conf").read_text() == "--num-ceps=40\n"
    assert (wide / "conf" / "model.conf").read_text() == WIDE
    assert narrower(wide, tmp_path / "cache") == narrow
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [narrow.name]


@pytest.mark.parametrize("conf", [None, "", "--beam=9\n--max-active=2000\n"])
def test_a_narrow_model_stays_as_it_is(conf: str | None, tmp_path: Path) -> None:
    folder = model(tmp_path / "model", conf)
    assert narrower(folder, tmp_path / "cache") == folder
    assert not (tmp_path / "cache").exists()
