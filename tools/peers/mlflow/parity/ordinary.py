# An ordinary user's script: every method of the client for experiments, runs, artifacts, data, models, versions and prompts.
import time
from pathlib import Path

import mlflow
import numpy
import pandas
from mlflow.entities import LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag, ViewType
from transcript import T0, finish, note, show

client = mlflow.MlflowClient()


def pause():
    """Orders by time are defined only where two records do not share a millisecond."""
    time.sleep(0.003)


def later(action):
    result = action()
    pause()
    return result


def pages(ask):
    token, found = None, []
    while True:
        page = ask(token)
        found.append(list(page))
        token = page.token
        if not token or len(found) > 30:
            return found


# Experiments
show("set_experiment new", lambda: mlflow.set_experiment("plain"))
show("set_experiment existing", lambda: mlflow.set_experiment("plain"))
plain_id = mlflow.get_experiment_by_name("plain").experiment_id
pause()
other_id = show("create_experiment", lambda: mlflow.create_experiment("other", tags={"team": "vision", "stage": "1"}))
pause()
far_id = show("create_experiment elsewhere", lambda: client.create_experiment("far", artifact_location="s3://bucket/far", tags={"team": "audio"}))
show("set_experiment by id", lambda: mlflow.set_experiment(experiment_id=other_id))
show("set_experiment by missing id", lambda: mlflow.set_experiment(experiment_id="777"))
show("set_experiment by both", lambda: mlflow.set_experiment("plain", experiment_id=other_id))
show("set_experiment by nothing", lambda: mlflow.set_experiment())
show("create_experiment again", lambda: mlflow.create_experiment("plain"))
show("get_experiment", lambda: mlflow.get_experiment(other_id))
show("get_experiment Default", lambda: client.get_experiment("0"))
show("get_experiment missing", lambda: client.get_experiment("12345"))
show("get_experiment_by_name missing", lambda: mlflow.get_experiment_by_name("nobody"))
show("set_experiment_tags", lambda: (mlflow.set_experiment("plain"), mlflow.set_experiment_tags({"a": 1, "b": "two"})))
show("set_experiment_tag", lambda: mlflow.set_experiment_tag("a", 2))
show("delete_experiment_tag", lambda: mlflow.delete_experiment_tag("b"))
show("delete_experiment_tag missing", lambda: client.delete_experiment_tag(plain_id, "b"))
show("rename_experiment", lambda: client.rename_experiment(other_id, "renamed"))
show("rename_experiment to a taken name", lambda: client.rename_experiment(other_id, "plain"))
for order in (None, ["name ASC"], ["name DESC"], ["creation_time ASC"], ["last_update_time DESC"], ["experiment_id ASC"], ["unheard"]):
    show(f"search_experiments order {order}", lambda: [one.name for one in mlflow.search_experiments(order_by=order)])
for query in ("name = 'plain'", "name LIKE 'p%'", "name ILIKE 'P%'", "name != 'plain'", "tags.team = 'vision'", "tags.team IS NULL", "tags.team IS NOT NULL", "creation_time > 0", "tags.team LIKE '%io%' AND name = 'far'", "metric.x > 1", "name > 'a'"):
    show(f"search_experiments {query}", lambda: sorted(one.name for one in mlflow.search_experiments(filter_string=query)))
show("search_experiments in pages", lambda: [[one.name for one in page] for page in pages(lambda token: client.search_experiments(max_results=2, order_by=["name ASC"], page_token=token))])

