"""The pipelines that ours is measured against."""

import yaml

from nlu.rasa_project import PROJECT
from tests.eval.contenders import PIPELINE, without_sound


def test_without_sound_one_featurizer_is_gone_and_the_rest_as_it_was() -> None:
    ours = yaml.safe_load((PROJECT / "config.yml").read_bytes())["pipeline"]
    deaf = yaml.safe_load(without_sound({"config.yml": (PROJECT / "config.yml").read_bytes()})["config.yml"])[
        "pipeline"
    ]
    gone = [part for part in ours if part not in deaf and part["name"].endswith("Featurizer")]
    assert [part["view"] for part in gone] == ["sound"]
    assert [part["name"] for part in deaf] == [part["name"] for part in ours if part not in gone]
    views = [part for part in deaf if part["name"].endswith("Featurizer")]
    assert [len(part["forgotten_whole"]) for part in deaf if "forgotten_whole" in part] == [len(views)]


def test_the_default_pipeline_has_no_component_of_ours() -> None:
    parts = yaml.safe_load(PIPELINE.read_bytes())["pipeline"]
    assert [part["name"] for part in parts if part["name"].startswith("components.")] == []
