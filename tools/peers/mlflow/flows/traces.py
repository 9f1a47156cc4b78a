# Traces as the client sends and reads them: decorated functions, spans, tags, assessments, links, evaluation datasets.
import sys

import mlflow
from driving import T0, attempt, call, step
from mlflow.entities import AssessmentSource, Feedback

sys.tracebacklimit = 0  # spans keep tracebacks, which would name paths of the recording machine
client = mlflow.MlflowClient()
step("set_experiment")
experiment_id = mlflow.set_experiment("traces").experiment_id
run_id = client.create_run(experiment_id, start_time=T0, run_name="traced").info.run_id


@mlflow.trace(span_type="CHAIN", attributes={"k": "v"})
def outer(question):
    with mlflow.start_span("inner", span_type="LLM") as span:
        span.set_inputs({"q": question})
        span.set_outputs({"a": question.upper()})
        span.add_event(mlflow.entities.SpanEvent("event", timestamp=T0))
    mlflow.update_current_trace(tags={"team": "vision"}, metadata={"mlflow.trace.user": "ada", "mlflow.trace.session": "s1"})
    return inner_fail(question)


@mlflow.trace
def inner_fail(question):
    if question == "fail":
        raise ValueError("on purpose")
    return question[::-1]


def traced(question):
    outer(question)
    mlflow.flush_trace_async_logging()
    return mlflow.get_last_active_trace_id()


first = attempt("trace", lambda: traced("hello 😀"))
attempt("trace that fails", lambda: traced("fail"))
mlflow.flush_trace_async_logging()
failed = mlflow.get_last_active_trace_id()


def in_run():
    with mlflow.start_run(run_id=run_id):
        return traced("in a run")


third = attempt("trace in a run", in_run)
step("start_trace by hand")
root = client.start_trace("by hand", inputs={"x": 1}, tags={"t": "1"}, experiment_id=experiment_id, start_time_ns=T0 * 1_000_000)
child = client.start_span("child", root.trace_id, root.span_id, start_time_ns=T0 * 1_000_000 + 5)
client.end_span(root.trace_id, child.span_id, outputs=[1, 2], end_time_ns=(T0 + 5) * 1_000_000)
client.end_trace(root.trace_id, outputs={"y": 2}, status="OK", end_time_ns=(T0 + 9) * 1_000_000)
mlflow.flush_trace_async_logging()
hand = root.trace_id
human = AssessmentSource(source_type="HUMAN", source_id="ada")
for name, action in {
    "get_trace": lambda: client.get_trace(first, display=False),
    "get_trace missing": lambda: client.get_trace("tr-" + "0" * 32, display=False),
    "search_traces": lambda: mlflow.search_traces([experiment_id]),
    "search_traces list": lambda: client.search_traces([experiment_id], order_by=["timestamp_ms ASC"]),
    "search_traces filter": lambda: client.search_traces([experiment_id], "status = 'ERROR' AND tags.team = 'vision'"),
    "search_traces run": lambda: mlflow.search_traces([experiment_id], run_id=run_id),
    "search_traces without spans": lambda: mlflow.search_traces([experiment_id], include_spans=False),
    "set_trace_tag": lambda: client.set_trace_tag(first, "k", "v"),
    "set_trace_tag again": lambda: mlflow.set_trace_tag(first, "k", "w"),
    "delete_trace_tag": lambda: client.delete_trace_tag(first, "k"),
    "delete_trace_tag again": lambda: client.delete_trace_tag(first, "k"),
    "link_traces_to_run": lambda: client.link_traces_to_run([first, failed], run_id),
    "search linked": lambda: client.search_traces([experiment_id], f"run_id = '{run_id}'"),
    "unlink_traces_from_run": lambda: client.unlink_traces_from_run([failed], run_id),
}.items():
    attempt(name, action)
