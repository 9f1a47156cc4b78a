"""Runs TRL's SFTTrainer and DPOTrainer on the training fixtures' data and prints how far each series lies from the plain loop's."""

import json
import tempfile
import warnings

from datasets import Dataset, disable_progress_bars
from peft import PeftModel
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, PrinterCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from common import FIXTURES, deterministic
from loops import PAD
from make_training import EOS
from make_models import load

TOLERANCE = 1e-4
VOCABULARY = 101
# TRL can follow these; it has ignored label smoothing for the sigmoid loss since 0.29, so not the cDPO series.
RUNS = {"sft": ["llama", "llama_tied"], "dpo": ["sigmoid", "sigmoid_tied"], "sft_lora": ["qv", "all"], "dpo_lora": ["qv", "all"]}


def word(token: int) -> str:
    return f"<{token}>"


def tokenizer() -> PreTrainedTokenizerFast:
    """One word for each id, so that TRL's own tokenisation gives the fixture's ids."""
    backend = Tokenizer(models.WordLevel({word(i): i for i in range(VOCABULARY)}, unk_token=word(1)))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=word(EOS), pad_token=word(PAD), unk_token=word(1))


def text(ids: list[int]) -> str:
    return "".join(f"{word(i)} " for i in ids)


def sft_rows(fixture: dict, order: list[int]) -> Dataset:
    rows = [fixture["examples"][i] for i in order]
    return Dataset.from_list([
        {"input_ids": row["ids"], "labels": [i if m else -100 for i, m in zip(row["ids"], row["mask"])]} for row in rows
    ])


def dpo_rows(fixture: dict, order: list[int]) -> Dataset:
    """The text ends in the end token's word, which TRL then does not add once more."""
    rows = [fixture["pairs"][i] for i in order]
    return Dataset.from_list([{key: text(row[key]).rstrip() if key != "prompt" else text(row[key]) for key in row} for row in rows])


def options(settings: dict, rows: int, output: str) -> dict:
    return {
        "output_dir": output, "per_device_train_batch_size": rows, "num_train_epochs": 1, "use_cpu": True, "bf16": False,
        "gradient_accumulation_steps": settings["gradient_accumulation_steps"], "learning_rate": settings["learning_rate"],
        "adam_beta1": settings["beta1"], "adam_beta2": settings["beta2"], "adam_epsilon": settings["epsilon"],
        "weight_decay": settings["weight_decay"], "max_grad_norm": settings["max_grad_norm"], "optim": "adamw_torch",
        "lr_scheduler_type": settings["scheduler"], "warmup_steps": settings["warmup_steps"], "logging_steps": 1,
        "report_to": "none", "save_strategy": "no", "gradient_checkpointing": False, "disable_tqdm": True, "seed": 0, "log_level": "error",
        "train_sampling_strategy": "sequential", "max_length": None, "dataloader_pin_memory": False,
    }


def trainer_of(kind: str, fixture: dict, name: str, output: str):
    run = fixture[name]
    model = load(FIXTURES / run["model"])
    if "initial" in run:
        model = PeftModel.from_pretrained(model, FIXTURES / "training" / run["initial"], is_trainable=True)
    order = [i for step in fixture["steps"] for micro in step for i in micro]
    common = options(run["settings"], len(fixture["steps"][0][0]), output)
    if kind.startswith("sft"):
        return SFTTrainer(model=model, args=SFTConfig(**common), train_dataset=sft_rows(fixture, order), processing_class=tokenizer())
    args = DPOConfig(**common, beta=run["settings"]["beta"], loss_type=["sigmoid"])
    return DPOTrainer(model=model, args=args, train_dataset=dpo_rows(fixture, order), processing_class=tokenizer())


def compare(kind: str, fixture: dict, name: str) -> dict[str, float]:
    """The largest absolute difference over the steps, for each key that TRL logs and the fixture holds."""
    with tempfile.TemporaryDirectory() as output:
        trainer = trainer_of(kind, fixture, name, output)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    logs = [log for log in trainer.state.log_history if "loss" in log]
    series = fixture[name]["series"]
    assert len(logs) == len(fixture["steps"]), f"{kind} {name}: TRL made {len(logs)} steps"
    shared = [key for key in series if key in logs[0]]
    result = {key: max(abs(log[key] - value) for log, value in zip(logs, series[key])) for key in shared}
    final = {n.replace(".default", ""): p for n, p in trainer.model.named_parameters() if p.requires_grad}
    result["final norms"] = max(
        abs(final[n.replace(".default", "")].double().norm().item() - value["norm"]) for n, value in fixture[name]["final"].items()
    )
    return result


if __name__ == "__main__":
    deterministic()
    warnings.filterwarnings("ignore")
    disable_progress_bars()
    worst = 0.0
    for kind, names in RUNS.items():
        fixture = json.loads((FIXTURES / "training" / f"{kind}.json").read_text())
        for name in names:
            differences = compare(kind, fixture, name)
            worst = max(worst, differences["loss"])
            print(kind, name, {key: float(f"{value:.2g}") for key, value in differences.items()})
    raise SystemExit(0 if worst <= TOLERANCE else 1)
