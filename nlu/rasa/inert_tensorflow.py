"""An inert `tensorflow` for Rasa 3.6: enough for its class bodies to be read, nothing that computes.

Rasa imports TensorFlow at module level in components that this project does not use (DIET, TED, ResponseSelector).
Using one of them fails at training; tests/integration/test_rasa_service.py notices when a new version of Rasa or of a
library asks for more than this.
"""

import importlib.abc
import importlib.machinery
import sys
import types

ROOTS = ("tensorflow", "keras", "tensorflow_hub", "tensorflow_text")


class _Meta(type):
    """Any attribute of an inert class is another inert class, so that it can be a base class or an annotation."""

    def __getattr__(cls, name: str) -> type:
        return _inert(cls, name)


class _Inert(metaclass=_Meta):
    def __new__(cls, *args: object, **options: object) -> object:
        """Build an inert object, or hand a decorated function back unchanged."""
        if len(args) == 1 and callable(args[0]) and not options and not isinstance(args[0], _Meta):
            return args[0]
        return object.__new__(cls)

    def __init__(self, *args: object, **options: object) -> None:
        pass

    def __call__(self, decorated: object = None) -> object:
        return decorated

    def __class_getitem__(cls, item: object) -> type:
        return cls


def _inert(owner: object, name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    made = _Meta(name, (_Inert,), {})
    setattr(owner, name, made)
    return made


class _Module(types.ModuleType):
    __path__: list[str] = []  # noqa: RUF012
    __version__ = "0.0-inert"

    @staticmethod
    def is_tensor(value: object) -> bool:
        """Answer matplotlib and scikit-learn, which ask this of any module called tensorflow."""
        return False

    def __getattr__(self, name: str) -> type:
        return _inert(self, name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in ROOTS:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def install() -> None:
    """Answer imports of TensorFlow; call before Rasa is imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