feedback = attempt("log_feedback", lambda: mlflow.log_feedback(trace_id=first, name="good", value=True, rationale="because", source=human, metadata={"m": "1"}))
score = attempt("log_feedback number", lambda: mlflow.log_feedback(trace_id=first, name="score", value=0.75))
attempt("log_feedback list", lambda: mlflow.log_feedback(trace_id=first, name="list", value=["a", 1]))
attempt("log_feedback error", lambda: mlflow.log_feedback(trace_id=first, name="broken", error=ValueError("x")))
expectation = attempt("log_expectation", lambda: mlflow.log_expectation(trace_id=first, name="answer", value={"text": "x"}, source=human))
attempt("log_feedback missing trace", lambda: mlflow.log_feedback(trace_id="tr-" + "0" * 32, name="good", value=True))
for name, action in {
    "get_assessment": lambda: mlflow.get_assessment(first, feedback.assessment_id),
    "get_assessment missing": lambda: mlflow.get_assessment(first, "a-" + "0" * 32),
    "update_assessment": lambda: mlflow.update_assessment(first, feedback.assessment_id, Feedback(name="good", value=False)),
    "override_feedback": lambda: mlflow.override_feedback(trace_id=first, assessment_id=score.assessment_id, value=0.5, rationale="no"),
    "get_trace assessed": lambda: client.get_trace(first, display=False),
    "search by feedback": lambda: client.search_traces([experiment_id], "feedback.score = '0.5'"),
    "search by expectation": lambda: client.search_traces([experiment_id], "expectation.answer IS NOT NULL"),
    "delete_assessment": lambda: mlflow.delete_assessment(first, feedback.assessment_id),
    "delete_assessment again": lambda: mlflow.delete_assessment(first, feedback.assessment_id),
}.items():
    attempt(name, action)

V3 = "/api/3.0/mlflow/traces"
step("written by REST")


def info(number, **more):
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}
    return {
        **{"trace_id": f"tr-{number:032x}", "trace_location": location, "state": "OK", "request_time": f"2023-11-14T22:13:2{number}Z"},
        **{"request_preview": f"ask {number}", "response_preview": f"say {number}", "execution_duration": f"0.{number}00s"},
        **{"tags": {"mlflow.traceName": f"name{number}", "env": "dev" if number % 2 else "prod"}, "trace_metadata": {"mlflow.trace_schema.version": "3", "m": str(number)}},
        **more,
    }


for number in range(1, 6):
    call(f"start {number}", "POST", V3, body={"trace": {"trace_info": info(number)}})
