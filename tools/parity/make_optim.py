"""Makes test/fixtures/parity/optim.json: torch's optimisers, clipping by global norm and transformers' schedules on given numbers."""

import torch
import transformers

from common import FIXTURES, deterministic, versions, write_json

STEPS = 10
SIZE = 6

# name -> (torch class, options); everything else is torch's default
OPTIMISERS = {
    "adamw": ("AdamW", {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}),
    "adamw_no_decay": ("AdamW", {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}),
    "adamw_other": ("AdamW", {"lr": 0.003, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    "sgd": ("SGD", {"lr": 0.1}),
    "sgd_momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd_momentum_decay": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    "rmsprop": ("RMSprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8}),
    "rmsprop_momentum": ("RMSprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "momentum": 0.9}),
    "rmsprop_decay": ("RMSprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.01}),
}


def numbers() -> tuple[torch.Tensor, torch.Tensor]:
    """Ordinary gradients, and three columns of trouble: always zero, tiny, and with a jump."""
    generator = torch.Generator().manual_seed(606)
    start, gradients = torch.randn(SIZE, generator=generator), torch.randn(STEPS, SIZE, generator=generator)
    gradients[:, 3] = 0
    gradients[:, 4] *= 1e-6
    gradients[5, 5] = 100
    return rounded_to_float32(start), rounded_to_float32(gradients)


def rounded_to_float32(values: torch.Tensor) -> torch.Tensor:
    """Six decimal digits, so that the file's text is exactly the number that was used."""
    return torch.tensor([float(f"{value:.6g}") for value in values.flatten().tolist()]).reshape(values.shape)


def optimise(kind: str, options: dict, start: torch.Tensor, gradients: torch.Tensor) -> dict:
    parameter = torch.nn.Parameter(start.clone())
    optimiser = getattr(torch.optim, kind)([parameter], **options)
    after = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimiser.step()
        after.append(parameter.detach().clone())
    return {"kind": kind, "options": options, "after": torch.stack(after)}


def clip(gradients: list[list[float]], max_norm: float) -> dict:
    parameters = [torch.nn.Parameter(torch.zeros(len(g))) for g in gradients]
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = torch.tensor(gradient)
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    return {"gradients": gradients, "max_norm": max_norm, "norm": norm, "clipped": [p.grad for p in parameters]}


def schedule(name: str, warmup: int) -> dict:
    """The multiplier of each optimiser step from 0; after the last step it is asked once more."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = transformers.get_scheduler(name, optimiser, num_warmup_steps=warmup, num_training_steps=STEPS)
    multipliers = []
    for _ in range(STEPS + 1):
        multipliers.append(scheduler.get_last_lr()[0])
        optimiser.step()
        scheduler.step()
    return {"name": name, "warmup_steps": warmup, "steps": STEPS, "multipliers": multipliers}


def make() -> None:
    start, gradients = numbers()
    schedules = [("constant", 0), ("constant_with_warmup", 3), ("linear", 0), ("linear", 2), ("linear", 3), ("cosine", 0), ("cosine", 2)]
    write_json(FIXTURES / "optim.json", {
        "versions": versions(),
        "start": start,
        "gradients": gradients,
        "optimizers": {name: optimise(*spec, start, gradients) for name, spec in OPTIMISERS.items()},
        "clip": [clip([[3.0, 0.0], [0.0, 4.0, 12.0]], 1.0), clip([[0.3], [0.4]], 1.0), clip([[0.0, 0.0]], 1.0)],
        "schedules": [schedule(*spec) for spec in schedules],
    })


if __name__ == "__main__":
    deterministic()
    make()
