"""Makes test/fixtures/parity/training/: 20 SFT and 20 DPO steps, full and LoRA, by a plain PyTorch loop on the small models."""

import json
import shutil
from pathlib import Path

import peft
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from common import FIXTURES, deterministic, token_ids, versions, write_json
from loops import PAD, dpo_batch, dpo_step, forward, sft_batch, sft_step, train
from make_models import load

OUT = FIXTURES / "training"
STEPS, ACCUMULATION, ROWS = 20, 2, 2
EOS, LOWEST, HIGHEST = 2, 3, 97
TARGETS = {"qv": ["q_proj", "v_proj"], "all": "all-linear"}
SETTINGS = {
    "steps": STEPS, "gradient_accumulation_steps": ACCUMULATION, "pad_id": PAD, "optimizer": "adamw", "learning_rate": 1e-3,
    "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01, "max_grad_norm": 1.0, "scheduler": "linear",
    "warmup_steps": 3,
}
LORA = {"learning_rate": 5e-3}


def draw(generator: torch.Generator, low: int, high: int) -> int:
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def words(generator: torch.Generator, length: int) -> list[int]:
    return torch.randint(LOWEST, HIGHEST, (length,), generator=generator).tolist()


def sft_examples(count: int) -> list[dict]:
    """Prompt untrained, completion trained and ended; every fifth row is trained from its first token on."""
    generator = torch.Generator().manual_seed(101)
    rows = []
    for index in range(count):
        prompt, completion = words(generator, draw(generator, 2, 7)), words(generator, draw(generator, 1, 12)) + [EOS]
        first = 1 if index % 5 == 4 else 0
        rows.append({"ids": prompt + completion, "mask": [first] * len(prompt) + [1] * len(completion)})
    return rows


def dpo_pairs(count: int) -> list[dict]:
    """Every third pair begins its two answers with the same token."""
    generator = torch.Generator().manual_seed(202)
    rows = []
    for index in range(count):
        prompt = words(generator, draw(generator, 2, 7))
        chosen, rejected = (words(generator, draw(generator, 1, 9)) + [EOS] for _ in range(2))
        if index % 3 == 2:
            rejected[0] = chosen[0]
        rows.append({"prompt": prompt, "chosen": chosen, "rejected": rejected})
    return rows


def plan(count: int) -> list[list[list[int]]]:
    """Row indexes by step and micro-batch: shuffled epochs, one after the other."""
    generator = torch.Generator().manual_seed(303)
    order: list[int] = []
    while len(order) < STEPS * ACCUMULATION * ROWS:
        order += torch.randperm(count, generator=generator).tolist()
    at = iter(order)
    return [[[next(at) for _ in range(ROWS)] for _ in range(ACCUMULATION)] for _ in range(STEPS)]


def summary(model) -> dict:
    """For each trained parameter by its name in the saved file: Euclidean norm, sum, first four values."""
    return {
        name.replace(".default", ""): {"norm": p.double().norm().item(), "sum": p.double().sum().item(), "head": p.flatten()[:4]}
        for name, p in model.named_parameters() if p.requires_grad
    }


def save_adapter(model, name: str) -> str:
    """PEFT's own files, less the model card; target modules sorted, as PEFT writes a set in no fixed order."""
    directory = OUT / "adapters" / name
    shutil.rmtree(directory, ignore_errors=True)
    model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    path = directory / "adapter_config.json"
    config = json.loads(path.read_text())
    config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    return f"adapters/{name}"


def with_lora(base: str, targets: str):
    config = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=TARGETS[targets], task_type="CAUSAL_LM")
    model = get_peft_model(load(FIXTURES / base), config)
    model.peft_config["default"].base_model_name_or_path = base
    generator = torch.Generator().manual_seed(404)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if "lora_A" in name:
                bound = parameter.shape[1] ** -0.5
                parameter.copy_((2 * torch.rand(parameter.shape, generator=generator) - 1) * bound)
    return model


