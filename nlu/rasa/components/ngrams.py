"""Sentence features that need no word boundaries: n-grams of characters, or of folded pinyin syllables."""

import json
from collections import Counter
from typing import Any, Self

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from components.sound import folded_syllables

VIEWS = {"characters": list, "sound": folded_syllables}
"""How a sentence is cut into units, by the name that config.yml gives."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Counts n-grams of the units of one view; Rasa's own featurizer counts inside words, or with blanks between."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the view, and the units of the longest n-gram."""
        return {**SparseFeaturizer.get_default_config(), "view": "characters", "longest": 2}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a view that does not exist."""
        if config["view"] not in VIEWS:
            raise InvalidConfigException(f"view must be one of {', '.join(VIEWS)}, not {config['view']}")

    def __init__(
        self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource, columns: dict[str, int]
    ) -> None:
        super().__init__(name, config)
        self._storage = storage
        self._resource = resource
        self._columns = columns

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Make an untrained featurizer."""
        return cls(config, execution_context.node_name, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Read the n-grams that training saw."""
        with model_storage.read_from(resource) as folder:
            ngrams = json.loads((folder / "ngrams.json").read_text(encoding="utf-8"))
        columns = {ngram: column for column, ngram in enumerate(ngrams)}
        return cls(config, execution_context.node_name, model_storage, resource, columns)

    def train(self, training_data: TrainingData) -> Resource:
        """Give each n-gram of the training data a column, in sorted order."""
        seen = {ngram for message in training_data.training_examples for ngram in self._ngrams(message.get(TEXT) or "")}
        self._columns = {ngram: column for column, ngram in enumerate(sorted(seen))}
        with self._storage.write_to(self._resource) as folder:
            (folder / "ngrams.json").write_text(json.dumps(list(self._columns), ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the training examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add one sparse row to each message; an n-gram that training did not see counts nothing."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                row = self._row(text)
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def _row(self, text: str) -> csr_matrix:
        counts = Counter(self._columns[ngram] for ngram in self._ngrams(text) if ngram in self._columns)
        columns = sorted(counts)
        values = [float(counts[column]) for column in columns]
        return csr_matrix((values, columns, [0, len(columns)]), shape=(1, max(1, len(self._columns))))

    def _ngrams(self, text: str) -> list[str]:
        units = VIEWS[self._config["view"]](text.lower())
        return [
            " ".join(units[start : start + length])
            for length in range(1, self._config["longest"] + 1)
            for start in range(len(units) - length + 1)
        ]
