# Turns a raw recording into golden JSON: what differs from server to server becomes a placeholder that a replay binds.
import base64
import json
import re
from urllib.parse import quote

IDENTIFIER = re.compile(
    r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-F][0-9A-F]))("
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:[a-z]{1,4}-)?[0-9a-f]{32}"
    r")(?![0-9A-Za-z])"
)
KINDS = {"": "run", "m": "model", "tr": "trace", "a": "assessment", "d": "dataset"}
RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,3}")
DIGEST = re.compile("[0-9a-f]{8}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
MILLISECONDS = range(1_600_000_000_000, 2_600_000_000_000)
TOKEN_FIELDS = {"next_page_token", "nextPageToken"}
EXPERIMENT_FIELDS = {"experiment_id", "experiment_ids", "experimentId", "experimentIds", "x-mlflow-experiment-id"}
# Where the number of an experiment stands inside a longer text: addresses of artifacts, query strings, bodies kept as text, messages.
EXPERIMENT_IN_TEXT = re.compile(
    r"((?:mlflow-artifacts:/|/mlflow-artifacts/(?:artifacts|mpu/\w+|presigned)/|[?&]experiment_ids?=|[?&]path=|[?&]experimentIds?="
    r"|\"experiment_ids?\": ?\[?\"|[Ee]xperiment (?:with )?(?:id|ID)?[= ]?'?|\"mlflow\.experimentId\": \"\\\"|artifact: ')"
    r")([1-9]\d*)(?![\d.])"
)
REPEATED = re.compile(r"([^{}])\1{99,}", re.S)


class Names:
    """Placeholders given so far, in the order in which answers first showed their values."""

    def __init__(self, host: str, folder: str):
        self.known: dict[str, str] = {}
        self.experiments: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.requested = ""
        self.fixed = {host: "{{host}}", folder: "{{folder}}"}

    def bind(self, kind: str, value: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        placeholder = "{{%s:%d}}" % (kind, self.counts[kind])
        (self.experiments if kind == "experiment" else self.known)[value] = placeholder
        return placeholder

    def text(self, value: str, answer: bool) -> str:
        """A text with every known identifier replaced; in an answer, new ones are named."""
        if "{{" in value:
            raise ValueError(f"A recorded text holds '{{{{', which placeholders use: {value[:80]}")
        for literal, placeholder in self.fixed.items():
            value = value.replace(literal, placeholder)
        value = IDENTIFIER.sub(lambda match: self.identifier(match[0], answer), value)
        value = EXPERIMENT_IN_TEXT.sub(lambda match: match[1] + self.experiments.get(match[2], match[2]), value)
        for literal, placeholder in self.known.items():
            if placeholder.startswith(("{{name:", "{{token:", "{{digest:")):
                value = value.replace(literal, placeholder).replace(quote(literal), placeholder)
        if answer:
            value = INSTANT.sub(lambda match: match[0] if match[0] in self.requested else "{{instant}}", value)
        return REPEATED.sub(lambda match: "{{repeat:%d:%s}}" % (len(match[0]), match[1]), value)

    def identifier(self, value: str, answer: bool) -> str:
        if value in self.known:
            return self.known[value]
        if not answer or value in self.requested:
            return value
        prefix = value.rpartition("-")[0] if value.count("-") == 1 else ""
        kind = "uuid" if value.count("-") == 4 else KINDS.get(prefix, prefix)
        return self.bind(kind, value)

    def leaf(self, field: str, value, answer: bool):
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            return value
        if isinstance(value, int):
            fresh = answer and value in MILLISECONDS and str(value) not in self.requested
            return "{{time}}" if fresh else value
        if field in EXPERIMENT_FIELDS and value.isdigit() and value != "0":
            if answer and value not in self.experiments:
                self.bind("experiment", value)
            return self.experiments.get(value, value)
        if answer and field == "records" and value.startswith("["):
            return {"{{jsonText}}": self.tree(json.loads(value), True)}
        if answer and field == "digest" and DIGEST.fullmatch(value) and value not in self.known and value not in self.requested:
            return self.bind("digest", value)
        if answer and field in TOKEN_FIELDS and value:
            # Equal tokens of two lists need not be equal on another server: each answer gives its own.
            return self.bind("token", value)
        if answer and RANDOM_NAME.fullmatch(value) and value not in self.known and value not in self.requested:
            self.bind("name", value)
        if answer and value.isdigit() and int(value) in MILLISECONDS and value not in self.requested:
            return "{{timeText}}"
        return self.text(value, answer)

    def tree(self, value, answer: bool, field: str = ""):
        if isinstance(value, dict):
            return {self.text(key, False): self.tree(one, answer, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.tree(one, answer, field) for one in value]
        return self.leaf(field, value, answer)


def exact_json(text: str):
    """The value of a JSON text that JavaScript would write the same way; None where it would not (1.0, NaN, repeated names)."""

    def refuse(literal):
        raise ValueError(literal)

    def pairs(members):
        if len({name for name, _ in members}) < len(members):
            raise ValueError("repeated name")
        return dict(members)

    def number(literal):
        value = float(literal)
        if value.is_integer() or "e" in literal.lower():
            raise ValueError(literal)
        return value

    try:
        value = json.loads(text, parse_constant=refuse, object_pairs_hook=pairs, parse_float=number)
    except (ValueError, RecursionError):
        return None
    if re.search(r"\\u[dD][89a-fA-F]", text) and re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)):
        return None
    return value if isinstance(value, (dict, list)) else None


def request_body(names: Names, request: dict) -> dict:
    body = whole_request_body(names, request)
    return shortened(body) if request["method"] == "PUT" and "/artifacts/" in request["path"] else body


def shortened(body: dict) -> dict:
    """A long uploaded file keeps its length, not its content: pictures and pages say nothing about the server."""
    if len(body.get("text", "")) > 8000:
        rest = len(body["text"].encode()) - len(body["text"][:100].encode())
        return {"text": body["text"][:100] + "{{repeat:%d:.}}" % rest} if "{{" not in body["text"] else body
    if sum(map(len, body.get("base64", []))) > 8000 and len(body["base64"]) == 1:
        raw = base64.b64decode(body["base64"][0])
        return {"base64": [base64.b64encode(raw[:99]).decode(), "{{repeat:%d:.}}" % (len(raw) - 99)]}
    return body


def whole_request_body(names: Names, request: dict) -> dict:
    if "base64" in request:
        return {"base64": split_binary(names, base64.b64decode(request["base64"]))}
    if "text" not in request:
        return {}
    value = exact_json(request["text"]) if "json" in request["headers"].get("content-type", "") else None
    if value is None:
        return {"text": names.text(request["text"], False)}
    return {"json": repeated_members(names.tree(value, False))}


def repeated_members(value):
    """Lists of one member many times over, written as the member and its count."""
    if isinstance(value, dict):
        return {key: repeated_members(one) for key, one in value.items()}
    if isinstance(value, list) and len(value) > 50 and all(one == value[0] for one in value):
        return {"{{times}}": len(value), "{{member}}": value[0]}
    return [repeated_members(one) for one in value] if isinstance(value, list) else value


def split_binary(names: Names, raw: bytes) -> list[str]:
    """Base64 parts with placeholders between them, so that a replay can put in its own identifiers."""
    text = raw.decode("latin-1")
    parts = IDENTIFIER.split(text)
    merged: list[str] = [""]
    for part in parts:
        if part in names.known:
            merged += [names.known[part], ""]
        else:
            merged[-1] += part
    encoded = [one if one.startswith("{{") else base64.b64encode(one.encode("latin-1")).decode() for one in merged]
    return [one for one in encoded if one]


def answer_body(names: Names, path: str, answer: dict) -> dict:
    if "base64" in answer:
        return {"base64": split_binary(names, base64.b64decode(answer["base64"]))}
    if "text" not in answer:
        return {}
    if path.split("?")[0] == "/version":
        return {"text": "{{version}}"}
    if "json" in answer["headers"].get("content-type", ""):
        try:
            value = json.loads(answer["text"], parse_constant=lambda literal: 1 / 0)
            return {"json": names.tree(value, True)}
        except (ValueError, ZeroDivisionError):
            pass
    return {"text": names.text(answer["text"], True)}


def omitted(path: str) -> set[str]:
    """Every answer forbids sniffing; that is kept only where files are served."""
    return set() if "artifact" in path else {"x-content-type-options"}


def normalise_exchange(names: Names, exchange: dict) -> dict:
    request, answer = exchange["request"], exchange["answer"]
    names.requested += json.dumps(request, ensure_ascii=False) + "\n"
    headers = {key: names.leaf(key, value, False) for key, value in request["headers"].items()}
    sent = {"method": request["method"], "path": names.text(request["path"], False)}
    sent |= with_headers(headers, request_body(names, request))
    heads = {key: names.text(value, True) for key, value in answer["headers"].items() if key not in omitted(request["path"])}
    got = {"status": answer["status"]} | with_headers(heads, answer_body(names, request["path"], answer))
    return {"step": exchange["step"], "request": sent, "answer": got}


def normalise(exchanges: list[dict], host: str, folder: str) -> list[dict]:
    """The golden form of a recording."""
    names = Names(host, folder)
    return [normalise_exchange(names, exchange) for exchange in exchanges]


def with_headers(headers: dict, body: dict) -> dict:
    """Headers and body; a JSON body means `application/json` unless the headers say otherwise."""
    if "json" in body and headers.get("content-type") == "application/json":
        headers = {name: value for name, value in headers.items() if name != "content-type"}
    return ({"headers": headers} if headers else {}) | body


class Shared:
    """Values that occur more than once, each kept once."""

    SMALLEST = 100

    def __init__(self, exchanges: list[dict]):
        self.counts: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.values: list = []
        self.count(exchanges)

    def text(self, value) -> str | None:
        if not isinstance(value, (dict, list, str)):
            return None
        text = json.dumps(value)
        return text if len(text) >= self.SMALLEST else None

    def count(self, value) -> None:
        text = self.text(value)
        if text is None:
            return
        self.counts[text] = self.counts.get(text, 0) + 1
        if self.counts[text] == 1 and not isinstance(value, str):
            for one in value.values() if isinstance(value, dict) else value:
                self.count(one)

    def replace(self, value):
        text = self.text(value)
        if text is None:
            return value
        if self.counts[text] < 2:
            return self.within(value)
        if text not in self.numbers:
            inner = self.within(value)
            self.numbers[text] = len(self.values)
            self.values.append(inner)
        return "{{shared:%d}}" % self.numbers[text]

    def within(self, value):
        if isinstance(value, dict):
            return {key: self.replace(one) for key, one in value.items()}
        return [self.replace(one) for one in value] if isinstance(value, list) else value


def one_line(exchange) -> str:
    text = json.dumps(exchange, ensure_ascii=False, separators=(",", ":"))
    lone_surrogate = re.search("[\ud800-\udfff]", text)
    return json.dumps(exchange, separators=(",", ":")) if lone_surrogate else text


def golden_text(flow: str, about: str, server: str, exchanges: list[dict]) -> str:
    """One exchange per line, so that a change shows as the lines that changed."""
    shared = Shared(exchanges)
    lines = ",\n".join([one_line(shared.within(one)) for one in exchanges])
    kept = ",\n".join(one_line(one) for one in shared.values)
    head = json.dumps({"flow": flow, "about": about, "recordedFrom": server}, ensure_ascii=False)
    return f'{head[:-1]}, "exchanges": [\n{lines}\n], "shared": [\n{kept}\n]}}\n'
