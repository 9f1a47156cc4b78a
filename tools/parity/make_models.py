"""Makes test/fixtures/parity/<model>/ and rope.json: small random models saved by transformers, and what they compute."""

import copy
import json
import shutil
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config

from common import FIXTURES, deterministic, randomise, token_ids, versions, write_json

POSITIONS = [0, 1, 7, 8, 16, 23]
LENGTH = 24
SHORT = 17
PROMPT = 5
NEW_TOKENS = 12

LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
BASE = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "bos_token_id": 1, "eos_token_id": 2}

# name -> (config, seed, save_pretrained options, keys that only an older config.json would hold)
MODELS = {
    "llama": (
        LlamaConfig(
            **BASE, vocab_size=101, hidden_size=32, intermediate_size=48, max_position_embeddings=256,
            attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5, tie_word_embeddings=False, rope_parameters=dict(LLAMA3),
        ),
        11, {}, {},
    ),
    "llama_tied": (
        LlamaConfig(
            **BASE, vocab_size=97, hidden_size=32, intermediate_size=48, max_position_embeddings=128,
            rms_norm_eps=1e-5, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
        ),
        12, {}, {},
    ),
    "llama_bf16_sharded": (
        LlamaConfig(
            **{**BASE, "num_key_value_heads": 1}, vocab_size=97, hidden_size=32, intermediate_size=40, max_position_embeddings=64,
            rms_norm_eps=1e-6, tie_word_embeddings=False, rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0},
        ),
        13, {"dtype": torch.bfloat16, "max_shard_size": 16_000}, {},
    ),
    "mistral": (
        MistralConfig(
            **BASE, vocab_size=99, hidden_size=32, intermediate_size=48, head_dim=12, max_position_embeddings=128,
            sliding_window=None, rms_norm_eps=1e-5, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        ),
        14, {}, {},
    ),
    "mistral_window": (
        MistralConfig(
            **{**BASE, "num_key_value_heads": 4}, vocab_size=97, hidden_size=24, intermediate_size=40, max_position_embeddings=64,
            sliding_window=8, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        ),
        15, {}, {},
    ),
    # Published Qwen2 files name a sliding window that `use_sliding_window: false` switches off: a trap worth keeping.
    "qwen2": (
        Qwen2Config(
            **BASE, vocab_size=97, hidden_size=32, intermediate_size=48, max_position_embeddings=128,
            tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        ),
        16, {}, {"sliding_window": 4, "use_sliding_window": False, "max_window_layers": 1},
    ),
}

