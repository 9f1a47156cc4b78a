"""Contender of `npm run bench:serving`: transformers' generate on PyTorch, all clients as one batch that arrives at once."""

import argparse
import json
import os
import resource
import time


def process_started() -> float:
    """Seconds since 1970 at which this process began, so that imports count as loading."""
    with open("/proc/self/stat") as file:
        ticks = int(file.read().rsplit(") ", 1)[1].split()[19])
    with open("/proc/uptime") as file:
        uptime = float(file.read().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def load(directory: str, precision: str):
    import torch
    from transformers import AutoModelForCausalLM

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, local_files_only=True).eval()
    if precision == "int8":
        model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
    return model


def write(model, prompts: list[list[int]], new_tokens: int) -> list[dict]:
    """Shorter prompts are padded on the left, as transformers asks for."""
    import torch

    start = time.perf_counter()
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in prompts])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in prompts])
    times: list[float] = []

    def note_time(ids, scores, **_):
        times.append((time.perf_counter() - start) * 1000)
        return torch.zeros(ids.shape[0], dtype=torch.bool)

    from transformers import StoppingCriteriaList

    with torch.inference_mode():
        out = model.generate(
            input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=new_tokens, pad_token_id=0,
            stopping_criteria=StoppingCriteriaList([note_time]),
        )
    texts = out[:, longest:].tolist()
    assert all(len(text) == new_tokens for text in texts) and len(times) == new_tokens
    return [{"times": times, "tokens": text} for text in texts]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16", "int8"], default="fp32")
    options = parser.parse_args()
    with open(options.workload) as file:
        workload = json.load(file)

    import torch

    torch.set_num_threads(workload["threads"])
    model = load(options.model, options.precision)
    load_seconds = time.time() - process_started()
    cases = []
    for case in workload["cases"]:
        write(model, case["warmUp"], workload["warmUpTokens"])
        before = time.process_time()
        texts = write(model, case["prompts"], case["newTokens"])
        cases.append({"texts": texts, "processorSeconds": time.process_time() - before})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"loadSeconds": load_seconds, "peakMb": peak, "cases": cases}))


if __name__ == "__main__":
    main()
