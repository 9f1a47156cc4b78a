# What people run without knowing the API: autolog, models logged, registered, loaded and evaluated, the command line, traces, async logging, system metrics.
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import mlflow
import numpy
import pandas
from mlflow.entities import AssessmentSource, AssessmentSourceType, Metric, Param
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from transcript import T0, finish, show

client = mlflow.MlflowClient()
REQUIREMENTS = ["scikit-learn"]
x = numpy.arange(40.0).reshape(20, 2)
y = (x[:, 0] > 18).astype(int)
rows = pandas.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y})


def pause():
    time.sleep(0.003)


def seen(run_id: str):
    """A run without what a clock or the size of a file decides."""
    run = client.get_run(run_id)
    tags = {key: value for key, value in run.data.tags.items() if not key.startswith(("mlflow.log-model.history", "mlflow.autologging"))}
    return {
        **{"info": run.info, "params": run.data.params, "metrics": {key: round(value, 6) for key, value in run.data.metrics.items()}, "tags": tags},
        **{"inputs": run.inputs, "outputs": [one.step for one in run.outputs.model_outputs] if run.outputs else None},
        "files": files(run_id),
    }


def files(run_id: str, path: str | None = None) -> list[str]:
    found = []
    for one in client.list_artifacts(run_id, path):
        found += files(run_id, one.path) if one.is_dir else [one.path]
    return sorted(found)


def model_seen(model):
    """A logged model without what a clock decides; the history tag names sizes."""
    return {"name": model.name, "status": str(model.status), "type": model.model_type, "params": model.params, "metrics": sorted((one.key, round(one.value, 6), one.step, one.dataset_name, one.dataset_digest) for one in model.metrics or []), "tags": model.tags, "uri": model.artifact_location}


# Autolog
mlflow.set_experiment("auto")
auto_id = mlflow.get_experiment_by_name("auto").experiment_id
mlflow.sklearn.autolog(extra_tags={"auto": "yes"}, registered_model_name="auto-registered", log_input_examples=True)


def fit():
    with mlflow.start_run(run_name="fit") as run:
        LogisticRegression().fit(x, y).score(x, y)
    return run.info.run_id


fitted = show("sklearn.autolog fit", fit)
show("autolog run", lambda: seen(fitted))
show("autolog fit of a frame", lambda: (LinearRegression().fit(rows[["a", "b"]], rows["y"]), seen(mlflow.last_active_run().info.run_id))[1])


def search_grid():
    with mlflow.start_run(run_name="grid") as run:
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0], "fit_intercept": [True, False]}, cv=2).fit(x, y)
    return run.info.run_id


grid = show("GridSearchCV", search_grid)
show("grid run", lambda: {key: value for key, value in seen(grid).items() if key not in ("metrics", "files")})
show("grid run's metrics", lambda: sorted(key for key in client.get_run(grid).data.metrics))
show("grid children", lambda: sorted(json.dumps([one.data.params, sorted(one.data.metrics), one.info.status, one.data.tags.get("mlflow.parentRunId") == grid], sort_keys=True) for one in client.search_runs([auto_id], f"tags.mlflow.parentRunId = '{grid}'")))
show("autolog registered", lambda: sorted((one.version, one.current_stage, bool(one.model_id)) for one in client.search_model_versions("name = 'auto-registered'")))
show("autolog models", lambda: sorted((model_seen(one)["name"], len(one.params), sorted((m.key, m.step) for m in one.metrics)) for one in mlflow.search_logged_models([auto_id], output_format="list")))
show("load autologged model", lambda: mlflow.sklearn.load_model("models:/auto-registered/1").predict(x[:4]))
mlflow.sklearn.autolog(disable=True)
mlflow.end_run()

# Models
mlflow.set_experiment("models")
models_id = mlflow.get_experiment_by_name("models").experiment_id


