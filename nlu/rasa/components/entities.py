"""Entity extraction with a stored CRF: Rasa 3.6.21 keeps the training sentences instead and trains again at each start."""

import shutil
from collections import OrderedDict
from typing import Any, Self

import rasa.shared.utils.io
import sklearn_crfsuite
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor, CRFToken


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class StoredCrfExtractor(CRFEntityExtractor):
    """Rasa's extractor; the trained taggers travel in the model."""

    def persist(self, dataset: list[list[CRFToken]]) -> None:
        """Store each tagger's own file."""
        with self._model_storage.write_to(self._resource) as folder:
            for tag, tagger in self.entity_taggers.items():
                shutil.copyfile(tagger.modelfile.name, folder / f"{tag}.crfsuite")
            rasa.shared.utils.io.dump_obj_as_json_to_file(folder / "crf_order.json", list(self.entity_taggers))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Open the taggers; without entities in the training data there are none."""
        try:
            with model_storage.read_from(resource) as folder:
                order = rasa.shared.utils.io.read_json_file(folder / "crf_order.json")
                files = {tag: str(folder / f"{tag}.crfsuite") for tag in order}
        except ValueError:  # Rasa's answer for a component that stored nothing
            return cls(config, model_storage, resource)
        taggers = OrderedDict((tag, sklearn_crfsuite.CRF(model_filename=file)) for tag, file in files.items())
        for tagger in taggers.values():
            tagger.tagger_  # noqa: B018 - reads the file, whose folder Rasa may remove as soon as all is loaded
        made = cls(config, model_storage, resource, taggers)
        made.crf_order = order
        return made
