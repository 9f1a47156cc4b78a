# The client's everyday tracking calls: experiments, runs, metrics, parameters, tags, datasets and artifacts.
import time
from pathlib import Path

import mlflow
import pandas
from driving import T0, attempt, step
from mlflow.entities import Metric, Param, RunTag, ViewType

client = mlflow.MlflowClient()

step("set_experiment(new)")
mlflow.set_experiment("exp-a")
step("set_experiment(existing)")
experiment = mlflow.set_experiment("exp-a")
attempt("create_experiment with tags", lambda: client.create_experiment("tagged", tags={"team": "vision", "x": ""}))
attempt("create_experiment at a location", lambda: client.create_experiment("elsewhere", "s3://bucket/mlflow"))
attempt("create_experiment again", lambda: client.create_experiment("tagged"))

step("start_run")
run = mlflow.start_run(run_name="r1", tags={"a": "b"}, description="first *run*")
run_id = run.info.run_id
Path("sub").mkdir()
Path("sub/f.txt").write_text("hello")
Path("sub/g.bin").write_bytes(bytes(range(256)))
rows = pandas.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
for name, action in {
    "log_param": lambda: mlflow.log_param("lr", 0.1),
    "log_param again": lambda: mlflow.log_param("lr", 0.1),
    "log_param changed": lambda: mlflow.log_param("lr", 0.2),
    "log_params": lambda: mlflow.log_params({"a": 1, "b": "x", "c/d": None}),
    "log_metric": lambda: mlflow.log_metric("loss", 0.5),
    "log_metric step": lambda: mlflow.log_metric("loss", 0.25, step=3),
    "log_metric timestamp": lambda: mlflow.log_metric("loss", 0.125, step=4, timestamp=T0),
    "log_metrics": lambda: mlflow.log_metrics({"acc": 0.9, "f1": 0.8}, step=2),
    "set_tag": lambda: mlflow.set_tag("t", "1"),
    "set_tags": lambda: mlflow.set_tags({"u": "2", "v": "3"}),
    "delete_tag": lambda: mlflow.delete_tag("t"),
    "delete_tag missing": lambda: mlflow.delete_tag("t"),
    "log_artifact": lambda: mlflow.log_artifact("sub/f.txt", "sub"),
    "log_artifacts": lambda: mlflow.log_artifacts("sub", "folder"),
    "log_dict": lambda: mlflow.log_dict({"k": [1, 2]}, "d/x.json"),
    "log_text": lambda: mlflow.log_text("héllo", "t.txt"),
    "log_table": lambda: mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json"),
    "log_batch": lambda: client.log_batch(
        run_id,
        metrics=[Metric("m", 1.5, T0, 0), Metric("m", 2.5, T0 + 1, 1)],
        params=[Param("p", "v")],
        tags=[RunTag("w", "4")],
    ),
    "log_input": lambda: mlflow.log_input(mlflow.data.from_pandas(rows, name="train", targets="y"), "training"),
    "log_inputs again": lambda: mlflow.log_input(mlflow.data.from_pandas(rows, name="train", targets="y"), "validation"),
    "active get_run": lambda: mlflow.get_run(run_id),
    "list_artifacts": lambda: client.list_artifacts(run_id),
    "list_artifacts(sub)": lambda: client.list_artifacts(run_id, "sub"),
    "list_artifacts(file)": lambda: client.list_artifacts(run_id, "t.txt"),
    "list_artifacts(missing)": lambda: client.list_artifacts(run_id, "none"),
    "download_artifacts file": lambda: client.download_artifacts(run_id, "sub/f.txt"),
    "download_artifacts folder": lambda: mlflow.artifacts.download_artifacts(f"runs:/{run_id}/folder"),
    "download_artifacts missing": lambda: client.download_artifacts(run_id, "nope.txt"),
    "load_text": lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/t.txt"),
    "load_dict": lambda: mlflow.artifacts.load_dict(run.info.artifact_uri + "/d/x.json"),
    "end_run": lambda: mlflow.end_run(),
}.items():
    attempt(name, action)

step("start_run resumed")
with mlflow.start_run(run_id=run_id):
    mlflow.log_metric("loss", 0.1, step=5)
    time.sleep(0.01)
    step("start_run nested")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_param("depth", 1)