class Doubler(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.factor = float(Path(context.artifacts["factor"]).read_text())

    def predict(self, context, model_input, params=None):
        return [one * self.factor for one in model_input["a"]]


Path("factor.txt").write_text("2.5")
signature = mlflow.models.infer_signature(rows[["a"]], numpy.array([1.5]), params={"alpha": 0.5})
state = {}


def log_pyfunc():
    with mlflow.start_run(run_name="pyfunc") as run:
        info = mlflow.pyfunc.log_model(
            name="doubler",
            python_model=Doubler(),
            artifacts={"factor": "factor.txt"},
            registered_model_name="doubler",
            signature=signature,
            input_example=rows[["a"]][:2],
            pip_requirements=REQUIREMENTS,
            metadata={"k": "v"},
            params={"alpha": 0.5},
            tags={"t": "1"},
        )
    state.update(run=run.info.run_id, info=info)
    return {"uri": info.model_uri, "signature": info.signature, "metadata": info.metadata, "flavors": sorted(info.flavors), "version": info.registered_model_version, "params": info.params, "tags": info.tags}


def log_sklearn():
    with mlflow.start_run(run_name="sk") as run:
        info = mlflow.sklearn.log_model(LogisticRegression().fit(x, y), name="sk", input_example=x[:2], pip_requirements=REQUIREMENTS, step=3, serialization_format="cloudpickle")
        mlflow.log_metrics({"acc": 0.75, "f1": 0.5}, model_id=info.model_id, dataset=mlflow.data.from_numpy(x, name="held-out"), timestamp=T0)
    state.update(sk_run=run.info.run_id, sk=info)
    return info.model_uri


show("pyfunc.log_model", log_pyfunc)
pause()
show("sklearn.log_model", log_sklearn)
run_id, info, sk = state["run"], state["info"], state["sk"]
for name, action in {
    "pyfunc run": lambda: seen(run_id),
    "get_logged_model": lambda: model_seen(mlflow.get_logged_model(info.model_id)),
    "get_logged_model sk": lambda: model_seen(mlflow.get_logged_model(sk.model_id)),
    "files of the model": lambda: sorted(one.path for one in client.list_logged_model_artifacts(info.model_id)),
    "files by uri": lambda: sorted(one.path for one in mlflow.artifacts.list_artifacts(info.model_uri)),
    "load models:/name/1": lambda: mlflow.pyfunc.load_model("models:/doubler/1").predict(rows[["a"]][:3]),
    "load runs:/": lambda: mlflow.pyfunc.load_model(f"runs:/{run_id}/doubler").predict(rows[["a"]][:3]),
    "load models:/m-": lambda: mlflow.pyfunc.load_model(info.model_uri).predict(rows[["a"]][:3]),
    "load sk as pyfunc": lambda: mlflow.pyfunc.load_model(sk.model_uri).predict(x[:5]),
    "load sk": lambda: mlflow.sklearn.load_model(f"runs:/{state['sk_run']}/sk").predict_proba(x[:2]).shape,
    "get_model_info": lambda: mlflow.models.get_model_info("models:/doubler/1").signature.to_dict(),
    "load_input_example": lambda: mlflow.models.Model.load("models:/doubler/1").load_input_example("models:/doubler/1"),
    "register_model runs:/": lambda: mlflow.register_model(f"runs:/{state['sk_run']}/sk", "by-run", tags={"k": "v"}),
    "register_model models:/": lambda: mlflow.register_model(sk.model_uri, "by-run"),
    "register_model of nothing": lambda: mlflow.register_model(f"runs:/{run_id}/nothing", "by-run"),
    "alias": lambda: client.set_registered_model_alias("by-run", "champion", 2),
    "stage": lambda: client.transition_model_version_stage("by-run", "1", "Production"),
    "load by alias": lambda: mlflow.sklearn.load_model("models:/by-run@champion").predict(x[:3]),
    "load by stage": lambda: mlflow.pyfunc.load_model("models:/by-run/Production").predict(x[:3]),
    "load latest": lambda: mlflow.pyfunc.load_model("models:/by-run/latest").predict(x[-3:]),
    "load missing stage": lambda: mlflow.pyfunc.load_model("models:/by-run/Staging"),
    "load missing alias": lambda: mlflow.pyfunc.load_model("models:/by-run@nobody"),
    "load missing version": lambda: mlflow.pyfunc.load_model("models:/by-run/77"),
    "load missing model": lambda: mlflow.pyfunc.load_model("models:/nobody/1"),
    "load missing run": lambda: mlflow.pyfunc.load_model(f"runs:/{'0' * 32}/m"),
    "version of the model": lambda: client.get_model_version("by-run", "2"),
    "registrations": lambda: mlflow.get_logged_model(sk.model_id).tags,
    "copy": lambda: client.copy_model_version("models:/by-run@champion", "production"),
    "load copy": lambda: mlflow.pyfunc.load_model("models:/production/1").predict(x[:2]),
    "download models:/": lambda: sorted(str(one.relative_to(where)) for where in [Path(mlflow.artifacts.download_artifacts("models:/by-run@champion"))] for one in where.rglob("*") if one.is_file()),
    "search_logged_models": lambda: [model_seen(one) for one in mlflow.search_logged_models([models_id], filter_string="metrics.acc > 0.5", output_format="list")],
    "search_logged_models order": lambda: [one.name for one in mlflow.search_logged_models([models_id], order_by=[{"field_name": "metrics.acc", "ascending": False, "dataset_name": "held-out"}], output_format="list")],
    "search_logged_models dataset": lambda: [one.name for one in mlflow.search_logged_models([models_id], filter_string="metrics.f1 > 0", datasets=[{"dataset_name": "held-out", "dataset_digest": mlflow.data.from_numpy(x, name="held-out").digest}], output_format="list")],
    "search_logged_models frame": lambda: sorted(mlflow.search_logged_models([models_id]).columns),
    "last_logged_model": lambda: mlflow.last_logged_model().name,
}.items():
    show(name, action)


def evaluate(kind: str):
    with mlflow.start_run(run_name=f"evaluate {kind}") as run:
        result = mlflow.models.evaluate(lambda frame: (frame["a"] > 17).astype(int), rows, targets="y", model_type=kind, evaluators="default", evaluator_config={"log_model_explainability": False})
    seen_run = client.get_run(run.info.run_id)
    return {"result": sorted(result.metrics), "metrics": seen_run.data.metrics, "files": files(run.info.run_id), "inputs": [one.dataset.name for one in seen_run.inputs.dataset_inputs]}


show("evaluate regressor", lambda: evaluate("regressor"))
show("evaluate classifier", lambda: evaluate("classifier"))
show("evaluate logged model", lambda: sorted(mlflow.models.evaluate(sk.model_uri, rows[["a", "b", "y"]], targets="y", model_type="classifier", evaluator_config={"log_model_explainability": False}).metrics))
mlflow.end_run()
show("metrics of the evaluated", lambda: model_seen(mlflow.get_logged_model(sk.model_id)))

# The command line
mlflow.set_experiment("shell")
shell_id = mlflow.get_experiment_by_name("shell").experiment_id
Path("folder/deep").mkdir(parents=True)
Path("folder/a.txt").write_text("alpha")
Path("folder/deep/b.txt").write_text("beta")


def shell(*words: str):
    done = subprocess.run([sys.executable, "-m", "mlflow", *words], capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    lines = [line for line in done.stderr.splitlines() if line.startswith(("mlflow.", "Error", "Usage")) or " INFO " not in line and not line.startswith((" ", "Traceback", "WARNING", "Downloading"))]
    return {"code": done.returncode, "out": [line.rstrip() for line in done.stdout.splitlines()], "err": lines[-3:]}


shell_run = client.create_run(shell_id, start_time=T0, run_name="shelled").info.run_id
client.set_terminated(shell_run, end_time=T0 + 5)
for name, words in {
    "artifacts log-artifact": ("artifacts", "log-artifact", "-l", "folder/a.txt", "-r", shell_run, "-a", "in"),
    "artifacts log-artifacts": ("artifacts", "log-artifacts", "-l", "folder", "-r", shell_run),
    "artifacts list": ("artifacts", "list", "-r", shell_run),
    "artifacts list path": ("artifacts", "list", "-r", shell_run, "-a", "deep"),
    "artifacts download": ("artifacts", "download", "-r", shell_run, "-a", "deep/b.txt", "-d", "got"),
    "artifacts download all": ("artifacts", "download", "-r", shell_run, "-d", "got"),
    "artifacts download uri": ("artifacts", "download", "-u", f"runs:/{shell_run}/in", "-d", "got2"),
    "artifacts download missing": ("artifacts", "download", "-r", shell_run, "-a", "nothing", "-d", "got"),
    "runs list": ("runs", "list", "--experiment-id", shell_id),
    "runs describe": ("runs", "describe", "--run-id", shell_run),
    "runs create": ("runs", "create", "--experiment-id", shell_id, "--run-name", "made", "--status", "FAILED", "--tags", "k=v"),
    "runs delete": ("runs", "delete", "--run-id", shell_run),
    "runs list deleted": ("runs", "list", "--experiment-id", shell_id, "--view", "deleted_only"),
    "runs restore": ("runs", "restore", "--run-id", shell_run),
    "runs describe missing": ("runs", "describe", "--run-id", "0" * 32),
    "experiments create": ("experiments", "create", "-n", "shelled", "-l", "s3://x/y"),
    "experiments search": ("experiments", "search"),
    "experiments rename": ("experiments", "rename", "-x", shell_id, "--new-name", "shell2"),
    "experiments delete": ("experiments", "delete", "-x", shell_id),
    "experiments search all": ("experiments", "search", "--view", "all"),
    "experiments restore": ("experiments", "restore", "-x", shell_id),
    "experiments get": ("experiments", "get", "-x", shell_id),
    "experiments get json": ("experiments", "get", "-n", "shell2", "--output", "json"),
    "experiments csv": ("experiments", "csv", "-x", models_id, "-o", "runs.csv"),
    "models predict": ("models", "predict", "-m", "models:/doubler/1", "-i", "input.json", "--env-manager", "local"),
}.items():
    Path("input.json").write_text(json.dumps({"dataframe_split": {"columns": ["a"], "data": [[1.0], [2.0]]}}))
    show(f"mlflow {name}", lambda: shell(*words))
show("downloaded files", lambda: [Path("got"), Path("got2")])
show("csv", lambda: sorted(pandas.read_csv("runs.csv").columns))
show("csv run names", lambda: sorted(one for one in pandas.read_csv("runs.csv")["tags.mlflow.runName"] if "-" not in one))

# Async logging
mlflow.set_experiment("async")
mlflow.config.enable_async_logging()


def log_async():
    with mlflow.start_run(run_name="async") as run:
        for step in range(200):
            mlflow.log_metric("loss", 1 / (1 + step), step=step, timestamp=T0 + step)
        mlflow.log_params({f"p{index}": index for index in range(20)})
        mlflow.set_tags({"k": "v"})
        mlflow.log_metrics({"a": 1, "b": 2}, step=1, timestamp=T0).wait()
    mlflow.flush_async_logging()
    return run.info.run_id


async_run = show("async logging", log_async)
mlflow.config.enable_async_logging(False)
show("async run", lambda: (client.get_run(async_run).data.params, client.get_run(async_run).data.metrics, client.get_run(async_run).data.tags["k"]))
show("async history", lambda: [(one.step, one.value) for one in client.get_metric_history(async_run, "loss")])
show("log_batch asynchronously", lambda: (client.log_batch(async_run, [Metric("late", 1.0, T0, 1)], [Param("late", "1")], synchronous=False).wait(), client.get_run(async_run).data.params["late"])[1])
show("log_image of a step", lambda: sorted(one.path.split("+")[0].split("%")[0] for one in client.list_artifacts(async_run, "images")))

# System metrics
mlflow.set_system_metrics_sampling_interval(0.2)
mlflow.set_system_metrics_samples_before_logging(1)


def measure():
    with mlflow.start_run(run_name="system", log_system_metrics=True) as run:
        time.sleep(1.5)
    return sorted(key for key in client.get_run(run.info.run_id).data.metrics if not key.startswith(("system/gpu", "system/network")))


show("system metrics", measure)


# Threads with runs of their own, and children of one parent
mlflow.set_experiment("threads")


def parallel():
    with mlflow.start_run(run_name="parent") as parent:
        def work(index):
            with mlflow.start_run(run_name=f"child {index}", nested=True, parent_run_id=parent.info.run_id):
                mlflow.log_metric("index", index, timestamp=T0)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    found = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.index"])
    return [(one.info.run_name, one.data.metrics["index"], one.info.status) for one in found]


show("children in threads", parallel)

# Traces
mlflow.set_experiment("traces")
traces_id = mlflow.get_experiment_by_name("traces").experiment_id
sys.tracebacklimit = 0


@mlflow.trace(span_type="CHAIN", attributes={"k": "v"})
def answer(question):
    with mlflow.start_span("inner", span_type="LLM") as span:
        span.set_inputs({"q": question})
        span.set_outputs({"a": question.upper()})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})
    mlflow.update_current_trace(tags={"team": "vision"}, client_request_id=f"req-{question}", metadata={"mlflow.trace.user": "ada", "mlflow.trace.session": "s1"})
    if question == "fail":
        raise ValueError("on purpose")
    return question[::-1]