# Runs
mlflow.set_experiment("plain")
Path("sub/deep").mkdir(parents=True)
Path("sub/f.txt").write_text("hello")
Path("sub/deep/g.bin").write_bytes(bytes(range(256)) * 10)
Path("empty.txt").write_text("")
Path("d.txt").write_text("of a model")
rows = pandas.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0], "name": ["a", "b", None]})
run = show("start_run", lambda: mlflow.start_run(run_name="first", tags={"kind": "demo", "n": "1"}, description="a *first* run"))
run_id = run.info.run_id
for name, action in {
    "active_run": lambda: mlflow.active_run(),
    "start_run again": lambda: mlflow.start_run(),
    "log_param": lambda: mlflow.log_param("lr", 0.1),
    "log_param same": lambda: mlflow.log_param("lr", 0.1),
    "log_param changed": lambda: mlflow.log_param("lr", 0.2),
    "log_params": lambda: mlflow.log_params({"depth": 3, "opt": "adam", "none": None, "list": [1, 2], "flag": True}),
    "log_params changed": lambda: mlflow.log_params({"depth": 4, "fresh": 1}),
    "log_metric": lambda: mlflow.log_metric("loss", 0.5, timestamp=T0),
    "log_metric step": lambda: mlflow.log_metric("loss", 0.25, step=3, timestamp=T0 + 5),
    "log_metric older step": lambda: mlflow.log_metric("loss", 0.75, step=1, timestamp=T0 + 9),
    "log_metric int": lambda: mlflow.log_metric("epochs", 4),
    "log_metric numpy": lambda: mlflow.log_metric("np", numpy.float32(0.1), timestamp=T0),
    "log_metric text": lambda: mlflow.log_metric("bad", "abc"),
    "log_metrics": lambda: mlflow.log_metrics({"acc": 0.9, "f1": 0.8}, step=2, timestamp=T0 + 1),
    "set_tag": lambda: mlflow.set_tag("t", [1, "x"]),
    "set_tags": lambda: mlflow.set_tags({"u": 2, "v": None, "mlflow.note.content": "noted"}),
    "delete_tag": lambda: mlflow.delete_tag("u"),
    "delete_tag missing": lambda: mlflow.delete_tag("u"),
    "log_artifact": lambda: mlflow.log_artifact("sub/f.txt"),
    "log_artifact into": lambda: mlflow.log_artifact("sub/f.txt", "in/to"),
    "log_artifact empty": lambda: mlflow.log_artifact("empty.txt"),
    "log_artifact missing": lambda: mlflow.log_artifact("none.txt"),
    "log_artifacts": lambda: mlflow.log_artifacts("sub", "folder"),
    "log_text": lambda: mlflow.log_text("héllo\n", "texts/t.txt"),
    "log_dict": lambda: mlflow.log_dict({"k": [1, {"a": None}]}, "d.json"),
    "log_dict yaml": lambda: mlflow.log_dict({"k": [1, 2]}, "d.yaml"),
    "log_text outside": lambda: mlflow.log_text("x", "../up.txt"),
    "log_table": lambda: mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json"),
    "log_table appends": lambda: mlflow.log_table(pandas.DataFrame({"q": ["c"], "n": [3]}), "table.json"),
    "load_table": lambda: mlflow.load_table("table.json", run_ids=[run_id], extra_columns=["run_id"]),
    "log_image": lambda: mlflow.log_image(numpy.zeros((4, 4, 3), dtype=numpy.uint8), "pic.png"),
    "log_input": lambda: mlflow.log_input(mlflow.data.from_pandas(rows, name="train", targets="y"), context="training", tags={"by": "me"}),
    "log_input again": lambda: mlflow.log_input(mlflow.data.from_pandas(rows, name="train", targets="y"), context="validation"),
    "log_input numpy": lambda: mlflow.log_input(mlflow.data.from_numpy(numpy.arange(6).reshape(3, 2), targets=numpy.array([1, 2, 3]), name="np", source="http://example.com/x.npy")),
    "log_inputs": lambda: mlflow.log_inputs([mlflow.data.from_pandas(rows, name="one"), mlflow.data.from_pandas(rows[:1], name="two")], contexts=["a", "b"], tags_list=[{"k": "v"}, None], models=[None, None]),
    "get_artifact_uri": lambda: mlflow.get_artifact_uri(),
    "get_artifact_uri of": lambda: mlflow.get_artifact_uri("a/b.txt"),
}.items():
    show(name, action)


def figure():
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    mlflow.log_figure(drawn, "figure.png", save_kwargs={"metadata": {"Software": None, "Date": None}})
    return Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/figure.png"))


show("log_figure", figure)
show("log_image with key", lambda: client.log_image(run_id, numpy.zeros((4, 4), dtype=numpy.uint8), key="dog", step=1, timestamp=T0))
show("log_stream", lambda: mlflow.log_stream(open("sub/f.txt", "rb"), "streamed.txt"))
with mlflow.start_run(run_name="child", nested=True) as child:
    mlflow.log_param("c", 1)
    with mlflow.start_run(run_name="grandchild", nested=True, parent_run_id=child.info.run_id) as grandchild:
        mlflow.log_metric("deep", 1.5, timestamp=T0)
show("start_run nested in missing", lambda: mlflow.start_run(nested=True, parent_run_id="0" * 32))
show("end_run", lambda: mlflow.end_run())
show("end_run again", lambda: mlflow.end_run("FAILED"))
show("last_active_run", lambda: mlflow.last_active_run())
show("get_run", lambda: client.get_run(run_id))
show("get_run to_dictionary", lambda: mlflow.get_run(run_id).to_dictionary())
show("get_parent_run", lambda: mlflow.get_parent_run(child.info.run_id).info.run_name)
show("get_parent_run grandchild", lambda: client.get_parent_run(grandchild.info.run_id).info.run_name)
show("get_parent_run none", lambda: mlflow.get_parent_run(run_id))
show("get_metric_history", lambda: client.get_metric_history(run_id, "loss"))
show("get_metric_history missing", lambda: client.get_metric_history(run_id, "missing"))
show("get_metric_history missing run", lambda: client.get_metric_history("0" * 32, "loss"))
show("get_run missing", lambda: client.get_run("0" * 32))
show("get_run malformed", lambda: client.get_run("not a run!"))


