# A hostile user's script: nasty keys and values, every limit, wrong types sent raw, deleted states, and writers that race in threads and processes.
import json
import math
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import mlflow
import requests
from mlflow.entities import Metric, Param, RunTag, ViewType
from transcript import T0, URL, finish, show

client = mlflow.MlflowClient()
API = f"{URL}/api/2.0/mlflow"
UNICODE = {
    **{"astral": "😀𝒳🏴‍☠️", "combining": "e\u0301 n\u0303 \u1100\u1161", "composed": "é ñ 가", "rtl": "\u202eאבג\u202c العربية", "controls": "a\tb\nc\rd\x01\x1f\x7f"},
    **{"separators": "\u2028\u2029\ufeff", "quotes": "'\"`\\%_$ {} [] <>&;--", "spaces": "  both ends  ", "empty": "", "cjk": "日本語テキスト", "nul": "a\0b", "surrogate": "\ud800", "zero width": "a\u200bb", "case": "İıßſ"},
}
KEYS = ["a*b", "a?b", "../up", "a//b", "/abs", "😀", "é", "日本", "a\u0301", "k" * 250, "k" * 251, "", ".", "..", "a/../b", "a/./b", "a\\b", "a&b", "a=b", "a#b", "a%b", "trailing/", " lead", "sp ace", "col:on", "dot.ted", "sla/sh", "under_score-dash", "tab\tbed", "new\nline", "q'uote", 'q"uote', "`tick`", "NaN", "null", "0", "-1", "a\0b", "٣", "constructor", "__proto__", "toString", "mlflow.user"]


def short(text: str) -> str:
    return repr(text[:24]).replace("\\ud800", "lone")


def raw(name: str, path: str, body=None, *, method: str = "POST", text: str | bytes | None = None, headers: dict | None = None, query: dict | None = None):
    """One request without the client; the answer's status and body."""

    def send():
        data = text if text is not None else (json.dumps(body) if body is not None else None)
        sent = {"Content-Type": "application/json"} if data is not None else {}
        target = path if path.startswith("http") else f"{API}/{path}"
        answer = requests.request(method, target, data=data.encode() if isinstance(data, str) else data, headers=sent | (headers or {}), params=query, timeout=60)
        kind = answer.headers.get("content-type", "").split(";")[0]
        return {"status": answer.status_code, "type": kind, "body": answer.json() if kind == "application/json" and answer.text else answer.text[:300]}

    return show(f"raw {name}", send)


# Values
experiment_id = show("experiment with a nasty name", lambda: {"experiment_id": client.create_experiment("Ex 😀 é\u0301 / 'q' \"d\" %_", tags={"ok": "значение 😀"})})["experiment_id"]
for key in ("ключ", "sql'; DROP TABLE runs;--", "a/../b", "😀"):
    show(f"experiment tag at creation {short(key)}", lambda: client.get_experiment(client.create_experiment(f"tagged {short(key)}", tags={key: "x"})).tags)
    show(f"experiment tag {short(key)}", lambda: client.set_experiment_tag(experiment_id, key, "x"))
show("experiment by name", lambda: client.get_experiment_by_name("Ex 😀 é\u0301 / 'q' \"d\" %_"))
show("experiment by another normal form", lambda: client.get_experiment_by_name("Ex 😀 \u00e9\u0301 / 'q' \"d\" %_"))
show("experiment in another case", lambda: client.create_experiment("EX 😀 é\u0301 / 'q' \"d\" %_").isdigit())
for name in ("", " ", "x" * 500, "x" * 501, "a\0b", "\ud800", "/", "..", "0", "a\nb"):
    show(f"experiment name {short(name)} of {len(name)}", lambda: client.get_experiment(client.create_experiment(name)).name)
for name in (5, None, ["x"], {"a": 1}, True):
    show(f"experiment name {name!r}", lambda: client.create_experiment(name).isdigit())
