# The client with hostile values: nasty keys, NaN, infinities, Unicode, thousand-entity batches and concurrent writers.
import math
from concurrent.futures import ThreadPoolExecutor

import mlflow
from driving import T0, attempt, step
from mlflow.entities import Metric, Param, RunTag

client = mlflow.MlflowClient()
unicode = {
    "astral": "😀𝒳🏴‍☠️",
    "combining": "e\u0301 n\u0303 \u1100\u1161",
    "composed": "é ñ 가",
    "rtl": "\u202eאבג\u202c العربية",
    "controls": "a\tb\nc\rd\x01\x1f\x7f",
    "nul-free": "\u2028\u2029\ufeff",
    "quotes": "'\"`\\%_$ {} [] <>&;--",
    "spaces": "  leading and trailing  ",
    "empty": "",
    "cjk": "日本語テキスト",
}
step("experiment")
experiment_id = client.create_experiment("Ex 😀 é\u0301 / 'quoted' \"double\" %_", tags={"ключ": "значение"})
attempt("odd: experiment tag of SQL", lambda: client.create_experiment("sql'; DROP TABLE runs;--", tags={"sql'; DROP TABLE runs;--": "x"}))
attempt("experiment by name", lambda: client.get_experiment_by_name("Ex 😀 é\u0301 / 'quoted' \"double\" %_"))
attempt("experiment by other form", lambda: client.get_experiment_by_name("Ex 😀 \u00e9\u0301 / 'quoted' \"double\" %_"))
attempt("experiment in another case", lambda: client.create_experiment("EX 😀 é\u0301 / 'quoted' \"double\" %_"))
step("run")
run_id = client.create_run(experiment_id, start_time=T0, run_name="рун 😀 'x'", tags={f"u/{k}": v for k, v in unicode.items()}).info.run_id
attempt("params", lambda: client.log_batch(run_id, params=[Param(f"p.{key}", value) for key, value in unicode.items()]))
attempt("tags", lambda: client.log_batch(run_id, tags=[RunTag(f"t {key}", value) for key, value in unicode.items()]))
for number, value in enumerate([math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 1e21, 123456789012345680.0, 1e-7, True]):
    attempt(f"metric {value}", lambda: client.log_metric(run_id, f"n/{number}", value, timestamp=T0 + number, step=number))
attempt("batch of odd metrics", lambda: client.log_batch(run_id, metrics=[Metric("odd", value, T0 + i, i) for i, value in enumerate([1.5, math.nan, math.inf, -math.inf, 2.5])]))
attempt("same step twice", lambda: client.log_batch(run_id, metrics=[Metric("twice", 1.0, T0, 1), Metric("twice", 2.0, T0, 1), Metric("twice", 2.0, T0, 1), Metric("twice", 0.5, T0 - 1, 1)]))
attempt("older step later", lambda: client.log_batch(run_id, metrics=[Metric("older", 1.0, T0, 5), Metric("older", 9.0, T0 + 9, 2)]))
attempt("nan against a number", lambda: client.log_batch(run_id, metrics=[Metric("versus", 0.0, T0, 1), Metric("versus", math.nan, T0, 1)]))
huge = client.create_run(client.create_experiment("huge"), start_time=T0).info.run_id
attempt("huge: lowest step", lambda: client.log_batch(huge, metrics=[Metric("low", 2.5, T0, -(2**63))]))
attempt("huge: history", lambda: client.get_metric_history(huge, "low"))
attempt("negative steps", lambda: client.log_batch(run_id, metrics=[Metric("negative", 1.0, T0, -1)]))
for key in ("odd", "twice", "older", "versus", "negative", "n/0", "n/1"):
    attempt(f"history {key}", lambda: client.get_metric_history(run_id, key))
for key in ("a*b", "a?b", "../up", "a//b", "/abs", "😀", "é", "日本", "a\u0301", "k" * 251, "", ".", "a\\b", "a&b", "a=b", "a#b", "a%b", "trailing/", "sp ace", "col:on", "dot.ted", "sla/sh", "under_score-dash", "tab\tbed"):
    attempt(f"metric key {key[:20]!r}", lambda: client.log_metric(run_id, key, 1.0, timestamp=T0))
    attempt(f"param key {key[:20]!r}", lambda: client.log_param(run_id, key, "1"))
    attempt(f"tag key {key[:20]!r}", lambda: client.set_tag(run_id, key, "1"))