def resumed():
    with mlflow.start_run(run_id=run_id) as again:
        mlflow.log_metric("loss", 0.125, step=4, timestamp=T0 + 20)
        status = client.get_run(run_id).info.status
    return again.info.run_id == run_id, status, client.get_run(run_id).info


show("resume", resumed)
show("resume under another experiment", lambda: (mlflow.set_experiment("renamed"), mlflow.start_run(run_id=run_id)))
mlflow.end_run()
mlflow.set_experiment("plain")


def failing():
    with mlflow.start_run(run_name="failing"):
        raise ValueError("on purpose")


show("run that raises", failing)
show("run that was killed", lambda: later(lambda: (mlflow.start_run(run_name="killed"), mlflow.end_run("KILLED"))))
show("run without a name", lambda: (mlflow.start_run(), mlflow.end_run())[0].info)

# Artifacts
for path in (None, "", "folder", "folder/deep", "texts/t.txt", "missing", "../..", "/etc"):
    show(f"list_artifacts {path!r}", lambda: client.list_artifacts(run_id, path))
for path in ("f.txt", "folder", "folder/deep", "texts/t.txt", "empty.txt", "missing.txt", "in"):
    show(f"download_artifacts {path}", lambda: Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path)))
show("client.download_artifacts", lambda: Path(client.download_artifacts(run_id, "folder", str(Path("back").mkdir() or "back"))))
show("download by uri", lambda: Path(mlflow.artifacts.download_artifacts(run.info.artifact_uri + "/d.yaml")))
show("load_text", lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/texts/t.txt"))
show("load_dict", lambda: mlflow.artifacts.load_dict(f"runs:/{run_id}/d.json"))
show("load_dict of text", lambda: mlflow.artifacts.load_dict(f"runs:/{run_id}/f.txt"))
show("load_image", lambda: numpy.array(mlflow.artifacts.load_image(f"runs:/{run_id}/pic.png")).sum())
show("mlflow.artifacts.list_artifacts", lambda: mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="in"))
show("overwritten artifact", lambda: (client.log_text(run_id, "second", "f.txt"), mlflow.artifacts.load_text(f"runs:/{run_id}/f.txt"))[1])
show("delete_artifacts", lambda: mlflow.artifacts.delete_artifacts(artifact_uri=f"{run.info.artifact_uri}/in") if hasattr(mlflow.artifacts, "delete_artifacts") else None)
show("client.log_artifacts", lambda: (client.log_artifacts(child.info.run_id, "sub"), client.list_artifacts(child.info.run_id))[1])
show("client.load_table", lambda: client.load_table(plain_id, "table.json"))