time.sleep(0.01)
step("start_run unnamed")
with mlflow.start_run(log_system_metrics=False):
    pass


def fail():
    with mlflow.start_run(run_name="failing"):
        raise ValueError("on purpose")


attempt("start_run that raises", fail)
for name, action in {
    "get_run": lambda: client.get_run(run_id),
    "get_run missing": lambda: client.get_run("deadbeef"),
    "get_parent_run": lambda: mlflow.get_parent_run(child.info.run_id),
    "get_parent_run of none": lambda: mlflow.get_parent_run(run_id),
    "search_runs": lambda: mlflow.search_runs(experiment_names=["exp-a"], order_by=["start_time ASC"]),
    "search_runs filter": lambda: client.search_runs(
        [experiment.experiment_id], "metrics.loss < 0.2 and params.lr = '0.1'", order_by=["metrics.loss DESC"]
    ),
    "search_runs children": lambda: client.search_runs(
        [experiment.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'"
    ),
    "search_runs failed": lambda: client.search_runs([experiment.experiment_id], "attributes.status = 'FAILED'"),
    "get_metric_history": lambda: client.get_metric_history(run_id, "loss"),
    "get_metric_history missing": lambda: client.get_metric_history(run_id, "none"),
    "search_experiments": lambda: mlflow.search_experiments(order_by=["name ASC"]),
    "search_experiments filter": lambda: mlflow.search_experiments(filter_string="tags.team = 'vision'"),
    "get_experiment": lambda: client.get_experiment(experiment.experiment_id),
    "get_experiment missing": lambda: client.get_experiment("999"),
    "get_experiment_by_name": lambda: client.get_experiment_by_name("exp-a"),
    "get_experiment_by_name missing": lambda: client.get_experiment_by_name("nope"),
    "set_experiment_tag": lambda: client.set_experiment_tag(experiment.experiment_id, "k", "v"),
    "set_experiment_tags": lambda: mlflow.set_experiment_tags({"k2": "v2", "k": "w"}),
    "delete_experiment_tag": lambda: client.delete_experiment_tag(experiment.experiment_id, "k"),
    "rename_experiment": lambda: client.rename_experiment(experiment.experiment_id, "exp-b"),
    "get_experiment renamed": lambda: client.get_experiment(experiment.experiment_id),
    "update_run": lambda: client.update_run(run_id, status="RUNNING", name="renamed"),
    "set_terminated": lambda: client.set_terminated(run_id, "FAILED", T0 + 5000),
    "get_run renamed": lambda: client.get_run(run_id),
    "log_inputs model": lambda: client.get_run(child.info.run_id),
    "delete_run": lambda: client.delete_run(run_id),
    "get_run deleted": lambda: client.get_run(run_id),
    "search_runs deleted": lambda: client.search_runs([experiment.experiment_id], run_view_type=ViewType.DELETED_ONLY),
    "log_metric on deleted": lambda: client.log_metric(run_id, "loss", 1.0),
    "restore_run": lambda: client.restore_run(run_id),
    "delete_experiment": lambda: client.delete_experiment(experiment.experiment_id),
    "get_run in deleted": lambda: client.get_run(run_id),
    "search_experiments deleted": lambda: client.search_experiments(view_type=ViewType.DELETED_ONLY),
    "set_experiment deleted": lambda: mlflow.set_experiment("exp-b"),
    "restore_experiment": lambda: client.restore_experiment(experiment.experiment_id),
    "get_run restored": lambda: client.get_run(run_id),
    "delete_artifacts": lambda: mlflow.tracking._tracking_service.client.TrackingServiceClient(
        mlflow.get_tracking_uri()
    )._get_artifact_repo(run_id).delete_artifacts("sub"),
    "list_artifacts after delete": lambda: client.list_artifacts(run_id),
    "log_figure-like bytes": lambda: client.log_text(run_id, "<b>1</b>", "page.html"),
    "log_artifact svg": lambda: client.log_text(run_id, "<svg/>", "a b/é.svg"),
    "download svg": lambda: client.download_artifacts(run_id, "a b/é.svg"),
    "search_datasets": lambda: client._tracking_client.store._search_datasets([experiment.experiment_id]),
}.items():
    attempt(name, action)