def traced(question):
    try:
        answer(question)
    except ValueError:
        pass
    mlflow.flush_trace_async_logging()
    pause()
    return mlflow.get_last_active_trace_id()


def span_seen(span):
    attributes = {key: value for key, value in span.attributes.items() if key not in ("mlflow.spanFunctionName",)}
    return [span.name, span.span_type, span.status, span.parent_id is None, span.inputs, span.outputs, attributes, [(event.name, sorted(event.attributes)) for event in span.events]]


def trace_seen(trace):
    info = trace.info
    metadata = {key: value for key, value in info.trace_metadata.items() if "sizeBytes" not in key and "sizeStats" not in key}
    return {"state": info.state, "request": info.request_preview, "response": info.response_preview, "client": info.client_request_id, "tags": info.tags, "metadata": metadata, "assessments": sorted((one.name, str(one.value), str(one.source.source_type)) for one in info.assessments), "spans": sorted((span_seen(one) for one in trace.data.spans), key=lambda one: one[0])}




def trace_in_run():
    with mlflow.start_run(run_name="traced") as run:
        answer("in a run")
    mlflow.flush_trace_async_logging()
    return [one.info.request_preview for one in mlflow.search_traces(locations=[traces_id], run_id=run.info.run_id, return_type="list")]


def by_hand():
    root = client.start_trace("by hand", inputs={"a": 1}, tags={"t": "1"}, start_time_ns=T0 * 1_000_000)
    span = client.start_span("part", root.trace_id, root.span_id, span_type="TOOL", inputs=[1, 2], start_time_ns=T0 * 1_000_000 + 5)
    client.end_span(root.trace_id, span.span_id, outputs="x", status="ERROR", end_time_ns=T0 * 1_000_000 + 2_000_000)
    client.end_trace(root.trace_id, outputs={"b": 2}, end_time_ns=T0 * 1_000_000 + 9_000_000)
    mlflow.flush_trace_async_logging()
    return trace_seen(client.get_trace(root.trace_id))