# Search
search_id = client.create_experiment("searched")
for index in range(12):
    made = client.create_run(search_id, start_time=T0 + index, run_name=f"run-{index:02}", tags={"parity": str(index % 2), "mlflow.user": "ada" if index < 6 else "bob"})
    client.log_batch(
        made.info.run_id,
        metrics=[Metric("m", index / 4, T0, 0)] + ([Metric("half", float(index), T0, 0)] if index % 2 else []) + ([Metric("odd name", -index, T0, 0)]),
        params=[Param("p", "abcd"[index % 4]), Param("i", str(index))] + ([Param("rare", "yes")] if index == 5 else []),
        tags=[RunTag("note", f"Note {index}"), RunTag("a.b", "dotted")],
    )
    if index % 3 == 0:
        client.set_terminated(made.info.run_id, ["FINISHED", "FAILED", "KILLED", "FINISHED"][index // 3], T0 + 1000 + index)
FILTERS = [
    *("", "metrics.m > 1", "metrics.m >= 1 and metrics.m < 2", "metric.m = 0.25", "metrics.m != 0.25", "metrics.half > 3", "metrics.half != 3", "metrics.`odd name` < -5", 'metrics."odd name" <= -5'),
    *("params.p = 'a'", "params.p != 'a'", "param.p LIKE '%a%'", "params.rare = 'yes'", "params.rare != 'no'", "params.rare IS NULL", "params.rare IS NOT NULL", "params.p ILIKE 'A'", "params.i > '3'", "params.p = a", "params.p IN ('a','b')"),
    *("tags.parity = '1'", "tags.note LIKE 'Note 1%'", "tags.note ILIKE 'note 1_'", "tags.`a.b` = 'dotted'", "tag.missing IS NULL", "tags.mlflow.user = 'ada'"),
    *("attributes.status = 'RUNNING'", "status != 'RUNNING'", "attribute.status LIKE 'F%'", "run_name = 'run-03'", "attributes.`run name` LIKE 'run-0%'", "run_name ILIKE 'RUN-1%'", "start_time > 1700000000005", "created >= 1700000000010", "end_time > 0", "user_id = 'ada'", "artifact_uri LIKE '%artifacts'", "run_id = 'x'", "run_id IN ('a', 'b')", "status = 'finished'"),
    *("metrics.m > '1'", "metrics.m LIKE 'x'", "attributes.nothing = 1", "foo.bar = 1", "metrics.m >", "metrics.m > 1 AND", "AND", "m > 1", "params.p == 'a'", "params.p = 'a' params.i = '1'", "metrics.m > 1; drop table runs", "dataset.name = 'x'", "datasets.digest LIKE '%'", "start_time > 'x'", "metrics.m > -1e2", "metrics.m > .5", "params.p = \"a\"", "metrics.m > 1 AND params.p = 'a' AND tags.parity = '0' AND status = 'FINISHED'"),
]
for query in FILTERS:
    show(f"search_runs {query}", lambda: [one.info.run_name for one in client.search_runs([search_id], query)])
ORDERS = ["metrics.m DESC", "metrics.half ASC", "metrics.half DESC", "params.p ASC", "params.rare DESC", "tags.note ASC", "start_time ASC", "attributes.end_time DESC", "status ASC", "run_name DESC", "metrics.`odd name`", "metrics.missing", "unheard", "foo.bar ASC", "metrics.m SIDEWAYS"]
for order in ORDERS:
    show(f"search_runs order {order}", lambda: [one.info.run_name for one in client.search_runs([search_id], order_by=[order])])
show("search_runs two orders", lambda: [one.info.run_name for one in client.search_runs([search_id], order_by=["params.p DESC", "metrics.m ASC"])])
show("search_runs twice the same order", lambda: [one.info.run_name for one in client.search_runs([search_id], order_by=["metrics.m DESC", "metrics.m ASC"])])
show("search_runs pages", lambda: [[one.info.run_name for one in page] for page in pages(lambda token: client.search_runs([search_id], "metrics.m > 0.3", max_results=3, order_by=["params.p ASC"], page_token=token))])
show("search_runs frame", lambda: mlflow.search_runs(experiment_ids=[search_id], filter_string="metrics.m > 1.9", order_by=["metrics.m ASC"]))
show("search_runs frame of all", lambda: mlflow.search_runs(search_all_experiments=True, max_results=4, order_by=["start_time ASC"])[["status", "params.p", "metrics.m"]])
show("search_runs list", lambda: [one.info.run_name for one in mlflow.search_runs([search_id], output_format="list", max_results=2)])
show("search_runs by name", lambda: len(mlflow.search_runs(experiment_names=["searched", "plain"])))
show("search_runs empty", lambda: mlflow.search_runs([search_id], "params.p = 'nothing'"))
show("search_runs missing experiment", lambda: mlflow.search_runs(["99999"]))
show("search_runs too many", lambda: client.search_runs([search_id], max_results=50001))
show("search_runs datasets", lambda: [one.info.run_name for one in client.search_runs([plain_id], "dataset.name = 'train' AND dataset.context = 'training'")])
show("search_runs datasets IN", lambda: [one.info.run_name for one in client.search_runs([plain_id], "datasets.name IN ('one', 'zzz')")])

# Life and death
for name, action in {
    "update_run": lambda: client.update_run(run_id, status="FAILED", name="again"),
    "after update_run": lambda: client.get_run(run_id).info,
    "set_terminated": lambda: client.set_terminated(run_id, "FINISHED", T0 + 9000),
    "after set_terminated": lambda: client.get_run(run_id).info,
    "set_terminated to nonsense": lambda: client.set_terminated(run_id, "DONE"),
    "delete_run": lambda: mlflow.delete_run(run_id),
    "delete_run twice": lambda: client.delete_run(run_id),
    "get deleted run": lambda: client.get_run(run_id).info.lifecycle_stage,
    "log on deleted": lambda: client.log_metric(run_id, "x", 1.0),
    "param on deleted": lambda: client.log_param(run_id, "x", 1.0),
    "tag on deleted": lambda: client.set_tag(run_id, "x", 1.0),
    "resume deleted": lambda: mlflow.start_run(run_id=run_id),
    "artifact of deleted": lambda: mlflow.artifacts.load_text(f"runs:/{run_id}/texts/t.txt"),
    "search deleted": lambda: [one.info.run_name for one in client.search_runs([plain_id], run_view_type=ViewType.DELETED_ONLY)],
    "search all": lambda: sorted(one.info.run_name for one in client.search_runs([plain_id], run_view_type=ViewType.ALL) if "-" not in one.info.run_name),
    "restore_run": lambda: client.restore_run(run_id),
    "restore_run twice": lambda: client.restore_run(run_id),
    "delete_experiment": lambda: mlflow.delete_experiment(other_id),
    "delete_experiment twice": lambda: client.delete_experiment(other_id),
    "get deleted experiment": lambda: client.get_experiment(other_id),
    "set_experiment deleted": lambda: mlflow.set_experiment("renamed"),
    "set_experiment deleted by id": lambda: mlflow.set_experiment(experiment_id=other_id),
    "create with deleted name": lambda: mlflow.create_experiment("renamed"),
    "rename deleted": lambda: client.rename_experiment(other_id, "x"),
    "create_run in deleted": lambda: client.create_run(other_id),
    "search_experiments deleted": lambda: [one.name for one in client.search_experiments(view_type=ViewType.DELETED_ONLY)],
    "search_experiments all": lambda: sorted(one.name for one in client.search_experiments(view_type=ViewType.ALL)),
    "restore_experiment": lambda: client.restore_experiment(other_id),
    "restore_experiment twice": lambda: client.restore_experiment(other_id),
    "delete missing experiment": lambda: client.delete_experiment("4444"),
}.items():
    show(name, action)
mlflow.end_run()

# Registry
show("create_registered_model", lambda: client.create_registered_model("net", tags={"task": "vision"}, description="a net"))
pause()
show("create_registered_model again", lambda: client.create_registered_model("net"))
show("create_registered_model bare", lambda: later(lambda: client.create_registered_model("bare")))
for index in range(3):
    show(f"create_model_version {index}", lambda: later(lambda: client.create_model_version("net", f"s3://bucket/{index}", tags={"i": index}, description=f"number {index}", run_id=run_id if index else None, run_link="http://x/y")))
for name, action in {
    "create_model_version of a run": lambda: client.create_model_version("bare", f"runs:/{run_id}/folder", run_id),
    "create_model_version of no model": lambda: client.create_model_version("nobody", "s3://b/x"),
    "create_model_version of a path": lambda: client.create_model_version("net", "/etc/passwd"),
    "get_registered_model": lambda: client.get_registered_model("net"),
    "get_registered_model missing": lambda: client.get_registered_model("nobody"),
    "get_model_version": lambda: client.get_model_version("net", "2"),
    "get_model_version number": lambda: client.get_model_version("net", 2),
    "get_model_version missing": lambda: client.get_model_version("net", "9"),
    "get_model_version text": lambda: client.get_model_version("net", "one"),
    "get_model_version_download_uri": lambda: client.get_model_version_download_uri("net", "1"),
    "get_model_version_stages": lambda: client.get_model_version_stages("net", "1"),
    "update_registered_model": lambda: client.update_registered_model("net", "described"),
    "update_model_version": lambda: client.update_model_version("net", "1", "described"),
    "set_registered_model_tag": lambda: client.set_registered_model_tag("net", "k", 5),
    "delete_registered_model_tag": lambda: client.delete_registered_model_tag("net", "task"),
    "delete_registered_model_tag missing": lambda: client.delete_registered_model_tag("net", "task"),
    "set_model_version_tag": lambda: client.set_model_version_tag("net", "1", "k", "v"),
    "mlflow.set_model_version_tag": lambda: mlflow.set_model_version_tag("net", "2", "k2", "v"),
    "delete_model_version_tag": lambda: client.delete_model_version_tag("net", "1", "i"),
    "transition to Production": lambda: client.transition_model_version_stage("net", "1", "production"),
    "transition to Staging": lambda: client.transition_model_version_stage("net", "2", "Staging"),
    "transition with archive": lambda: client.transition_model_version_stage("net", "3", "Production", archive_existing_versions=True),
    "transition to nonsense": lambda: client.transition_model_version_stage("net", "1", "Live"),
    "transition to None": lambda: client.transition_model_version_stage("net", "2", "None"),
    "set tag by stage": lambda: client.set_model_version_tag("net", stage="Production", key="by", value="stage"),
    "delete tag by stage": lambda: client.delete_model_version_tag("net", stage="Production", key="by"),
    "get_latest_versions": lambda: client.get_latest_versions("net"),
    "get_latest_versions Production": lambda: client.get_latest_versions("net", ["Production"]),
    "get_latest_versions nonsense": lambda: client.get_latest_versions("net", ["Live"]),
    "get_latest_versions missing": lambda: client.get_latest_versions("nobody"),
    "set alias": lambda: client.set_registered_model_alias("net", "champion", "1"),
    "move alias": lambda: client.set_registered_model_alias("net", "champion", "3"),
    "set second alias": lambda: client.set_registered_model_alias("net", "Best_1", 3),
    "get by alias": lambda: client.get_model_version_by_alias("net", "champion"),
    "get by alias missing": lambda: client.get_model_version_by_alias("net", "loser"),
    "alias of missing version": lambda: client.set_registered_model_alias("net", "x", "44"),
    "alias latest": lambda: client.set_registered_model_alias("net", "latest", "1"),
    "alias v3": lambda: client.set_registered_model_alias("net", "v3", "1"),
    "delete alias": lambda: client.delete_registered_model_alias("net", "Best_1"),
    "delete alias twice": lambda: client.delete_registered_model_alias("net", "Best_1"),
    "copy_model_version": lambda: client.copy_model_version("models:/net/1", "copied"),
    "copy_model_version by alias": lambda: client.copy_model_version("models:/net@champion", "copied"),
    "after aliases": lambda: client.get_registered_model("net"),
    "rename_registered_model": lambda: client.rename_registered_model("bare", "dressed"),
    "rename to a taken name": lambda: client.rename_registered_model("dressed", "net"),
    "renamed version": lambda: client.get_model_version("dressed", "1"),
    "search_registered_models": lambda: client.search_registered_models(),
    "search_registered_models order": lambda: [one.name for one in mlflow.search_registered_models(order_by=["name DESC"])],
    "search_registered_models timestamp": lambda: [one.name for one in mlflow.search_registered_models(order_by=["timestamp ASC"])],
    "search_registered_models name": lambda: [one.name for one in client.search_registered_models("name LIKE 'n%'")],
    "search_registered_models ilike": lambda: [one.name for one in client.search_registered_models("name ILIKE 'N%'")],
    "search_registered_models tag": lambda: [one.name for one in client.search_registered_models("tags.k = '5'")],
    "search_registered_models bad": lambda: client.search_registered_models("description = 'x'"),
    "search_registered_models pages": lambda: [[one.name for one in page] for page in pages(lambda token: client.search_registered_models(max_results=1, page_token=token))],
    "search_model_versions": lambda: [(one.name, one.version) for one in client.search_model_versions("name = 'net'")],
    "search_model_versions all": lambda: [(one.name, one.version, one.aliases) for one in client.search_model_versions()],
    "search_model_versions order": lambda: [(one.name, one.version) for one in client.search_model_versions(order_by=["version_number ASC"])],
    "search_model_versions run": lambda: [(one.name, one.version) for one in client.search_model_versions(f"run_id = '{run_id}'")],
    "search_model_versions runs": lambda: [(one.name, one.version) for one in client.search_model_versions(f"run_id IN ('{run_id}', 'x')")],
    "search_model_versions number": lambda: [(one.name, one.version) for one in client.search_model_versions("version_number > 1")],
    "search_model_versions source": lambda: [(one.name, one.version) for one in client.search_model_versions("source_path LIKE '%bucket/1'")],
    "search_model_versions tag": lambda: [(one.name, one.version) for one in client.search_model_versions("tags.i = '1'")],
    "search_model_versions bad": lambda: client.search_model_versions("stage = 'x'"),
    "search_model_versions pages": lambda: [[(one.name, one.version) for one in page] for page in pages(lambda token: client.search_model_versions(max_results=2, page_token=token))],
    "delete_model_version": lambda: client.delete_model_version("net", "1"),
    "delete_model_version twice": lambda: client.delete_model_version("net", "1"),
    "get deleted version": lambda: client.get_model_version("net", "1"),
    "versions after delete": lambda: [one.version for one in client.search_model_versions("name = 'net'")],
    "next version": lambda: client.create_model_version("net", "s3://b/4").version,
    "delete_registered_model": lambda: client.delete_registered_model("copied"),
    "delete_registered_model twice": lambda: client.delete_registered_model("copied"),
    "mlflow.register_model": lambda: mlflow.register_model(f"runs:/{run_id}/folder", "by-run", tags={"a": "b"}, await_registration_for=0),
    "register_model missing run": lambda: mlflow.register_model(f"runs:/{'0' * 32}/folder", "by-run"),
    "name of nothing": lambda: client.create_registered_model(""),
    "name with slash": lambda: client.create_registered_model("a/b"),
}.items():
    show(name, action)

# Logged models
mlflow.set_experiment("models")
models_id = mlflow.get_experiment_by_name("models").experiment_id
pause()
model = show("create_logged_model", lambda: client.create_logged_model(models_id, "lm", run_id, tags={"t": "1"}, params={"p": "1", "q": "x"}, model_type="agent"))
pause()
second = show("create_external_model", lambda: mlflow.create_external_model("ext", params={"p": "2"}, tags={"t": "2"}, model_type="chat"))
pause()
third = show("initialize_logged_model", lambda: mlflow.initialize_logged_model("init"))
data = mlflow.data.from_pandas(rows, name="evalset")
for name, action in {
    "get_logged_model": lambda: mlflow.get_logged_model(model.model_id),
    "get_logged_model missing": lambda: mlflow.get_logged_model("m-" + "0" * 32),
    "finalize_logged_model": lambda: client.finalize_logged_model(model.model_id, "READY"),
    "finalize_logged_model failed": lambda: mlflow.finalize_logged_model(third.model_id, "FAILED"),
    "finalize_logged_model nonsense": lambda: mlflow.finalize_logged_model(third.model_id, "DONE"),
    "log_model_params": lambda: mlflow.log_model_params({"late": "x"}, model.model_id),
    "set_logged_model_tags": lambda: mlflow.set_logged_model_tags(model.model_id, {"a": 1, "t": "9"}),
    "delete_logged_model_tag": lambda: mlflow.delete_logged_model_tag(model.model_id, "a"),
    "delete_logged_model_tag missing": lambda: mlflow.delete_logged_model_tag(model.model_id, "a"),
    "log_model_artifacts": lambda: (client.log_model_artifacts(model.model_id, "sub"), client.list_logged_model_artifacts(model.model_id))[1],
    "list_logged_model_artifacts": lambda: client.list_logged_model_artifacts(model.model_id, "deep"),
    "log_metric of a model": lambda: client.log_metric(run_id, "acc", 0.75, timestamp=T0, step=1, model_id=model.model_id),
    "log_metric of a model and data": lambda: client.log_metric(run_id, "acc", 0.5, timestamp=T0 + 1, step=2, model_id=model.model_id, dataset_name=data.name, dataset_digest=data.digest),
    "log_metric of another": lambda: client.log_metric(run_id, "acc", 0.25, timestamp=T0, step=1, model_id=second.model_id),
    "log_inputs models": lambda: client.log_inputs(run_id, models=[LoggedModelInput(model_id=model.model_id)]),
    "log_outputs": lambda: client.log_outputs(run_id, [LoggedModelOutput(model_id=second.model_id, step=1)]),
    "inputs and outputs": lambda: (client.get_run(run_id).inputs.model_inputs, client.get_run(run_id).outputs),
    "model with metrics": lambda: mlflow.get_logged_model(model.model_id),
    "search_logged_models": lambda: mlflow.search_logged_models([models_id], output_format="list"),
    "search_logged_models frame": lambda: mlflow.search_logged_models([models_id])[["name", "status", "model_type"]],
    "delete_logged_model": lambda: client.delete_logged_model(third.model_id),
    "get deleted": lambda: mlflow.get_logged_model(third.model_id),
    "set_active_model": lambda: str(mlflow.set_active_model(model_id=model.model_id)),
    "clear_active_model": lambda: mlflow.clear_active_model(),
}.items():
    show(name, action)
for query in ("name = 'lm'", "name != 'lm'", "name LIKE 'e%'", "params.p = '1'", "tags.t = '9'", "model_type = 'agent'", "status = 'READY'", "metrics.acc > 0.4", "metrics.acc < 0.6", "attributes.name IN ('lm','x')", "name NOT IN ('lm')", "source_run_id = 'x'", "creation_timestamp > 5", "foo = 1", "model_id = 'x' AND"):
    show(f"search_logged_models {query}", lambda: [one.name for one in mlflow.search_logged_models([models_id], query, output_format="list")])
for order in ([{"field_name": "metrics.acc", "ascending": False}], [{"field_name": "creation_timestamp", "ascending": True}], [{"field_name": "name"}], [{"field_name": "params.p", "ascending": False}], [{"field_name": "foo"}], [{"ascending": True}]):
    show(f"search_logged_models order {order}", lambda: [one.name for one in mlflow.search_logged_models([models_id], order_by=order, output_format="list")])
show("search_logged_models dataset", lambda: [one.name for one in mlflow.search_logged_models([models_id], "metrics.acc > 0.1", datasets=[{"dataset_name": "evalset"}], output_format="list")])
show("search_logged_models no experiment", lambda: client.search_logged_models([]))

# Prompts
mlflow.set_experiment("prompts")


def prompts_of_a_trace():
    root = client.start_trace("linked", start_time_ns=T0 * 1_000_000)
    client.end_trace(root.trace_id, end_time_ns=T0 * 1_000_000 + 5_000_000)
    mlflow.flush_trace_async_logging()
    client.link_prompt_versions_to_trace([client.get_prompt_version("greet", 1), client.get_prompt_version("greet", 2)], root.trace_id)
    client.link_traces_to_run([root.trace_id], run_id)
    return [client.get_trace(root.trace_id).info.tags.get("mlflow.linkedPrompts"), len(client.search_traces(locations=[mlflow.get_experiment_by_name("prompts").experiment_id]))]


for name, action in {
    "register_prompt": lambda: mlflow.register_prompt("greet", "Hello {{name}}", commit_message="first", tags={"tone": "kind"}),
    "register_prompt again": lambda: later(lambda: mlflow.register_prompt("greet", "Hi {{name}} from {{place}}", commit_message="second")),
    "register chat prompt": lambda: mlflow.register_prompt("chat", [{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}}"}], response_format={"type": "object", "properties": {"a": {"type": "string"}}}),
    "load_prompt": lambda: mlflow.load_prompt("greet", version=1),
    "load_prompt uri": lambda: mlflow.load_prompt("prompts:/greet/2").template,
    "load_prompt latest": lambda: mlflow.load_prompt("greet").version,
    "load_prompt missing": lambda: mlflow.load_prompt("nothing", version=1),
    "load_prompt allow_missing": lambda: mlflow.load_prompt("nothing", version=1, allow_missing=True),
    "format": lambda: mlflow.load_prompt("greet", version=2).format(name="A", place="B"),
    "set_prompt_alias": lambda: mlflow.set_prompt_alias("greet", "prod", 1),
    "load by alias": lambda: mlflow.load_prompt("prompts:/greet@prod").version,
    "load by missing alias": lambda: mlflow.load_prompt("prompts:/greet@nope"),
    "delete_prompt_alias": lambda: mlflow.delete_prompt_alias("greet", "prod"),
    "get_prompt": lambda: client.get_prompt("greet"),
    "get_prompt_version": lambda: client.get_prompt_version("greet", 2),
    "search_prompts": lambda: mlflow.search_prompts(),
    "search_prompts filter": lambda: [one.name for one in mlflow.search_prompts("name LIKE 'gr%'")],
    "search_prompt_versions": lambda: client.search_prompt_versions("greet"),
    "prompts are no models": lambda: [one.name for one in client.search_registered_models()],
    "set_prompt_tag": lambda: client.set_prompt_tag("greet", "k", "v"),
    "set_prompt_version_tag": lambda: client.set_prompt_version_tag("greet", 1, "k", "v"),
    "delete_prompt_tag": lambda: client.delete_prompt_tag("greet", "k"),
    "delete_prompt_version_tag": lambda: client.delete_prompt_version_tag("greet", 1, "k"),
    "create_prompt": lambda: client.create_prompt("made", "described", {"a": "b"}),
    "create_prompt_version": lambda: client.create_prompt_version("made", "text {{x}}", "first"),
    "delete_prompt_version": lambda: client.delete_prompt_version("made", "1"),
    "delete_prompt": lambda: client.delete_prompt("made"),
    "get deleted prompt": lambda: client.get_prompt("made"),
    "link to run": lambda: client.link_prompt_version_to_run(run_id, "prompts:/greet/1"),
    "list_logged_prompts": lambda: [(one.name, one.version) for one in client.list_logged_prompts(run_id)],
    "detach from run": lambda: client.detach_prompt_from_run(run_id, "prompts:/greet/1"),
    "link to model": lambda: client.link_prompt_version_to_model("greet", "1", model.model_id),
    "model of the prompt": lambda: client.get_logged_model(model.model_id).tags,
    "prompt name taken by a model": lambda: mlflow.register_prompt("net", "x"),
    "set alias again": lambda: client.set_prompt_alias("greet", "live", 2),
    "get_prompt_version_by_alias": lambda: client.get_prompt_version_by_alias("greet", "live"),
    "parse_prompt_uri": lambda: client.parse_prompt_uri("prompts:/greet@live"),
    "link_prompt_versions_to_trace": lambda: prompts_of_a_trace(),
    "log_model_artifact": lambda: (client.log_model_artifact(model.model_id, "d.txt"), client.list_logged_model_artifacts(model.model_id))[1],
    "unlink_traces_from_run": lambda: client.unlink_traces_from_run(["tr-" + "0" * 32], run_id),
    "list_webhooks": lambda: client.list_webhooks(),
    "genai.load_prompt": lambda: mlflow.genai.load_prompt("prompts:/greet/1").template,
}.items():
    show(name, action)
finish()
