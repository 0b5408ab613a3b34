"""The commands of set-up: where models go, and what a failure says."""

from pathlib import Path

import pytest

from bot import upkeep
from bot.settings import Settings
from knowledge_base.check import Report
from nlu.speech.assets import Asset, assets, status
from nlu.speech.fetch import AssetError
from nlu.words import Words


def settings(home: Path) -> Settings:
    return Settings(home=home, _env_file=None)


def test_models_are_fetched_to_where_the_assistant_looks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = settings(tmp_path)

    def bring(asset: Asset, into: Path, progress: object) -> None:
        for file in asset.files:
            path = into / asset.folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    monkeypatch.setattr(upkeep, "fetch", bring)
    assert upkeep.fetch_models(one) == 0
    for asset in assets().values():
        # Empty files are damaged, not missing: they lie where they are looked for.
        assert status(asset, one.models / asset.folder).detail != status(asset, one.models / "nowhere").detail
        assert all((one.models / asset.folder / file.path).exists() for file in asset.files)


def test_a_model_that_cannot_be_had_is_named_and_the_next_is_still_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = []

    def refuse(asset: Asset, into: Path, progress: object) -> None:
        tried.append(asset.folder)
        raise AssetError(f"{asset.title}：取不到")

    monkeypatch.setattr(upkeep, "fetch", refuse)
    assert upkeep.fetch_models(settings(tmp_path)) == 1
    assert len(tried) == len(assets())
    assert capsys.readouterr().out.count("取不到") == len(assets())


def test_a_countys_own_words_are_checked_with_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upkeep, "check_content", lambda _: Report((), 0, 0, (), (), ()))
    words = tmp_path / "words"
    words.mkdir()
    county = Settings(home=tmp_path, words=words, _env_file=None)
    (words / "county.yaml").write_text(
        "kind: crop\nnormalise: true\nterms: [{standard: 玉米, aliases: [油麦爪爪 southwest]}]\n", "utf-8"
    )
    assert county.word_folders == (words,)
    assert "油麦爪爪" in Words.load(*county.word_folders).readings
    (words / "county.yaml").write_text("kind: crop\nnormalise: true\nterms: [{standard: 玉米, alias: [甲]}]\n", "utf-8")
    capsys.readouterr()
    assert upkeep.check(county) == 1
    assert "county.yaml" in capsys.readouterr().out