first = show("trace", lambda: traced("hello 😀"))
second = show("trace that fails", lambda: traced("fail"))
third = show("third trace", lambda: traced("third"))
HUMAN = AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id="ada")
for name, action in {
    "get_trace": lambda: trace_seen(mlflow.get_trace(first)),
    "get_trace failed": lambda: trace_seen(mlflow.get_trace(second)),
    "get_trace missing": lambda: mlflow.get_trace("tr-" + "0" * 32),
    "client.get_trace missing": lambda: client.get_trace("tr-" + "0" * 32),
    "set_trace_tag": lambda: client.set_trace_tag(first, "k", "v"),
    "delete_trace_tag": lambda: client.delete_trace_tag(first, "team"),
    "delete_trace_tag missing": lambda: client.delete_trace_tag(first, "team"),
    "log_feedback": lambda: mlflow.log_feedback(trace_id=first, name="good", value=True, rationale="because", source=HUMAN, metadata={"m": "1"}).value,
    "log_feedback number": lambda: mlflow.log_feedback(trace_id=second, name="score", value=0.5).name,
    "log_feedback error": lambda: mlflow.log_feedback(trace_id=second, name="broken", error=ValueError("no")).error,
    "log_expectation": lambda: mlflow.log_expectation(trace_id=first, name="answer", value={"a": [1]}, source=HUMAN).value,
    "log_feedback missing trace": lambda: mlflow.log_feedback(trace_id="tr-" + "0" * 32, name="good", value=True),
    "trace with assessments": lambda: trace_seen(mlflow.get_trace(first)),
    "override_feedback": lambda: mlflow.override_feedback(trace_id=first, assessment_id=mlflow.get_trace(first).info.assessments[0].assessment_id, value=False, rationale="second thoughts", source=HUMAN).value,
    "search_assessments": lambda: sorted((one.name, str(one.value), one.valid) for one in mlflow.get_trace(first).search_assessments(all=True)),
    "delete_assessment": lambda: mlflow.delete_assessment(first, next(one.assessment_id for one in mlflow.get_trace(first).info.assessments if one.name == "answer")),
    "after delete_assessment": lambda: sorted(one.name for one in mlflow.get_trace(first).info.assessments),
    "link_traces_to_run": lambda: client.link_traces_to_run([first, second], async_run),
    "traces of the run": lambda: sorted(one.info.request_preview for one in client.search_traces(locations=[traces_id], filter_string=f"attributes.run_id = '{async_run}'")),
    "search_traces frame": lambda: sorted(mlflow.search_traces(locations=[traces_id]).columns),
    "search_traces list": lambda: [one.info.request_preview for one in mlflow.search_traces(locations=[traces_id], return_type="list", order_by=["timestamp_ms ASC"])],
    "search_traces pages": lambda: [one.info.request_preview for one in mlflow.search_traces(locations=[traces_id], return_type="list", max_results=2)],
    "trace of a run": lambda: trace_in_run(),
    "start_trace by hand": lambda: by_hand(),
    "delete_traces": lambda: client.delete_traces(traces_id, trace_ids=[third]),
    "after delete_traces": lambda: len(client.search_traces(locations=[traces_id])),
}.items():
    show(name, action)


