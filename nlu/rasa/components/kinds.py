"""Sentence features of what kinds of things are named: n-grams in which a word of the lexicon stands as its kind."""

import json
from pathlib import Path
from typing import Any, Self

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.cutter import Cutter
from components.ngrams import NgramFeaturizer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class KindFeaturizer(NgramFeaturizer):
    """Reads the tags of the jieba dictionary at `dictionary` as kinds: 玉米怎么卖 counts `<crop> 怎` and the like.

    What training saw of one crop holds for every other. The words travel in the model.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the file of words, and the units of the longest n-gram."""
        return {**NgramFeaturizer.get_default_config(), "dictionary": "dictionary/lexicon.txt"}

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Read the n-grams that training saw, and the words."""
        made = super().load(config, model_storage, resource, execution_context, **kwargs)
        with model_storage.read_from(resource) as folder:
            made._cutter = Cutter(json.loads((folder / "kinds.json").read_text(encoding="utf-8")))
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Read the words, and give each n-gram a column."""
        with Path(self._config["dictionary"]).open(encoding="utf-8") as lines:
            tagged = [fields for line in lines if len(fields := line.lower().split()) == 3]
        self._cutter = Cutter({word: kind for word, _, kind in tagged})
        resource = super().train(training_data)
        with self._storage.write_to(resource) as folder:
            (folder / "kinds.json").write_text(json.dumps(self._cutter.kinds, ensure_ascii=False), encoding="utf-8")
        return resource

    def _ngrams(self, text: str) -> list[str]:
        units = self._cutter.cut(text.lower())
        grams = (
            units[start : start + length]
            for length in range(1, self._config["longest"] + 1)
            for start in range(len(units) - length + 1)
        )
        named = " + ".join(sorted({unit for unit in units if unit[0] == "<"}))
        return [*(" ".join(gram) for gram in grams if any(unit[0] == "<" for unit in gram)), named]