def reference_of(model):
    """The frozen model's sums of completion log-probabilities; with an adapter it is the base below the adapter."""
    if isinstance(model, PeftModel):
        def sums(one):
            with model.disable_adapter(), torch.no_grad():
                return forward(model, *one)["logps"].sum(1)
        return sums
    frozen = load(FIXTURES / model.config.name_or_path.rsplit("/", 1)[-1])
    return lambda one: forward(frozen, *one)["logps"].sum(1)


def probe(model) -> dict:
    ids = token_ids(505, 1, 12, HIGHEST)
    with torch.no_grad():
        return {"ids": ids.tolist(), "logits": model(input_ids=ids, use_cache=False).logits[:, -1]}


def run(kind: str, model, data: list[dict], steps, settings: dict) -> dict:
    if kind == "sft":
        micro = [[sft_batch(data, indexes) for indexes in step] for step in steps]
        series = train(model, micro, sft_step, settings)
    else:
        micro = [[dpo_batch(data, indexes) for indexes in step] for step in steps]
        reference = reference_of(model)
        series = train(model, micro, lambda m, one, s: dpo_step(m, reference, one, s), settings)
    return {"settings": settings, "series": series, "final": summary(model), "probe": probe(model)}


def full(kind: str, base: str, data, steps, **changes) -> dict:
    return {"model": base, **run(kind, load(FIXTURES / base), data, steps, {**SETTINGS, **changes})}


def lora(kind: str, base: str, targets: str, data, steps, **changes) -> dict:
    model = with_lora(base, targets)
    initial = save_adapter(model, f"{targets}_initial")
    result = run(kind, model, data, steps, {**SETTINGS, **LORA, **changes})
    final = save_adapter(model, f"{targets}_{kind}_final")
    saved = PeftModel.from_pretrained(load(FIXTURES / base), OUT / final).eval()
    assert torch.equal(probe(saved)["logits"], result["probe"]["logits"])
    merged = saved.merge_and_unload()
    assert (probe(merged)["logits"] - result["probe"]["logits"]).abs().max() < 1e-4
    scaled = PeftModel.from_pretrained(load(FIXTURES / base), OUT / final, config=with_rank_scale(OUT / final)).eval()
    return {"model": base, "initial": initial, "adapter": final, **result, "probe_rslora": probe(scaled)}


def with_rank_scale(adapter: Path) -> LoraConfig:
    """The adapter's own config with alpha / sqrt(r) for its scale."""
    config = LoraConfig.from_pretrained(adapter)
    config.use_rslora = True
    return config


def fixture(name: str, rows: dict, steps, runs: dict) -> None:
    write_json(OUT / f"{name}.json", {"versions": {**versions(), "peft": peft.__version__}, **rows, "steps": steps, **runs})


def make_all() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    examples, pairs = sft_examples(20), dpo_pairs(16)
    sft_plan, dpo_plan = plan(len(examples)), plan(len(pairs))
    sft, dpo = {"examples": examples}, {"pairs": pairs}
    sigmoid, cdpo = {"beta": 0.1, "label_smoothing": 0.0}, {"beta": 0.1, "label_smoothing": 0.1}
    fixture("sft", sft, sft_plan, {
        "llama": full("sft", "llama", examples, sft_plan),
        "llama_tied": full("sft", "llama_tied", examples, sft_plan),
    })
    fixture("dpo", dpo, dpo_plan, {
        "sigmoid": full("dpo", "llama", pairs, dpo_plan, **sigmoid),
        "cdpo": full("dpo", "llama", pairs, dpo_plan, **cdpo),
        "sigmoid_tied": full("dpo", "llama_tied", pairs, dpo_plan, **sigmoid),
    })
    fixture("sft_lora", sft, sft_plan, {
        "qv": lora("sft", "llama", "qv", examples, sft_plan),
        "all": lora("sft", "llama", "all", examples, sft_plan),
    })
    fixture("dpo_lora", dpo, dpo_plan, {
        "qv": lora("dpo", "llama", "qv", pairs, dpo_plan, **sigmoid),
        "all": lora("dpo", "llama", "all", pairs, dpo_plan, **sigmoid),
    })


if __name__ == "__main__":
    deterministic()
    make_all()
