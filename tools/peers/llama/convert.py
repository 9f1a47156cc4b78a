"""Turns a saved Llama model into GGUF files for llama.cpp: `convert.py MODEL OUT` writes OUT/model-f32.gguf and OUT/model-q8_0.gguf."""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file

BLOCK = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(name: str) -> str:
    module = name.removesuffix(".weight")
    if module in TOP:
        return f"{TOP[module]}.weight"
    _, _, layer, part = module.split(".", 3)
    return f"blk.{layer}.{BLOCK[part]}.weight"


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rotary pairs stand half a head apart in Hugging Face's files, next to each other in llama.cpp's."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def add_config(writer: gguf.GGUFWriter, config: dict, file_type: gguf.LlamaFileType) -> None:
    head = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    rope = config.get("rope_parameters") or {}
    writer.add_file_type(file_type)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(config.get("rope_theta") or rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])


def add_tokenizer(writer: gguf.GGUFWriter, model: Path, config: dict) -> None:
    """Byte-level BPE; ids that the tokenizer does not have are unused tokens."""
    tokenizer = json.loads((model / "tokenizer.json").read_text())
    special = {token["id"] for token in tokenizer["added_tokens"]}
    names = {id: name for name, id in tokenizer["model"]["vocab"].items()}
    names.update({token["id"]: token["content"] for token in tokenizer["added_tokens"]})
    ids = range(config["vocab_size"])
    kind = {True: gguf.TokenType.CONTROL, False: gguf.TokenType.NORMAL}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([names.get(id, f"[PAD{id}]") for id in ids])
    writer.add_token_types([kind[id in special] if id in names else gguf.TokenType.UNUSED for id in ids])
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]])
    eos = config["eos_token_id"]
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(eos[0] if isinstance(eos, list) else eos)
    writer.add_add_bos_token(False)


def convert(model: Path, target: Path, kind: Type) -> None:
    config = json.loads((model / "config.json").read_text())
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(target, "llama")
    add_config(writer, config, {Type.F32: gguf.LlamaFileType.ALL_F32, Type.Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0}[kind])
    add_tokenizer(writer, model, config)
    for name, tensor in load_file(model / "model.safetensors").items():
        weight = tensor.float().numpy()
        if "q_proj" in name:
            weight = interleave(weight, config["num_attention_heads"])
        if "k_proj" in name:
            weight = interleave(weight, config["num_key_value_heads"])
        stored = kind if weight.ndim > 1 else Type.F32
        writer.add_tensor(gguf_name(name), gguf.quants.quantize(weight, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    source, out = map(Path, sys.argv[1:])
    convert(source, out / "model-f32.gguf", Type.F32)
    convert(source, out / "model-q8_0.gguf", Type.Q8_0)
