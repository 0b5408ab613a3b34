"""A sherpa-onnx model's folder: which kind of recogniser it holds, told by its files, and that recogniser loaded.

Known are offline transducers (Zipformer: encoder, decoder and joiner apart) and single `model.onnx` files that name
their kind in their metadata, as the models of the sherpa-onnx project do: SenseVoice, Paraformer, Zipformer CTC.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlu.speech.base import NoEar

if TYPE_CHECKING:
    import sherpa_onnx

TOKENS = "tokens.txt"
PARTS = ("encoder", "decoder", "joiner")
TRANSDUCERS = frozenset({"zipformer", "zipformer2", "conformer"})
WHOLE = {"sense_voice_ctc": "from_sense_voice", "paraformer": "from_paraformer", "zipformer2_ctc": "from_zipformer_ctc"}
"""What the metadata calls the kind, and which of sherpa-onnx's constructors loads it."""
OPTIONS: dict[str, dict[str, Any]] = {"from_sense_voice": {"language": "auto", "use_itn": False}}
PATHS = {"from_paraformer": "paraformer"}
"""What a constructor calls the model's path, where not `model`."""


def load(folder: Path, threads: int) -> "sherpa_onnx.OfflineRecognizer":
    """Load the model in `folder`; of `.int8.onnx` and `.onnx` side by side the former, which is quicker.

    Blocking, some seconds. Raises `NoEar` when the package, a file or the kind is not there, or a file is damaged.
    """
    if not (folder / TOKENS).is_file():
        raise NoEar(f"no {TOKENS}")
    try:
        import sherpa_onnx  # noqa: PLC0415 - optional, and loads a shared library of 30 MB
    except ImportError as error:
        raise NoEar("the package sherpa-onnx is not installed") from error
    constructor, arguments = _plan(folder)
    try:
        found: sherpa_onnx.OfflineRecognizer = getattr(sherpa_onnx.OfflineRecognizer, constructor)(
            **arguments, tokens=str(folder / TOKENS), num_threads=threads
        )
    except Exception as error:  # its own checks and its onnxruntime raise bare RuntimeError and AssertionError
        raise NoEar("the model cannot be loaded") from error
    return found


def _plan(folder: Path) -> tuple[str, dict[str, Any]]:
    """The constructor for what is in the folder, and its arguments."""
    parts = {part: _file(folder, part) for part in PARTS}
    encoder = parts["encoder"]
    if encoder and all(parts.values()):
        if _kind(encoder) not in TRANSDUCERS:
            raise NoEar(f"{encoder.name} is none of: {', '.join(sorted(TRANSDUCERS))}")
        return "from_transducer", {part: str(path) for part, path in parts.items()}
    model = _file(folder, "model")
    if model is None:
        raise NoEar("neither model.onnx nor encoder, decoder and joiner")
    constructor = WHOLE.get(_kind(model))
    if constructor is None:
        raise NoEar(f"{model.name} is none of: {', '.join(WHOLE)}")
    return constructor, {PATHS.get(constructor, "model"): str(model), **OPTIONS.get(constructor, {})}


def _file(folder: Path, name: str) -> Path | None:
    """The file of that part; names go on as they like (encoder-epoch-99-avg-1.int8.onnx)."""
    found = sorted(folder.glob(f"{name}*.onnx"), key=lambda path: (not path.name.endswith(".int8.onnx"), path.name))
    return found[0] if found else None


def _kind(model: Path) -> str:
    """What the file's metadata calls its kind.

    Read before sherpa-onnx sees the file, because that ends the whole process where metadata are missing.
    """
    import onnxruntime  # noqa: PLC0415 - heavy, only where such a model is used

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class of their own
        raise NoEar(f"{model.name} is damaged") from error
    return str(session.get_modelmeta().custom_metadata_map.get("model_type", ""))
