# Prints what a user of the client sees, step by step, in a form that is the same on every server that behaves the same.
import dataclasses
import enum
import hashlib
import json
import logging
import os
import re
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
OUT = sys.stdout
"""The transcript; what libraries print goes elsewhere."""

sys.stdout = sys.stderr
URL = os.environ["MLFLOW_TRACKING_URI"]
T0 = 1_700_000_000_000
"""A fixed time in milliseconds: times that a script gives are compared exactly."""

STARTED = int(time.time() * 1000) - 60_000
IDENTIFIER = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-F][0-9A-F]))([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:[a-z]{1,4}-)?[0-9a-f]{32})(?![0-9A-Za-z])")
EXPERIMENT_IN_TEXT = re.compile(r"(mlflow-artifacts:/|path=|[Ee]xperiment (?:with )?(?:id |ID )?'?)([1-9]\d{0,3})(?![\d.])")
RANDOM_NAME = re.compile(r"(?<![\w-])[a-z]+-[a-z]+-\d{1,3}(?![\w-])")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
NUMBER = re.compile(r"(?<![\w.])\d{13,19}(?![\w.])")
TEMPORARY = re.compile(r"/tmp/[\w./-]*?(?=(?:/(?:work|artifacts|back|mlflow)\b|['\"\s,)]|$))")
LATER_FIELDS = re.compile(r', ?"sqlstate": ?"\w+", ?"error_class": ?"\w+"')
"""Of error bodies since a later patch release of MLflow."""

SQL_ERROR = re.compile(r"(?:Error: )?(?:\(raised as a result of [^)]*\)\s*)?\((?:sqlite3|builtins)\.\w+\).*?\(Background on this error at: [^)]*\)", re.S)
PYTHON_SET = re.compile(r"\{('[^'{}]*'(?:, '[^'{}]*')+)\}")
known: dict[str, str] = {}
calls = 0


def placeholder(match: re.Match) -> str:
    return known.setdefault(match.group(1), f"<id {len(known) + 1}>")


def fresh(match: re.Match) -> str:
    """A number that is a time of now, in milli-, micro- or nanoseconds."""
    text = match.group(0)
    return "<time>" if STARTED <= int(text[:13]) <= STARTED + 7_200_000 else text


def normalised(text: str) -> str:
    text = SQL_ERROR.sub("<an SQL error>", text)
    text = text.replace(URL, "<server>").replace(URL.split("//")[1], "<server>")
    text = IDENTIFIER.sub(placeholder, text)
    text = EXPERIMENT_IN_TEXT.sub(r"\1<experiment \2>", text)
    text = INSTANT.sub(lambda match: match.group(0) if match.group(0).startswith(("2023-11-14", "1970")) else "<instant>", text)
    text = NUMBER.sub(fresh, text)
    text = LATER_FIELDS.sub("", text)
    text = PYTHON_SET.sub(lambda match: "{" + ", ".join(sorted(match.group(1).split(", "))) + "}", text)
    text = TEMPORARY.sub("<folder>", text)
    return RANDOM_NAME.sub("<name>", text)


def members(value) -> dict | None:
    """The public attributes of an entity of the client."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if type(value).__module__.startswith("mlflow.") or type(value).__name__ in {"Prompt", "PromptVersion"}:
        names = [name for name in dir(type(value)) if isinstance(getattr(type(value), name, None), property)]
        if names:
            return {name: attribute(value, name) for name in names if not name.startswith("_")}
    return None


def attribute(value, name):
    try:
        return getattr(value, name)
    except Exception as error:  # noqa: BLE001 - an attribute that raises is part of what is seen
        return f"<raises {type(error).__name__}: {error}>"


def sorting(one) -> str:
    """Lists whose order the client does not define are compared as sets; without placeholders, which are given in order of appearance."""
    return IDENTIFIER.sub("", INSTANT.sub("", NUMBER.sub("", json.dumps(one, sort_keys=True, default=str))))


def plain(value, depth: int = 0):
    """The value as JSON types."""
    if depth > 12:
        return "..."
    if isinstance(value, enum.Enum):
        return str(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, bytes):
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()[:16]}
    if isinstance(value, Path):
        return tree(value)
    if isinstance(value, dict):
        return {str(key): plain(one, depth + 1) for key, one in value.items()}
    if type(value).__name__ == "PagedList":
        return {"items": [plain(one, depth + 1) for one in value], "more": bool(value.token)}
    if isinstance(value, (list, tuple)):
        return [plain(one, depth + 1) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    module = type(value).__module__.split(".")[0]
    if type(value).__name__ == "DataFrame":
        return {"columns": [f"{name}: {dtype}" for name, dtype in value.dtypes.items()], "rows": plain(value.to_dict("split")["data"], depth + 1)}
    if module == "numpy":
        return plain(value.tolist(), depth + 1)
    if module == "google":
        return str(value)
    inner = members(value)
    if inner is not None:
        return {type(value).__name__: plain(inner, depth + 1)}
    return f"<{type(value).__name__}>" if " at 0x" in repr(value) else repr(value)


def tree(path: Path):
    """A file's content, or a folder's files."""
    if path.is_file():
        return plain(path.read_bytes())
    return {str(one.relative_to(path)): plain(one.read_bytes()) for one in sorted(path.rglob("*")) if one.is_file()}


UNORDERED = {"params", "tags", "metrics", "_tags"}
VOLATILE = re.compile(r"^(execution_(time|duration)(_ms)?|_?start_time_ns|_?end_time_ns|timestamp_ns)$")


EXPERIMENT = {"experiment_id", "_experiment_id", "mlflow.experimentId"}
LATER_MEMBERS = {"sqlstate", "error_class"}


def named(_field: str, value: str) -> str:
    return value if value == "0" or not value.isdigit() else f"<experiment {value}>"


def ordered(value, field: str = ""):
    """Dictionaries by key, and lists whose order nobody defines by content."""
    if isinstance(value, dict):
        return {key: named(key, one) if key in EXPERIMENT and isinstance(one, str) else "<time>" if VOLATILE.match(key) and isinstance(one, int) and one > 0 and not T0 <= one else ordered(one, key) for key, one in sorted(value.items()) if key not in LATER_MEMBERS}
    if isinstance(value, list):
        items = [ordered(one) for one in value]
        return sorted(items, key=sorting) if field in UNORDERED else items
    return value


def emit(text: str) -> None:
    OUT.write(normalised(text).encode("utf-8", "backslashreplace").decode() + "\n")
    OUT.flush()


def refusal(error: BaseException) -> str:
    code = getattr(error, "error_code", None)
    return f"  ! {type(error).__module__.split('.')[0]}.{type(error).__name__}{f' [{code}]' if code else ''}: {error}"


def show(name: str, action):
    """Runs one step and prints its result, or the error that a user would see; gives the result, None after an error."""
    global calls
    calls += 1
    emit(f"## {name}")
    try:
        result = action()
    except Exception as error:  # noqa: BLE001 - whatever the client raises is what a user would see
        emit(refusal(error))
        return None
    emit(json.dumps(ordered(plain(result)), indent=1, ensure_ascii=False, default=str))
    return result


def note(name: str, value) -> None:
    """Prints a value that is there already."""
    show(name, lambda: value)


def finish() -> None:
    emit(f"# {calls} steps")
