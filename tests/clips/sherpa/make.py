"""Make the tiny sherpa-onnx models beside this file: `pip install onnx`, then `python tests/clips/sherpa/make.py`.

They have the inputs, outputs and metadata of the real ones and no training: a loud frame is heard as 米, a soft one as
玉, a silent one as nothing. They show that an ear loads and runs such a folder, not that it understands.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = Path(__file__).parent
TOKENS = ["<unk>", "<s>", "</s>", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>", "玉", "米"]
FRAME = 560
NEVER = -99.0
METADATA = {
    "lfr_window_size": 7,
    "lfr_window_shift": 6,
    "normalize_samples": 0,
    "neg_mean": ",".join(["0"] * FRAME),
    "inv_stddev": ",".join(["1"] * FRAME),
    "model_type": "sense_voice_ctc",
    "version": 2,
    "model_author": "xiangyin",
    "maintainer": "xiangyin",
    "vocab_size": len(TOKENS),
    "comment": "untrained",
    "url": "",
    "lang_auto": 0,
    "lang_zh": 3,
    "lang_en": 4,
    "lang_yue": 7,
    "lang_ja": 11,
    "lang_ko": 12,
    "lang_nospeech": 13,
    "with_itn": 14,
    "without_itn": 15,
}


def sense_voice() -> onnx.ModelProto:
    """From the mean of a frame's log energies a score for each token, after four tokens on language and mood."""
    slope = np.zeros((1, len(TOKENS)), np.float32)
    start = np.zeros(len(TOKENS), np.float32)
    slope[0, 7:9] = 1, 2
    start[3:9] = NEVER, NEVER, NEVER, NEVER, -11, -25
    head = np.full((1, 4, len(TOKENS)), NEVER, np.float32)
    head[0, range(4), range(3, 7)] = 0
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2], keepdims=1),
        helper.make_node("MatMul", ["mean", "slope"], ["rise"]),
        helper.make_node("Add", ["rise", "start"], ["body"]),
        helper.make_node("Concat", ["head", "body"], ["logits"], axis=1),
    ]
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "T", FRAME]),
        *(
            helper.make_tensor_value_info(name, TensorProto.INT32, ["N"])
            for name in ("x_length", "language", "text_norm")
        ),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", "U", len(TOKENS)])]
    constants = [
        helper.make_tensor(name, TensorProto.FLOAT, value.shape, value.ravel())
        for name, value in (("slope", slope), ("start", start), ("head", head))
    ]
    graph = helper.make_graph(nodes, "untrained", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in METADATA.items():
        model.metadata_props.add(key=key, value=str(value))
    return model


def main() -> None:
    """Write model and tokens."""
    folder = HERE / "sense_voice"
    folder.mkdir(exist_ok=True)
    onnx.save(sense_voice(), folder / "model.onnx")
    lines = [f"{token} {number}\n" for number, token in enumerate(TOKENS)]
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