run_id = client.create_run(experiment_id, start_time=T0, run_name="рун 😀 'x'").info.run_id
apart = client.create_run(client.create_experiment("apart"), start_time=T0, run_name="apart").info.run_id
"""Gets what one of the servers refuses, so that what the others hold can be compared."""
for name, value in UNICODE.items():
    where = apart if name == "nul" else run_id
    show(f"param {name}", lambda: client.log_batch(where, params=[Param(f"p.{name}", value)]))
    show(f"tag {name}", lambda: client.set_tag(where, f"t {name}", value))
    show(f"run named {name}", lambda: client.create_run(experiment_id, start_time=T0 - 5, run_name=value).info.run_name if value else None)
    show(f"experiment tag value {name}", lambda: client.set_experiment_tag(experiment_id, f"e {name}", value))
for number, value in enumerate([math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1 / 3, 1e21, 1e16, 1e15, 123456789012345680.0, 1e-7, 1e-5, 0.1 + 0.2, True, 10**400, "1.5", "nan", "abc", None, 2**63, [1]]):
    show(f"metric value {str(value)[:30]}", lambda: client.log_metric(run_id, f"n/{number:02}", value, timestamp=T0 + number, step=number))
for step in (0, -1, -(2**63), 2**63 - 1, 2**63, 1.0, 1.5, "1", 2**53, 2**53 + 1):
    show(f"metric step {step}", lambda: client.log_metric(run_id if step in (0, -1) else apart, "steps", 1.0, timestamp=T0, step=step))
for stamp in (0, -1, 1, 2**63 - 1, 2**63, 1.5, "5"):
    show(f"metric timestamp {stamp}", lambda: client.log_metric(run_id if stamp in (0, 1) else apart, "stamps", 1.0, timestamp=stamp))
show("odd metrics in one batch", lambda: client.log_batch(run_id, metrics=[Metric("odd", value, T0 + i, i) for i, value in enumerate([1.5, math.nan, math.inf, -math.inf, 2.5])]))
show("same step twice", lambda: client.log_batch(run_id, metrics=[Metric("twice", 1.0, T0, 1), Metric("twice", 2.0, T0, 1), Metric("twice", 2.0, T0, 1), Metric("twice", 0.5, T0 - 1, 1)]))
show("older step later", lambda: client.log_batch(run_id, metrics=[Metric("older", 1.0, T0, 5), Metric("older", 9.0, T0 + 9, 2)]))
show("NaN against a number", lambda: client.log_batch(run_id, metrics=[Metric("versus", 0.0, T0, 1), Metric("versus", math.nan, T0, 1)]))
show("NaN first", lambda: client.log_batch(run_id, metrics=[Metric("first", math.nan, T0, 1), Metric("first", -3.0, T0, 1)]))
show("negative steps", lambda: client.log_batch(run_id, metrics=[Metric("negative", 1.0, T0, -1), Metric("negative", 2.0, T0, -1000)]))
for key in ("odd", "twice", "older", "versus", "first", "negative", "steps", "stamps", "n/00", "n/01", "n/02", "n/04"):
    show(f"history {key}", lambda: sorted(map(repr, ((one.step, one.timestamp, one.value) for one in client.get_metric_history(run_id, key)))))
for key in KEYS:
    show(f"metric key {short(key)}", lambda: client.log_metric(run_id, key, 1.0, timestamp=T0))
    show(f"param key {short(key)}", lambda: client.log_param(run_id, key, "1"))
    show(f"tag key {short(key)}", lambda: client.set_tag(run_id, key, "1"))
    show(f"batch metric key {short(key)}", lambda: client.log_batch(run_id, metrics=[Metric(key, 2.0, T0, 1)]))
    show(f"history of key {short(key)}", lambda: len(client.get_metric_history(run_id, key)))
    show(f"model tag key {short(key)}", lambda: (client.get_registered_model("keys") if key != KEYS[0] else client.create_registered_model("keys")) and client.set_registered_model_tag("keys", key, "1"))