call("start nowhere", "POST", V3, body={"trace": {"trace_info": info(7, trace_location={"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "999"}})}})
call("start without info", "POST", V3, body={"trace": {}})
call("start nothing", "POST", V3, body={})
call("start with client id", "POST", V3, body={"trace": {"trace_info": info(6, client_request_id="c-6", state="IN_PROGRESS", execution_duration=None)}})


def search(filter, *order, **more):
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}
    body = {"locations": [location], **({"filter": filter} if filter is not None else {}), "order_by": list(order) or ["timestamp_ms ASC"], **more}
    return call(f"search {filter or 'all'} {' '.join(order)}", "POST", f"{V3}/search", body=body)


for text in (
    *(None, "", "status = 'OK'", "status != 'OK'", "status IN ('OK', 'ERROR')", "attributes.status = 'IN_PROGRESS'", "trace.status = 'ERROR'", "name = 'name1'", "trace.name LIKE 'name%'", "name ILIKE 'NAME2'", "name RLIKE '^name[12]$'"),
    *(f"request_id = 'tr-{1:032x}'", f"trace_id = 'tr-{1:032x}'", f"trace.request_id IN ('tr-{1:032x}', 'tr-{2:032x}')", "client_request_id = 'c-6'", "client_request_id IS NULL"),
    *("timestamp > 1700000001000", "timestamp_ms <= 1700000002000", "attributes.timestamp_ms = 1700000003000", "execution_time > 250", "execution_time_ms <= 200", "end_time > 0", "end_time_ms IS NULL", "timestamp > 'x'"),
    *("tags.env = 'dev'", "tag.env != 'dev'", "tags.env LIKE 'p%'", "tags.env IS NULL", "tags.env IS NOT NULL", "tags.env RLIKE 'd.v'", "tags.`mlflow.traceName` = 'name1'", "metadata.m = '1'", "request_metadata.m = '1'", "metadata.m IS NULL", "metadata.`mlflow.trace.session` = 's1'"),
    *("span.name = 'inner'", "span.type = 'LLM'", "span.name LIKE 'in%'", "span.status = 'ERROR'", "span.content LIKE '%HELLO%'", "span.attributes.k = 'v'", "span.attributes.k LIKE '%v%'", "span.other = 'x'"),
    *("feedback.score = '0.5'", "feedback.score = 0.5", "feedback.list IS NOT NULL", "feedback.none IS NULL", "expectation.answer = 'x'", "assessment.x = '1'", f"run_id = '{run_id}'", "attributes.run_id = 'x'", "prompt = 'p/1'", "text LIKE '%hello%'", "trace.text ILIKE '%HELLO%'", "issue.id = 'x'"),
    *("foo = 'x'", "name", "name = 'a' OR name = 'b'", "metrics.a > 1", "params.a = '1'", "tags.env = 'dev' AND status = 'OK'", "status = 'OK' AND timestamp > 1700000002000", "name > 'a'"),
):
    search(text)
for order in (("timestamp",), ("timestamp DESC",), ("timestamp_ms DESC",), ("execution_time DESC", "timestamp ASC"), ("name DESC", "timestamp ASC"), ("status ASC", "timestamp ASC"), ("trace.timestamp ASC",), ("tags.env ASC", "timestamp ASC"), ("metadata.m DESC", "timestamp ASC"), ("foo",), ("timestamp UP",), ("span.name",)):
    search(None, *order)
page = search(None, max_results=3)
search(None, max_results=3, page_token=page["next_page_token"])
search(None, page_token="!!!")
call("search nowhere", "POST", f"{V3}/search", body={})
call("search in none", "POST", f"{V3}/search", body={"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "999"}}]})
one = f"tr-{1:032x}"
call("get", "GET", f"{V3}/{one}")
call("get by query", "GET", f"{V3}/get?trace_id={hand}")
call("get partial", "GET", f"{V3}/get?trace_id={one}&allow_partial=true")
call("get missing", "GET", f"{V3}/tr-none")
call("batchGet", "GET", f"{V3}/batchGet?trace_ids={hand}")
call("batchGet missing", "GET", f"{V3}/batchGet?trace_ids=tr-none")
call("batchGetInfos", "POST", f"{V3}/batchGetInfos", body={"trace_ids": [one, f"tr-{2:032x}", "tr-none"]})
call("get-trace-artifact", "GET", f"/ajax-api/2.0/mlflow/get-trace-artifact?request_id={hand}")
call("get-trace-artifact 3.0", "GET", f"/ajax-api/3.0/mlflow/get-trace-artifact?request_id={first}")
call("get-trace-artifact missing", "GET", "/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-none")
call("tag", "PATCH", f"{V3}/{one}/tags", body={"key": "a", "value": "b"})
call("tag long key", "PATCH", f"{V3}/{one}/tags", body={"key": "k" * 251, "value": "b"})
call("tag long value", "PATCH", f"{V3}/{one}/tags", body={"key": "long", "value": "v" * 8001})
call("tag of none", "PATCH", f"{V3}/tr-none/tags", body={"key": "a", "value": "b"})
call("delete tag", "DELETE", f"{V3}/{one}/tags", body={"key": "a"})
call("delete tag again", "DELETE", f"{V3}/{one}/tags?key=a")
for metric, aggregation in (("trace_count", "COUNT"), ("latency", "AVG"), ("latency", "PERCENTILE")):
    what = {"aggregation_type": aggregation, **({"percentile_value": 50} if aggregation == "PERCENTILE" else {})}
    call(f"metrics {metric} {aggregation}", "POST", f"{V3}/metrics", body={"experiment_ids": [experiment_id], "view_type": "TRACES", "metric_name": metric, "aggregations": [what], "start_time_ms": T0, "end_time_ms": T0 + 100_000})
call("metrics by status", "POST", f"{V3}/metrics", body={"experiment_ids": [experiment_id], "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "COUNT"}], "dimensions": ["trace_status"], "start_time_ms": T0, "end_time_ms": T0 + 100_000})
call("correlation", "POST", f"{V3}/calculate-filter-correlation", body={"experiment_ids": [experiment_id], "filter_string1": "tags.env = 'dev'", "filter_string2": "status = 'ERROR'"})
call("old search", "GET", f"/api/2.0/mlflow/traces?experiment_ids={experiment_id}&max_results=2&order_by=timestamp_ms%20ASC")
call("old info", "GET", f"/api/2.0/mlflow/traces/{one}/info")
old = call("old start", "POST", "/api/2.0/mlflow/traces", body={"experiment_id": experiment_id, "timestamp_ms": T0, "request_metadata": [{"key": "a", "value": "b"}], "tags": [{"key": "c", "value": "d"}]})
if "trace_info" in old:
    request_id = old["trace_info"]["request_id"]
    call("old end", "PATCH", f"/api/2.0/mlflow/traces/{request_id}", body={"request_id": request_id, "timestamp_ms": T0 + 5, "status": "OK", "request_metadata": [], "tags": []})
    call("old tag", "PATCH", f"/api/2.0/mlflow/traces/{request_id}/tags", body={"key": "a", "value": "b"})
call("otlp empty", "POST", "/v1/traces", text=b"", headers={"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment_id})
call("otlp json", "POST", "/v1/traces", text="{}", headers={"Content-Type": "application/json", "x-mlflow-experiment-id": experiment_id})
call("otlp wrong type", "POST", "/v1/traces", text="{}", headers={"Content-Type": "text/plain", "x-mlflow-experiment-id": experiment_id})
call("otlp no experiment", "POST", "/v1/traces", text=b"", headers={"Content-Type": "application/x-protobuf"})
call("otlp garbage", "POST", "/v1/traces", text=b"\xff\xff\xff", headers={"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment_id})
call("start again", "POST", V3, body={"trace": {"trace_info": info(1, tags={"again": "1"}, state="ERROR")}})
attempt("delete_traces by id", lambda: client.delete_traces(experiment_id, trace_ids=[one]))
attempt("delete_traces by time", lambda: client.delete_traces(experiment_id, max_timestamp_millis=1700000003000, max_traces=2))
attempt("delete_traces neither", lambda: client.delete_traces(experiment_id))
call("delete both", "POST", f"{V3}/delete-traces", body={"experiment_id": experiment_id, "request_ids": [one], "max_timestamp_millis": 5})
search(None)

step("create_dataset")
dataset = mlflow.genai.datasets.create_dataset("golden", experiment_id=[experiment_id], tags={"a": "b"})
for name, action in {
    "create_dataset again": lambda: mlflow.genai.datasets.create_dataset("golden", experiment_id=[experiment_id]),
    "merge_records": lambda: dataset.merge_records([{"inputs": {"q": "a"}, "expectations": {"x": "y"}, "tags": {"t": "1"}}, {"inputs": {"q": "b"}}]),
    "merge_records again": lambda: dataset.merge_records([{"inputs": {"q": "a"}, "expectations": {"z": 2}}]),
    "to_df": lambda: dataset.to_df(),
    "get_dataset": lambda: mlflow.genai.datasets.get_dataset(dataset_id=dataset.dataset_id),
    "get_dataset missing": lambda: mlflow.genai.datasets.get_dataset(dataset_id="d-" + "0" * 32),
    "search_datasets": lambda: list(mlflow.genai.datasets.search_datasets(experiment_ids=[experiment_id])),
    "search_datasets filter": lambda: list(mlflow.genai.datasets.search_datasets(filter_string="name LIKE 'gol%'", order_by=["created_time ASC"])),
    "set_dataset_tags": lambda: mlflow.genai.datasets.set_dataset_tags(dataset_id=dataset.dataset_id, tags={"c": "d", "a": "e"}),
    "delete_dataset_tag": lambda: mlflow.genai.datasets.delete_dataset_tag(dataset_id=dataset.dataset_id, key="c"),
    "add_dataset_to_experiments": lambda: mlflow.genai.datasets.add_dataset_to_experiments(dataset.dataset_id, ["0"]),
    "remove_dataset_from_experiments": lambda: mlflow.genai.datasets.remove_dataset_from_experiments(dataset.dataset_id, ["0"]),
    "delete_dataset": lambda: mlflow.genai.datasets.delete_dataset(dataset_id=dataset.dataset_id),
    "delete_dataset again": lambda: mlflow.genai.datasets.delete_dataset(dataset_id=dataset.dataset_id),
}.items():
    attempt(name, action)