for query in ("status = 'OK'", "status = 'ERROR'", "name = 'answer'", "tags.team = 'vision'", "tag.k = 'v'", "metadata.`mlflow.trace.user` = 'ada'", "timestamp_ms > 0", "execution_time_ms >= 0", "feedback.score = '0.5'", "span.name = 'inner'", "span.type = 'LLM'", "span.attributes.k = 'v'", "client_request_id = 'req-fail'", "trace.text LIKE '%hello%'", "unheard = 'x'", "name LIKE 'ans%' AND status = 'OK'", "request_id = 'x'"):
    show(f"search_traces {query}", lambda: [one.info.request_preview for one in client.search_traces(locations=[traces_id], filter_string=query, order_by=["timestamp_ms ASC"])])
show("search_traces bad order", lambda: client.search_traces(locations=[traces_id], order_by=["unheard"]))
show("search_traces missing experiment", lambda: client.search_traces(locations=["99999"]))


# Evaluation datasets
def rows_of(dataset):
    return sorted(json.dumps([one["inputs"], one["expectations"], one["tags"], one["source_type"]], sort_keys=True) for one in dataset.to_df().to_dict("records"))


def dataset_seen(dataset):
    return {"name": dataset.name, "tags": dataset.tags, "experiments": dataset.experiment_ids, "schema": dataset.schema, "profile": dataset.profile, "rows": rows_of(dataset)}