show("everything", lambda: client.get_run(run_id))
show("all tags of the model", lambda: client.get_registered_model("keys").tags)
show("search frame", lambda: mlflow.search_runs([experiment_id], "attributes.run_name LIKE 'рун%'").sort_index(axis=1))

# Limits
def logged_params(count: int):
    with mlflow.start_run(run_id=limits):
        mlflow.log_params({f"many{index}": index for index in range(count)})
    return sum(key.startswith("many") for key in client.get_run(limits).data.params)


def long_history():
    for start in range(0, 30_000, 1000):
        client.log_batch(limits, metrics=[Metric("long", i, T0 + i, i) for i in range(start, start + 1000)])
    history = client.get_metric_history(limits, "long")
    return len(history), history[0].step, history[-1].step


def ordered_by_nan(direction: str):
    found = client.search_experiments(filter_string="name = 'nan order'")
    if not found:
        made = client.create_experiment("nan order")
        for index, value in enumerate([1.0, math.nan, -1.0, None, math.inf, -math.inf, 0.0]):
            one = client.create_run(made, start_time=T0 + index, run_name=f"v {value}").info.run_id
            if value is not None:
                client.log_metric(one, "m", value, timestamp=T0)
    return client.search_runs([client.get_experiment_by_name("nan order").experiment_id], order_by=[f"metrics.m {direction}"])


