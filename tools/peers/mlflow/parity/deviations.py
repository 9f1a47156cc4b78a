# What Hone shows otherwise than MLflow on purpose, each with its reason.
import re
from typing import NamedTuple


class Deviation(NamedTuple):
    """A step fits when its script and name do, and both transcripts hold what they must."""

    reason: str
    step: str
    """Fits the whole name of the step."""
    mlflow: str = ""
    """Occurs in what MLflow shows."""
    hone: str = ""
    """Occurs in what Hone shows."""
    script: str = ""


DEVIATIONS: list[Deviation] = []


def reason_for(script: str, step: str, mlflow: str, hone: str) -> str | None:
    """The reason why a step differs, if it is meant."""
    for one in DEVIATIONS:
        if one.script in ("", script) and re.fullmatch(one.step, step) and re.search(one.mlflow, mlflow) and re.search(one.hone, hone):
            return one.reason
    return None