def records():
    made = mlflow.genai.datasets.get_dataset(dataset_id=state["dataset"])
    made.merge_records([{"inputs": {"q": "one"}, "expectations": {"a": 1}}, {"inputs": {"q": "two"}, "expectations": {"a": 2}, "tags": {"t": "1"}}])
    made.merge_records([{"inputs": {"q": "one"}, "expectations": {"b": 3}}])
    return dataset_seen(mlflow.genai.datasets.get_dataset(dataset_id=state["dataset"]))


for name, action in {
    "create_dataset": lambda: state.update(dataset=mlflow.genai.datasets.create_dataset(name="eval", experiment_id=[traces_id], tags={"k": "v"}).dataset_id),
    "get_dataset": lambda: dataset_seen(mlflow.genai.datasets.get_dataset(dataset_id=state["dataset"])),
    "merge_records": records,
    "search_datasets": lambda: [one.name for one in mlflow.genai.datasets.search_datasets(experiment_ids=[traces_id])],
    "search_datasets filter": lambda: [one.name for one in mlflow.genai.datasets.search_datasets(filter_string="name LIKE 'ev%' AND tags.k = 'v'")],
    "set_dataset_tags": lambda: mlflow.genai.datasets.set_dataset_tags(dataset_id=state["dataset"], tags={"k": "w", "z": "1"}),
    "delete_dataset_tag": lambda: mlflow.genai.datasets.delete_dataset_tag(dataset_id=state["dataset"], key="z"),
    "add_dataset_to_experiments": lambda: sorted(client.add_dataset_to_experiments(state["dataset"], [models_id]).experiment_ids),
    "remove_dataset_from_experiments": lambda: client.remove_dataset_from_experiments(state["dataset"], [models_id]).experiment_ids,
    "dataset tags": lambda: mlflow.genai.datasets.get_dataset(dataset_id=state["dataset"]).tags,
    "delete_dataset": lambda: mlflow.genai.datasets.delete_dataset(dataset_id=state["dataset"]),
    "get deleted dataset": lambda: mlflow.genai.datasets.get_dataset(dataset_id=state["dataset"]),
}.items():
    show(name, action)


def exact(outputs, expectations):
    return outputs == expectations["a"]


show("genai.evaluate", lambda: mlflow.genai.evaluate(data=[{"inputs": {"q": "ab"}, "expectations": {"a": "ba"}}, {"inputs": {"q": "cd"}, "expectations": {"a": "xx"}}], predict_fn=lambda q: q[::-1], scorers=[mlflow.genai.scorer(exact)]).metrics)
finish()
