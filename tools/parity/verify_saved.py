"""Loads a directory that Hone saved with transformers (and PEFT) and prints or compares its logits; exit 1 when they differ."""

import argparse
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from common import deterministic, rounded

TOLERANCE = 1e-4


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="a Hugging Face directory: config.json and *.safetensors")
    parser.add_argument("--adapter", type=Path, help="a PEFT directory to put over the model")
    parser.add_argument("--ids", help="token ids, as JSON [[1,2,3]] or [1,2,3]; or separated by commas: 1,2,3")
    parser.add_argument("--text", help="text for the directory's own tokenizer, instead of --ids")
    parser.add_argument("--compare", type=Path, help="JSON {ids: [[...]], logits: [[[...]]], positions?: [...]} written by Hone")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="largest accepted absolute difference (default 1e-4)")
    return parser.parse_args()


def load(directory: Path, adapter: Path | None):
    """Refuses what transformers would only warn of: weights that are missing, left over or of another shape."""
    model, info = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager", output_loading_info=True, local_files_only=True
    )
    faults = {key: sorted(map(str, info[key])) for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info.get(key)}
    if faults:
        sys.exit(f"Cannot take '{directory.name}' as saved whole: {json.dumps(faults)}")
    if adapter is None:
        return model.eval()
    return with_adapter(model, adapter).eval()


def with_adapter(model, adapter: Path):
    from peft import PeftModel
    from safetensors import safe_open

    model = PeftModel.from_pretrained(model, adapter)
    expected = {name.replace(".default", "") for name in model.state_dict() if "lora_" in name}
    with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
        saved = set(file.keys())
    if saved != expected:
        sys.exit(f"Cannot take adapter '{adapter.name}': its tensors differ from the model's targets by {sorted(saved ^ expected)}")
    return model


def token_rows(args: argparse.Namespace, given: dict | None, tokenizer) -> torch.Tensor:
    if given is not None:
        rows = given["ids"]
    elif args.text is not None:
        if tokenizer is None:
            sys.exit(f"Cannot read --text: '{args.directory.name}' has no tokenizer.json")
        rows = tokenizer(args.text)["input_ids"]
    elif args.ids is not None:
        rows = json.loads(args.ids) if args.ids.lstrip().startswith("[") else [int(part) for part in args.ids.split(",")]
    else:
        sys.exit("Cannot run without tokens: give --ids, --text or --compare")
    return torch.tensor(rows if isinstance(rows[0], list) else [rows])


def difference(logits: torch.Tensor, given: dict) -> float:
    theirs = torch.tensor(given["logits"], dtype=torch.float32)
    ours = logits[:, given["positions"]] if "positions" in given else logits
    theirs = theirs[None] if theirs.dim() == 2 else theirs
    if theirs.shape != ours.shape:
        sys.exit(f"Cannot compare logits of shape {list(theirs.shape)} with {list(ours.shape)}")
    if not torch.isfinite(theirs).all():
        sys.exit("Cannot compare: the given logits hold NaN or Inf")
    return (theirs - ours).abs().max().item()


def main() -> None:
    args = arguments()
    deterministic()
    model = load(args.directory, args.adapter)
    tokenizer = AutoTokenizer.from_pretrained(args.directory) if (args.directory / "tokenizer.json").exists() else None
    given = json.loads(args.compare.read_text()) if args.compare else None
    ids = token_rows(args, given, tokenizer)
    with torch.no_grad():
        logits = model(input_ids=ids, use_cache=False).logits
    answer = {
        "model_type": model.config.model_type,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "tokenizer": None if tokenizer is None else type(tokenizer).__name__,
        "ids": ids.tolist(),
    }
    if tokenizer is not None:
        answer["decoded"] = tokenizer.batch_decode(ids)
    if given is None:
        print(json.dumps({**answer, "logits": rounded(logits)}, separators=(",", ":")))
        return
    largest = difference(logits, given)
    equal = largest <= args.tolerance
    print(json.dumps({**answer, "max_abs_diff": largest, "tolerance": args.tolerance, "equal": equal}, separators=(",", ":")))
    sys.exit(0 if equal else 1)


if __name__ == "__main__":
    main()