limits = client.create_run(experiment_id, start_time=T0, run_name="limits").info.run_id
for name, action in {
    "param 6000": lambda: client.log_param(limits, "p6000", "x" * 6000),
    "param 6001": lambda: client.log_param(limits, "p6001", "é" * 6001),
    "tag 8000": lambda: client.set_tag(limits, "t8000", "x" * 8000),
    "tag 8001": lambda: client.set_tag(limits, "t8001", "日" * 8001),
    "astral tag": lambda: client.set_tag(limits, "astral", "😀" * 8001),
    "tag of a megabyte": lambda: client.set_tag(limits, "huge", "x" * 1_000_000),
    "lengths": lambda: ({key: len(value) for key, value in client.get_run(limits).data.params.items()}, {key: len(value) for key, value in client.get_run(limits).data.tags.items()}),
    "tag values at run creation": lambda: len(client.create_run(experiment_id, tags={"long": "x" * 8001}).data.tags["long"]),
    "tag key 251 at run creation": lambda: sorted(map(len, client.create_run(experiment_id, tags={"k" * 251: "x"}).data.tags)),
    "nasty tag key at run creation": lambda: sorted(client.create_run(experiment_id, tags={"a*b 😀": "x"}).data.tags),
    "run name 500": lambda: len(client.create_run(experiment_id, run_name="r" * 500).info.run_name),
    "run name 9000": lambda: len(client.create_run(experiment_id, run_name="r" * 9000).info.run_name),
    "1000 metrics": lambda: client.log_batch(limits, metrics=[Metric(f"m{i % 50}", i / 4, T0 + i, i // 50) for i in range(1000)]),
    "1001 metrics": lambda: client.log_batch(limits, metrics=[Metric("over", 1.0, T0, i) for i in range(1001)]),
    "100 params": lambda: client.log_batch(limits, params=[Param(f"q{i}", str(i)) for i in range(100)]),
    "101 params": lambda: client.log_batch(limits, params=[Param(f"r{i}", str(i)) for i in range(101)]),
    "101 tags": lambda: client.log_batch(limits, tags=[RunTag(f"r{i}", str(i)) for i in range(101)]),
    "1000 in all": lambda: client.log_batch(limits, metrics=[Metric(f"s{i % 7}", i, T0, i) for i in range(800)], params=[Param(f"s{i}", str(i)) for i in range(100)], tags=[RunTag(f"s{i}", str(i)) for i in range(100)]),
    "1001 in all": lambda: client.log_batch(limits, metrics=[Metric("z", i, T0, i) for i in range(901)], params=[Param(f"z{i}", str(i)) for i in range(100)]),
    "mlflow.log_params 250": lambda: logged_params(250),
    "duplicate params differ": lambda: client.log_batch(limits, params=[Param("dup", "1"), Param("dup", "2")]),
    "duplicate params same": lambda: client.log_batch(limits, params=[Param("dup", "1"), Param("dup", "1")]),
    "duplicate tags": lambda: client.log_batch(limits, tags=[RunTag("dup", "1"), RunTag("dup", "2")]),
    "overwrite rolls back": lambda: client.log_batch(limits, metrics=[Metric("rolled", 1.0, T0, 0)], params=[Param("fresh", "1"), Param("q1", "changed")], tags=[RunTag("rolled", "1")]),
    "one bad key rolls back": lambda: client.log_batch(limits, metrics=[Metric("rolled", 1.0, T0, 0), Metric("a*b", 1.0, T0, 0)]),
    "counts": lambda: (len(client.get_run(limits).data.metrics), len(client.get_run(limits).data.params), len(client.get_run(limits).data.tags), "rolled" in client.get_run(limits).data.metrics, "fresh" in client.get_run(limits).data.params),
    "long history": lambda: long_history(),
    "experiment tag value 5000": lambda: client.set_experiment_tag(experiment_id, "long", "v" * 5000),
    "experiment tag value 5001": lambda: client.set_experiment_tag(experiment_id, "long", "v" * 5001),
    "experiment tag key 251": lambda: client.set_experiment_tag(experiment_id, "k" * 251, "v"),
    "artifact location 2049": lambda: client.create_experiment("located", artifact_location="s3://b/" + "x" * 2049),
    "artifact location with query": lambda: client.create_experiment("located", artifact_location="s3://b/x?a=b").isdigit(),
    "artifact location with ..": lambda: client.create_experiment("located ..", artifact_location="s3://b/../x").isdigit(),
    "alias 255": lambda: client.set_registered_model_alias("keys", "a" * 255, "1"),
    "alias 256": lambda: client.set_registered_model_alias("keys", "a" * 256, "1"),
    "model tag value 100001": lambda: client.set_registered_model_tag("keys", "long", "x" * 100_001),
    "model tag value 5001": lambda: len(client.set_registered_model_tag("keys", "long", "x" * 5001) or client.get_registered_model("keys").tags["long"]),
    "model name 256": lambda: client.create_registered_model("n" * 256).name,
    "model name 257": lambda: client.create_registered_model("n" * 257),
    "model description 10000": lambda: len(client.update_registered_model("keys", "d" * 10_000).description),
    "page of nothing": lambda: client.search_runs([experiment_id], max_results=0),
    "negative page": lambda: client.search_runs([experiment_id], max_results=-3),
    "bad token": lambda: client.search_runs([experiment_id], page_token="!!!"),
    "page of too many models": lambda: client.search_registered_models(max_results=1001),
    "page of too many versions": lambda: client.search_model_versions(max_results=200_001),
    "page of too many experiments": lambda: client.search_experiments(max_results=50_001),
}.items():
    show(name, action)


def raced(work, count: int, executor=ThreadPoolExecutor):
    with executor(8) as pool:
        return list(pool.map(work, range(count)))


# Searching for what is nasty
for name, value in UNICODE.items():
    quoted = value.replace("'", "")
    show(f"search param = {name}", lambda: [one.info.run_id == run_id for one in client.search_runs([experiment_id], f"params.`p.{name}` = '{quoted}'")])
    show(f"search tag LIKE {name}", lambda: [one.info.run_id == run_id for one in client.search_runs([experiment_id], f"tags.`t {name}` LIKE '%{quoted[:3]}%'")])
for query in ("metrics.`n/00` > 0", "metrics.`n/00` = 0", "metrics.`n/00` < 1", "metrics.`n/01` > 1e308", "metrics.`n/02` < -1e308", "metrics.`n/04` = 0", "metrics.`n/05` > 0", "metrics.`n/08` = 0.3333333333333333", "params.p.quotes = 'x'", "tags.`a''b` = 'x'", "params.`x` = 'it''s'", "params.`x` = \"it's\"", "params.`x` = 'a\\'b'", "tags.`t cjk` ILIKE '%本語%'", "tags.`t composed` ILIKE '%É%'", "tags.`t case` ILIKE 'i%'", "tags.`t quotes` LIKE '%\\%\\_%'", "run_name ILIKE 'РУН%'", "params.`p.empty` = ''", "params.`p.spaces` = 'both ends'", "metrics.m > 9999999999999999999999", "metrics.m > 1e999", "a" * 5000, "metrics.m > 1 " + "AND metrics.m > 1 " * 50, "(" * 50, "params.p = '" + "x" * 10_000 + "'", "attributes.run_id IN ('" + "','".join(["x"] * 300) + "')", "params.p = 'x' -- comment", "/* */ params.p = 'x'", "\t\n params.p\n=\n'x' ", "tags.mlflow.runName LIKE '%😀%'"):
    show(f"search {query[:50]!r} of {len(query)}", lambda: [one.info.run_name for one in client.search_runs([experiment_id], query)])
show("order by NaN", lambda: [one.info.run_name for one in ordered_by_nan("DESC")])
show("order by NaN upwards", lambda: [one.info.run_name for one in ordered_by_nan("ASC")])

# Raw requests with wrong types
for name, body in {
    **{"nothing": {}, "null id": {"run_id": None, "key": "k", "value": 1, "timestamp": 1}, "number id": {"run_id": 5, "key": "k", "value": 1, "timestamp": 1}, "list key": {"run_id": run_id, "key": ["k"], "value": 1, "timestamp": 1}},
    **{"text value": {"run_id": run_id, "key": "k", "value": "x", "timestamp": 1}, "numeric text": {"run_id": run_id, "key": "k", "value": "2.5", "timestamp": "7"}, "null value": {"run_id": run_id, "key": "k", "value": None, "timestamp": 1}, "object value": {"run_id": run_id, "key": "k", "value": {}, "timestamp": 1}},
    **{"text step": {"run_id": run_id, "key": "k", "value": 1, "timestamp": 1, "step": "x"}, "list": [1], "number": 5, "unknown field": {"run_id": run_id, "key": "k", "value": 1, "timestamp": 1, "what": {"ever": 1}}, "uuid": {"run_uuid": run_id, "key": "k", "value": 1, "timestamp": 2}},
    **{"camel case": {"runId": run_id, "key": "k", "value": 3, "timestamp": 3}},
}.items():
    raw(f"log-metric {name}", "runs/log-metric", body)
for name, body in {
    **{"metrics an object": {"run_id": run_id, "metrics": {}}, "metrics of texts": {"run_id": run_id, "metrics": ["x"]}, "metric without key": {"run_id": run_id, "metrics": [{"value": 1, "timestamp": 1}]}, "metric without value": {"run_id": run_id, "metrics": [{"key": "k", "timestamp": 1}]}},
    **{"metric without time": {"run_id": run_id, "metrics": [{"key": "k", "value": 1}]}, "params null": {"run_id": run_id, "params": None}, "param without value": {"run_id": run_id, "params": [{"key": "nv"}]}, "param number": {"run_id": run_id, "params": [{"key": "num", "value": 5}]}, "tag number": {"run_id": run_id, "tags": [{"key": "num", "value": 5}]}},
    **{"no run": {"metrics": []}, "empty": {"run_id": run_id}, "missing run": {"run_id": "0" * 32, "metrics": []}},
}.items():
    raw(f"log-batch {name}", "runs/log-batch", body)
for name, text in {"no JSON": "{", "empty": "", "twice": json.dumps(json.dumps({"name": "twice encoded"})), "array": "[]", "text": '"x"', "number": "1", "bytes": b"\xff\xfe", "deep": "[" * 500 + "]" * 500, "duplicate names": '{"name": "first name", "name": "second name"}', "comment": '{"name": "x" /* */}', "NaN": '{"name": NaN}', "byte order mark": '\ufeff{"name": "bom"}'}.items():
    raw(f"create body {name}", "experiments/create", text=text)
for kind in ("text/plain", "application/json; charset=utf-8", "application/JSON", "application/x-www-form-urlencoded", ""):
    raw(f"content type {kind}", "experiments/create", text=json.dumps({"name": f"typed {kind}"}), headers={"Content-Type": kind})
for name, path in {"unknown": "experiments/unknown", "wrong verb": "experiments/create", "trailing slash": "experiments/get/", "get-by-name without": "experiments/get-by-name", "twice the id": "experiments/get?experiment_id=0&experiment_id=1", "unknown parameter": "experiments/get?experiment_id=0&x=y", "bad limit": "experiments/search?max_results=x", "bad view": "experiments/search?view_type=SOME", "view by number": "experiments/search?max_results=5&view_type=2", "huge limit": "experiments/search?max_results=99999999999", "no limit": "experiments/search", "history without key": f"metrics/get-history?run_id={run_id}", "bulk interval": f"metrics/get-history-bulk-interval?run_ids={run_id}&metric_key=odd&max_results=2", "bulk interval bad": f"metrics/get-history-bulk-interval?run_ids={run_id}&metric_key=odd&max_results=0", "bulk interval range": f"metrics/get-history-bulk-interval?run_ids={run_id}&metric_key=odd&start_step=3&end_step=1"}.items():
    raw(f"GET {name}", path, method="GET")
ARTIFACTS = f"{URL}/api/2.0/mlflow-artifacts/artifacts"
for path in ("..%2fx", "%2e%2e/x", "a/%2e%2e/%2e%2e/x", "%2fetc%2fpasswd", "..%5cx", "%252e%252e/x", "a%00b", "C:/x", "~/x", "a//b", "%20", "none"):
    raw(f"artifact GET {path}", f"{ARTIFACTS}/{path}", method="GET")
    raw(f"artifact PUT {path}", f"{ARTIFACTS}/{path}", method="PUT", text="x")

# Artifacts with nasty names and sizes
def placed(name: str) -> str:
    return apart if "\\" in name or "\t" in name else run_id


for name in ("ünï 😀.txt", "a b#c?d%e&f.txt", "%41.txt", "plus+.txt", "semi;colon.txt", "quote'.txt", "e\u0301.txt", "x" * 200, "deep/" * 12 + "f", ".hidden", "-dash", "a\\b", "tab\t.txt"):
    show(f"artifact {short(name)}", lambda: (client.log_text(placed(name), f"text of {name[:9]}", name), mlflow.artifacts.load_text(f"{client.get_run(placed(name)).info.artifact_uri}/{name}"))[1])
show("artifact names", lambda: sorted(one.path for one in client.list_artifacts(run_id)))
show("artifact downloads", lambda: Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="deep")))


def big_file():
    block = bytes(range(256)) * 4096
    Path("big.bin").write_bytes(block * 24)
    client.log_artifact(run_id, "big.bin")
    got = Path(client.download_artifacts(run_id, "big.bin", str(Path("big-back").mkdir() or "big-back")))
    return got


show("artifact of 24 MiB", big_file)
show("hundred files", lambda: (Path("many").mkdir(), [Path(f"many/{i}").write_text(str(i)) for i in range(100)], client.log_artifacts(run_id, "many", "many"), len(client.list_artifacts(run_id, "many")))[3])
show("file over a folder", lambda: client.log_text(run_id, "x", "many"))
show("folder over a file", lambda: client.log_text(run_id, "x", "big.bin/inner"))

# Registry
for name in ("Modèle 😀 'q' %_", "a/b", "a:b", "", " ", ".", "..", "-", "x" * 300, "a\nb", "a\0b", "日本", "a\\b", "a?b", "a#b", "a%2fb"):
    show(f"model {short(name)}", lambda: client.create_registered_model(name, description="日本\n'\"").name)
    show(f"version of {short(name)}", lambda: client.create_model_version(name, "s3://bucket/ü 😀").source)
    show(f"model {short(name)} back", lambda: (client.get_registered_model(name).description, client.get_model_version(name, "1").version))
for source in ("s3://b/../x", "/etc/passwd", "file:///etc/passwd", "mlflow-artifacts:/../../x", "mlflow-artifacts:/0/x", "runs:/x/y", "models:/keys/1", "s3://b/%2e%2e/x", "dbfs:/x", "http://h/x?a=b", "", "relative/path", "s3:/x", "s3://b/x#../y"):
    show(f"version source {source}", lambda: client.create_model_version("keys", source).source)
for alias in ("é", "a b", "1", "v1", "V2", "LATEST", "a/b", "", "-", "_", "a.b", "😀"):
    show(f"alias {alias!r}", lambda: client.set_registered_model_alias("keys", alias, "1"))
for version in ("0", "-1", "1.0", " 1", "01", "x", "99999", 1, 1.0, "١"):
    show(f"get version {version!r}", lambda: client.get_model_version("keys", version).version)
for query in ("name = 'Modèle 😀 ''q'' %_'", "name LIKE 'Mod_le%'", "name LIKE '%\\%%'", "name ILIKE 'MODÈLE%'", "name = 'Mod%'", "name LIKE '日%'", "tags.`é` = '1'", "tags.é = '1'"):
    show(f"search models {query}", lambda: [one.name for one in client.search_registered_models(query)])

# States
doomed = client.create_experiment("doomed")
first = client.create_run(doomed, start_time=T0, run_name="first").info.run_id
second = client.create_run(doomed, start_time=T0 + 1, run_name="second").info.run_id
client.delete_run(second)
client.delete_experiment(doomed)
for name, action in {
    "run of a deleted experiment": lambda: client.get_run(first).info.lifecycle_stage,
    "log to a deleted experiment": lambda: client.log_metric(first, "m", 1.0),
    "batch to a deleted experiment": lambda: client.log_batch(first, params=[Param("p", "1")]),
    "tag in a deleted experiment": lambda: client.set_tag(first, "t", "1"),
    "delete tag in a deleted experiment": lambda: client.delete_tag(first, "mlflow.runName"),
    "update in a deleted experiment": lambda: client.update_run(first, status="FINISHED"),
    "terminate in a deleted experiment": lambda: client.set_terminated(first),
    "restore run of a deleted experiment": lambda: client.restore_run(first),
    "tag a deleted experiment": lambda: client.set_experiment_tag(doomed, "k", "v"),
    "delete a tag of a deleted experiment": lambda: client.delete_experiment_tag(doomed, "k"),
    "artifact to a deleted experiment": lambda: client.log_text(first, "x", "x.txt"),
    "create run in a deleted experiment": lambda: client.create_run(doomed),
    "logged model in a deleted experiment": lambda: client.create_logged_model(doomed, "m"),
    "search in a deleted experiment": lambda: len(client.search_runs([doomed], run_view_type=ViewType.ALL)),
    "start_run in a deleted experiment": lambda: mlflow.start_run(experiment_id=doomed),
    "restore": lambda: client.restore_experiment(doomed),
    "stages after": lambda: [client.get_run(one).info.lifecycle_stage for one in (first, second)],
    "log after": lambda: client.log_metric(first, "m", 1.0, timestamp=T0),
    "log inputs to missing": lambda: client.log_inputs("0" * 32, []),
    "log outputs to missing": lambda: client.log_outputs("0" * 32, []),
    "set_terminated missing": lambda: client.set_terminated("0" * 32),
    "delete missing run": lambda: client.delete_run("0" * 32),
    "restore missing run": lambda: client.restore_run("0" * 32),
    "restore missing experiment": lambda: client.restore_experiment("987654"),
    "delete Default": lambda: client.delete_experiment("0"),
    "log to Default": lambda: client.create_run("0"),
    "restore Default": lambda: client.restore_experiment("0"),
    "resume finished": lambda: (client.set_terminated(first, "FINISHED", T0 + 5), mlflow.start_run(run_id=first), mlflow.log_metric("m", 2.0, step=1, timestamp=T0), mlflow.end_run("KILLED"), client.get_run(first).info.status)[4],
    "resume malformed": lambda: mlflow.start_run(run_id="../../x"),
    "get malformed": lambda: client.get_run("../../x"),
    "get experiment malformed": lambda: client.get_experiment("abc"),
    "get experiment negative": lambda: client.get_experiment("-1"),
    "get experiment huge": lambda: client.get_experiment("9" * 30),
}.items():
    show(name, action)
mlflow.end_run()

# Races
shared = client.create_run(experiment_id, start_time=T0, run_name="shared").info.run_id


def write(writer: int) -> None:
    for step in range(6):
        client.log_batch(shared, metrics=[Metric(f"w{writer}", step * 10 + i, T0 + i, step) for i in range(10)])
    client.log_param(shared, f"w{writer}", str(writer))
    client.set_tag(shared, f"w{writer}", str(writer))


def same(writer: int) -> str:
    outcomes = []
    for action in (lambda: client.log_param(shared, "same", "value"), lambda: client.log_metric(shared, "same", 1.0, timestamp=T0, step=1), lambda: client.set_tag(shared, "same", "x")):
        try:
            action()
            outcomes.append("ok")
        except Exception as error:  # noqa: BLE001
            outcomes.append(f"{type(error).__name__}: {str(error)[:60]}")
    return " ".join(outcomes)


def conflicting(writer: int) -> str:
    try:
        client.log_param(shared, "conflict", str(writer))
        return "ok"
    except mlflow.MlflowException as error:
        return error.error_code


def create_same(writer: int) -> str:
    try:
        client.create_experiment("raced")
        return "ok"
    except mlflow.MlflowException as error:
        return error.error_code


def version(writer: int) -> int:
    return int(client.create_model_version("raced", f"s3://b/{writer}").version)


show("eight threads write", lambda: raced(write, 8))
show("shared run", lambda: (client.get_run(shared).data.params, client.get_run(shared).data.metrics, client.get_run(shared).data.tags))
show("shared histories", lambda: [len(client.get_metric_history(shared, f"w{writer}")) for writer in range(8)])
show("threads write the same", lambda: sorted(raced(same, 16)))
show("the same is there once", lambda: len(client.get_metric_history(shared, "same")))
show("threads conflict", lambda: sorted(raced(conflicting, 16)))
show("threads create one experiment", lambda: sorted(raced(create_same, 12)))
client.create_registered_model("raced")
show("threads register versions", lambda: sorted(raced(version, 24)))
show("threads move an alias", lambda: (raced(lambda i: client.set_registered_model_alias("raced", "a", str(i + 1)), 8), len(client.get_registered_model("raced").aliases))[1])
show("threads log artifacts", lambda: (raced(lambda i: client.log_text(shared, str(i), f"{i}.txt"), 24), len(client.list_artifacts(shared)))[1])


def in_process(run: str, writer: int) -> None:
    own = mlflow.MlflowClient(URL)
    for step in range(5):
        own.log_batch(run, metrics=[Metric("shared", writer, T0 + writer, step)], tags=[RunTag("last", "x")])
    own.log_param(run, f"process{writer}", str(os.getpid() > 0))


def processes():
    fork = multiprocessing.get_context("fork")
    started = [fork.Process(target=in_process, args=(shared, writer)) for writer in range(4)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    return [one.exitcode for one in started]


show("four processes write", processes)
show("what the processes wrote", lambda: (len(client.get_metric_history(shared, "shared")), sorted(key for key in client.get_run(shared).data.params if key.startswith("process"))))
show("threads log asynchronously", lambda: (raced(lambda i: client.log_metric(shared, "async", i, timestamp=T0, step=i, synchronous=False).wait(), 40), len(client.get_metric_history(shared, "async")))[1])
show("threads are done", lambda: [one.name for one in threading.enumerate() if one.name == "MainThread"])
finish()