attempt("everything", lambda: client.get_run(run_id))
attempt("long values", lambda: client.log_batch(run_id, params=[Param("long", "é" * 6001)], tags=[RunTag("long", "日" * 8001)]))
attempt("numbers as values", lambda: client.log_batch(run_id, params=[Param("int", 5), Param("list", [1, "a"]), Param("none", None), Param("dict", {"a": 1})]))
attempt("thousand", lambda: client.log_batch(run_id, metrics=[Metric(f"k{i % 40}", i / 4 + 0.125, T0 + i, i // 40) for i in range(800)], params=[Param(f"q{i}", str(i)) for i in range(100)], tags=[RunTag(f"g{i}", str(i)) for i in range(100)]))
attempt("one more", lambda: client.log_batch(run_id, metrics=[Metric("a", 1.5, T0, 1) for _ in range(1001)]))
attempt("overwrite rolls back", lambda: client.log_batch(run_id, metrics=[Metric("rolled", 1.0, T0, 0)], params=[Param("fresh", "1"), Param("q1", "changed")], tags=[RunTag("rolled", "1")]))
attempt("everything again", lambda: client.get_run(run_id))
for text in unicode.values():
    quoted = text.replace("'", "")
    attempt(f"search {text[:10]!r}", lambda: client.search_runs([experiment_id], f"params.`p.astral` = '{quoted}'"))
attempt("search unicode tag", lambda: client.search_runs([experiment_id], "tags.`u/cjk` LIKE '%本語%'"))
attempt("search by double quotes", lambda: client.search_runs([experiment_id], 'tags."t quotes" LIKE "%DROP%"'))
attempt("search run name", lambda: client.search_runs([experiment_id], "run_name = \"рун 😀 'x'\""))
attempt("search nan", lambda: client.search_runs([experiment_id], "metrics.`n/0` > 0"))
attempt("search infinity", lambda: client.search_runs([experiment_id], "metrics.`n/1` > 1e300"))
attempt("artifact name", lambda: client.log_text(run_id, "x", "ünï 😀/a b#c?d%e&f.txt"))
attempt("artifact names", lambda: client.list_artifacts(run_id, "ünï 😀"))
attempt("artifact back", lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/ünï 😀/a b#c?d%e&f.txt"))
attempt("model name", lambda: client.create_registered_model("Modèle 😀 'q' %_ .", tags={"ключ": "😀"}, description="日本\n'\""))
attempt("model version", lambda: client.create_model_version("Modèle 😀 'q' %_ .", "s3://bucket/ü 😀"))
attempt("model alias", lambda: client.set_registered_model_alias("Modèle 😀 'q' %_ .", "é", "1"))
attempt("model tag", lambda: client.set_model_version_tag("Modèle 😀 'q' %_ .", "1", "a/b*c", "x"))
attempt("model back", lambda: client.get_registered_model("Modèle 😀 'q' %_ ."))
attempt("model found", lambda: client.search_registered_models("name LIKE 'Mod_le%'"))
attempt("percent is literal in =", lambda: client.search_registered_models("name = 'Mod%'"))

step("concurrent writers")
shared = client.create_run(experiment_id, start_time=T0 + 1, run_name="shared").info.run_id


def write(writer: int) -> None:
    for step_number in range(4):
        client.log_batch(shared, metrics=[Metric(f"w{writer}", step_number + i / 10, T0 + i, step_number) for i in range(10)])
    client.log_param(shared, f"w{writer}", str(writer))
    client.set_tag(shared, f"w{writer}", str(writer))


with ThreadPoolExecutor(8) as pool:
    list(pool.map(write, range(8)))
step("after the writers")
client.get_run(shared)
for writer in range(8):
    client.get_metric_history(shared, f"w{writer}")
