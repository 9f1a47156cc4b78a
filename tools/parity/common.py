"""What the parity scripts share: where fixtures lie, compact JSON with seven significant digits, a deterministic torch."""

import json
import math
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch  # noqa: E402
import transformers  # noqa: E402

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "parity"
DIGITS = 7


def deterministic() -> None:
    """One thread and no random kernel: the same machine gives the same bytes."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def rounded(value):
    """Tensors, and floats at any depth, as plain numbers of DIGITS significant digits."""
    if isinstance(value, torch.Tensor):
        return rounded(value.detach().tolist())
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"Cannot write {value} to a fixture")
        short = float(f"{value:.{DIGITS}g}")
        return int(short) if short.is_integer() and abs(short) < 2**53 else short
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return value


def write_json(path: Path, value: dict) -> None:
    """One line for each top-level key, no spaces inside: small, and still readable as a diff."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{json.dumps(key)}:{json.dumps(rounded(item), separators=(',', ':'), allow_nan=False)}"
        for key, item in value.items()
    ]
    path.write_text("{" + ",\n".join(lines) + "}\n")


def versions() -> dict:
    """The versions that a fixture's numbers come from."""
    return {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__}


def token_ids(seed: int, rows: int, length: int, vocab: int) -> torch.Tensor:
    """Ids from 3 up, so that no row holds a padding, begin or end token by chance."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(3, vocab, (rows, length), generator=generator)


def randomise(model, seed: int, scale: float = 0.25) -> None:
    """Weights large enough that attention chooses and logits differ; norms near one, biases not zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name:
                parameter.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.1 * noise)
            else:
                parameter.copy_(scale * noise)
