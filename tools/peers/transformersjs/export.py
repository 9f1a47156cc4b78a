"""Exports a saved model for Transformers.js: `export.py MODEL OUT` writes OUT/onnx/model.onnx and model_quantized.onnx beside its files."""

import shutil
import sys
import tempfile
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic
from optimum.exporters.onnx import main_export


def export(model: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    (target / "onnx").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        main_export(
            str(model), output=temporary, task="text-generation-with-past", dtype="fp32", device="cpu", no_post_process=False,
            do_validation=False,
        )
        for file in Path(temporary).iterdir():
            shutil.move(file, target / "onnx" if file.name.startswith("model.onnx") else target)
    # As Transformers.js's own script makes 'q8'
    quantize_dynamic(
        target / "onnx" / "model.onnx", target / "onnx" / "model_quantized.onnx", weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"], extra_options={"EnableSubgraph": True},
    )


if __name__ == "__main__":
    export(*map(Path, sys.argv[1:]))