# The same weights under another config: rope scaling seen through a whole model, the dynamic one past its length.
VARIANTS = {
    "llama_tied": {
        "linear": {"rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}},
        "dynamic": {
            "rope_parameters": {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}, "max_position_embeddings": 16,
        },
        "yarn": {
            "rope_parameters": {
                "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32,
            },
        },
    },
}


def legacy(config: dict, extra: dict) -> dict:
    """The same config as transformers 4 wrote it: rope_theta beside rope_scaling, and torch_dtype."""
    old = {key: value for key, value in config.items() if key not in ("rope_parameters", "dtype", "layer_types")}
    scaling = dict(config["rope_parameters"])
    old["rope_theta"] = scaling.pop("rope_theta")
    old["rope_scaling"] = None if scaling["rope_type"] == "default" else scaling
    if scaling["rope_type"] in ("linear", "dynamic"):  # the oldest spelling of all
        scaling["type"] = scaling.pop("rope_type")
    old["torch_dtype"] = config["dtype"]
    old["transformers_version"] = "4.45.0"
    return {**old, **extra}


def load(directory: Path, config=None):
    model = AutoModelForCausalLM.from_pretrained(directory, config=config, dtype=torch.float32, attn_implementation="eager")
    return model.eval()


def forward(model, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=mask, use_cache=False).logits


def greedy(model, prompt: torch.Tensor) -> dict:
    """Arg-max continuation without a stop token, by whole forwards; `generate` with its cache must agree."""
    ids, gaps = prompt, []
    for _ in range(NEW_TOKENS):
        last = forward(model, ids)[:, -1]
        top = last.topk(2).values[0]
        gaps.append((top[0] - top[1]).item())
        ids = torch.cat([ids, last.argmax(-1, keepdim=True)], dim=1)
    if model.config.rope_parameters["rope_type"] != "dynamic":  # its cached keys keep the rotation of an earlier length
        cached = model.generate(prompt, max_new_tokens=NEW_TOKENS, do_sample=False, eos_token_id=None, pad_token_id=0)
        assert torch.equal(cached, ids), f"generate() and whole forwards differ: {cached} {ids}"
    return {"prompt": prompt[0].tolist(), "tokens": ids[0, prompt.shape[1] :].tolist(), "min_gap": min(gaps)}


def expected(model, seed: int) -> dict:
    """Logits of some positions, and of all positions the log of the sum of exponentials, which no wrong logit survives."""
    ids = token_ids(seed, 2, LENGTH, model.config.vocab_size)
    mask = torch.ones_like(ids)
    mask[1, SHORT:] = 0
    padded = ids * mask
    plain, under_mask = forward(model, ids), forward(model, padded, mask)
    return {
        "versions": versions(),
        "ids": ids.tolist(),
        "positions": POSITIONS,
        "logits": plain[:, POSITIONS],
        "logsumexp": plain.logsumexp(-1),
        "padded": {
            "ids": padded.tolist(),
            "attention_mask": mask.tolist(),
            "lengths": [LENGTH, SHORT],
            "last_logits": torch.stack([under_mask[0, LENGTH - 1], under_mask[1, SHORT - 1]]),
            "logsumexp": [under_mask[0].logsumexp(-1).tolist(), under_mask[1, :SHORT].logsumexp(-1).tolist()],
        },
        "greedy": greedy(model, ids[:1, :PROMPT]),
    }


def variant(directory: Path, name: str, changes: dict) -> dict:
    config = AutoConfig.from_pretrained(directory)
    for key, value in changes.items():
        setattr(config, key, copy.deepcopy(value))
    config = type(config)(**{key: value for key, value in config.to_dict().items() if key != "model_type"})
    model = load(directory, config)
    ids = token_ids(77, 1, LENGTH, config.vocab_size)
    logits = forward(model, ids)
    return {
        "name": name, "config": changes, "ids": ids.tolist(), "positions": [1, LENGTH - 1],
        "logits": logits[:, [1, LENGTH - 1]], "logsumexp": logits.logsumexp(-1),
    }


def make_model(name: str) -> None:
    config, seed, options, extra = MODELS[name]
    directory = FIXTURES / name
    shutil.rmtree(directory, ignore_errors=True)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    randomise(model, seed)
    options = dict(options)
    model.to(options.pop("dtype", torch.float32)).save_pretrained(directory, **options)

    saved = json.loads((directory / "config.json").read_text())
    (directory / "config.legacy.json").write_text(json.dumps(legacy(saved, extra), indent=2, sort_keys=True) + "\n")
    model = load(directory)
    result = expected(model, seed)
    old = load(directory, AutoConfig.from_pretrained(directory / "config.legacy.json"))
    ids = torch.tensor(result["ids"])
    assert torch.equal(forward(model, ids), forward(old, ids)), f"{name}: the two spellings of config.json differ"
    result["variants"] = [variant(directory, key, value) for key, value in VARIANTS.get(name, {}).items()]
    write_json(directory / "expected.json", result)


# name -> (head_dim, max_position_embeddings, rope_parameters, sequence lengths)
ROPES = {
    "default": (16, 128, {"rope_type": "default", "rope_theta": 10000.0}, [64]),
    "linear": (16, 128, {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}, [64]),
    "dynamic": (16, 32, {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}, [16, 32, 33, 100]),
    "yarn": (
        16, 256,
        {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64},
        [64, 200],
    ),
    "yarn_no_original": (16, 128, {"rope_type": "yarn", "rope_theta": 500000.0, "factor": 8.0}, [64]),
    "yarn_attention_factor": (
        16, 256,
        {
            "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64,
            "attention_factor": 0.75, "beta_fast": 16.0, "beta_slow": 2.0, "truncate": False,
        },
        [64],
    ),
    "yarn_mscale": (
        16, 256,
        {
            "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64,
            "mscale": 1.0, "mscale_all_dim": 0.7,
        },
        [64],
    ),
    "llama3_published": (
        64, 131072,
        {
            "rope_type": "llama3", "rope_theta": 500000.0, "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        },
        [128],
    ),
    "llama3_small": (8, 256, dict(LLAMA3), [64]),
    "longrope": (
        8, 128,
        {
            "rope_type": "longrope", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32,
            "short_factor": [1.0, 1.05, 1.1, 1.2], "long_factor": [1.0, 2.5, 4.0, 6.5],
        },
        [32, 33],
    ),
}


def rope_case(name: str) -> dict:
    """One scaling with its two spellings; each length in a fresh model, as the dynamic kinds depend on the longest row."""
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    head_dim, longest, parameters, lengths = ROPES[name]
    sizes = {"hidden_size": head_dim * 2, "num_attention_heads": 2, "max_position_embeddings": longest}
    scaling = {key: value for key, value in parameters.items() if key != "rope_theta"}
    old = {"rope_theta": parameters["rope_theta"], "rope_scaling": None if name == "default" else scaling}
    if name in ("linear", "dynamic"):
        scaling["type"] = scaling.pop("rope_type")
    results = []
    for length in lengths:
        rope = LlamaRotaryEmbedding(LlamaConfig(**sizes, rope_parameters=copy.deepcopy(parameters)))
        cos, sin = rope(torch.zeros(1), torch.arange(length)[None])
        same = LlamaRotaryEmbedding(LlamaConfig(**sizes, **copy.deepcopy(old)))
        assert torch.equal(same(torch.zeros(1), torch.arange(length)[None])[0], cos), f"{name}: spellings differ"
        at, half = [0, 1, length - 1], head_dim // 2
        results.append({
            "seq_len": length, "inv_freq": rope.inv_freq, "attention_scaling": rope.attention_scaling,
            "positions": at, "cos": cos[0, at, :half], "sin": sin[0, at, :half],
        })
    return {"head_dim": head_dim, "config": {**sizes, "rope_parameters": parameters}, "legacy": {**sizes, **old}, "results": results}


if __name__ == "__main__":
    deterministic()
    for model_name in MODELS:
        make_model(model_name)
    write_json(FIXTURES / "rope.json", {"versions": versions(), **{name: rope_case(name) for name in ROPES}})
