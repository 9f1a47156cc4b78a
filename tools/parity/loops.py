"""Plain PyTorch fine-tuning in fp32: batches, the two losses with TRL's metrics, AdamW by Hugging Face's rules, LoRA by PEFT."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import get_linear_schedule_with_warmup
from transformers.trainer import Trainer

PAD = 0


def pad_rows(rows: list[list[int]], value: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def batch(rows: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    """(ids, completion mask) rows to right-padded ids, attention mask, completion mask."""
    ids = pad_rows([row for row, _ in rows], PAD)
    attention = pad_rows([[1] * len(row) for row, _ in rows], 0)
    return ids, attention, pad_rows([mask for _, mask in rows], 0)


def sft_batch(examples: list[dict], indexes: list[int]):
    return batch([(examples[i]["ids"], examples[i]["mask"]) for i in indexes])


def dpo_batch(pairs: list[dict], indexes: list[int]):
    """Chosen rows first, then rejected rows, padded together."""
    return batch([
        (pairs[i]["prompt"] + pairs[i][side], [0] * len(pairs[i]["prompt"]) + [1] * len(pairs[i][side]))
        for side in ("chosen", "rejected")
        for i in indexes
    ])


def forward(model, ids: Tensor, attention: Tensor, completion: Tensor) -> dict[str, Tensor]:
    """Shifted by one: what each position says of the next token, and which of those count."""
    logits = model(input_ids=ids, attention_mask=attention, use_cache=False).logits[:, :-1]
    labels, mask = ids[:, 1:], completion[:, 1:].bool()
    logps = F.log_softmax(logits, dim=-1)
    token_logps = logps.gather(-1, labels[..., None])[..., 0]
    detached = logps.detach()
    return {
        "logps": torch.where(mask, token_logps, 0.0),
        "mask": mask,
        "entropy": -(detached.exp() * detached).sum(-1),
        "mean_logits": logits.detach().mean(-1),
        "correct": logits.argmax(-1) == labels,
    }


def of_tokens(values: Tensor, mask: Tensor) -> float:
    return (values.float() * mask).sum().item() / mask.sum().item()


def sft_step(model, micro: list, settings: dict) -> dict[str, float]:
    """One effective batch: the sum of token losses over the number of trained tokens of ALL its micro-batches."""
    tokens = sum(completion[:, 1:].sum().item() for _, _, completion in micro)
    total, entropies, accuracies = 0.0, [], []
    for one in micro:
        out = forward(model, *one)
        loss = -out["logps"].sum() / tokens
        loss.backward()
        total += loss.item()
        entropies.append(of_tokens(out["entropy"], out["mask"]))
        accuracies.append(of_tokens(out["correct"], out["mask"]))
    return {
        "loss": total, "tokens": tokens,
        "entropy": sum(entropies) / len(micro), "mean_token_accuracy": sum(accuracies) / len(micro),
    }


def dpo_micro(model, reference, one, settings: dict) -> tuple[Tensor, dict[str, float]]:
    beta, smoothing = settings["beta"], settings["label_smoothing"]
    out = forward(model, *one)
    chosen, rejected = out["logps"].sum(1).chunk(2)
    with torch.no_grad():
        ref_chosen, ref_rejected = reference(one).chunk(2)
    chosen_ratio, rejected_ratio = chosen - ref_chosen, rejected - ref_rejected
    x = beta * (chosen_ratio - rejected_ratio)
    loss = (-(1 - smoothing) * F.logsigmoid(x) - smoothing * F.logsigmoid(-x)).mean()
    win, lose = beta * chosen_ratio.detach(), beta * rejected_ratio.detach()
    (chosen_mask, rejected_mask), (chosen_mean, rejected_mean) = out["mask"].chunk(2), out["mean_logits"].chunk(2)
    return loss, {
        "loss": loss.item(),
        "rewards/chosen": win.mean().item(),
        "rewards/rejected": lose.mean().item(),
        "rewards/margins": (win - lose).mean().item(),
        "rewards/accuracies": (win > lose).float().mean().item(),
        "logps/chosen": chosen.mean().item(),
        "logps/rejected": rejected.mean().item(),
        "logits/chosen": of_tokens(chosen_mean, chosen_mask),
        "logits/rejected": of_tokens(rejected_mean, rejected_mask),
        "entropy": of_tokens(out["entropy"], out["mask"]),
        "mean_token_accuracy": of_tokens(out["correct"].chunk(2)[0], chosen_mask),
    }


def dpo_step(model, reference, micro: list, settings: dict) -> dict[str, float]:
    """One effective batch: the mean over pairs, and each metric the unweighted mean over micro-batches."""
    logs = []
    for one in micro:
        loss, metrics = dpo_micro(model, reference, one, settings)
        (loss / len(micro)).backward()
        logs.append(metrics)
    return {key: sum(log[key] for log in logs) / len(logs) for key in logs[0]}


def optimiser_of(model, settings: dict) -> torch.optim.AdamW:
    """AdamW in two groups; names that Hugging Face's rule exempts (biases and norms) are not decayed."""
    decayed = set(Trainer.get_decay_parameter_names(None, model))
    trained = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for name, p in trained if name in decayed], "weight_decay": settings["weight_decay"]},
        {"params": [p for name, p in trained if name not in decayed], "weight_decay": 0.0},
    ]
    betas = (settings["beta1"], settings["beta2"])
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=settings["learning_rate"], betas=betas, eps=settings["epsilon"])


def train(model, micro_steps: list, step, settings: dict) -> dict[str, list[float]]:
    """Runs `step` for each effective batch; returns each metric as a series, `learning_rate` being the one that was applied."""
    model.train()  # no dropout anywhere: the same numbers as in evaluation
    optimiser = optimiser_of(model, settings)
    schedule = get_linear_schedule_with_warmup(optimiser, settings["warmup_steps"], len(micro_steps))
    trained = [p for p in model.parameters() if p.requires_grad]
    series: dict[str, list[float]] = {}
    seen = 0
    for micro in micro_steps:
        optimiser.zero_grad()
        metrics = step(model, micro, settings)
        seen += sum(attention.sum().item() for _, attention, _ in micro)
        metrics["num_tokens"] = seen
        metrics["learning_rate"] = schedule.get_last_lr()[0]
        metrics["grad_norm"] = torch.nn.utils.clip_grad_norm_(trained, settings["max_grad_norm"]).item()
        optimiser.step()
        schedule.step()
        assert all(math.isfinite(value) for value in metrics.values())
        for key, value in metrics.items():
            series.setdefault(key, []).append(value)
    model.eval()
    return series
