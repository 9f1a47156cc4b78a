# Every limit of MLflow on both of its sides, over plain HTTP.
from driving import call, get, post

exp = post("experiment", "experiments/create", name="limits", tags=[{"key": "k" * 250, "value": "v" * 5000}])["experiment_id"]
post("odd: experiment tag key 251", "experiments/create", name="a", tags=[{"key": "k" * 251, "value": "v"}])
post("odd: experiment tag value 5001", "experiments/create", name="b", tags=[{"key": "k", "value": "v" * 5001}])
post("location 2048", "experiments/create", name="c", artifact_location="s3://" + "l" * 2043)
post("location 2049", "experiments/create", name="d", artifact_location="s3://" + "l" * 2044)
get("experiment id 65", "experiments/get", experiment_id="1" * 65)
get("run id 257", "runs/get", run_id="r" * 257)
get("run id with a slash", "runs/get", run_id="a/b")
run = post("run", "runs/create", experiment_id=exp, start_time=1, run_name="r" * 250)["run"]["info"]["run_id"]
post("run name 251", "runs/create", experiment_id=exp, start_time=2, run_name="r" * 251)
post("run name empty", "runs/create", experiment_id=exp, start_time=3, run_name="")
post("odd: run tag key 251", "runs/create", experiment_id=exp, start_time=4, tags=[{"key": "k" * 251, "value": "v"}])
post("run tag value 8001", "runs/create", experiment_id=exp, start_time=5, run_name="x", tags=[{"key": "k", "value": "v" * 8001}])
post("run user 256", "runs/create", experiment_id=exp, start_time=6, run_name="x", user_id="u" * 256)
metrics = [{"key": f"m{index % 50}", "value": index / 8 + 0.0625, "timestamp": 10, "step": index // 50} for index in range(1000)]
post("1000 metrics", "runs/log-batch", run_id=run, metrics=metrics)
post("1000 metrics again", "runs/log-batch", run_id=run, metrics=metrics[:3])
params = [{"key": f"p{index}", "value": str(index)} for index in range(100)]
tags = [{"key": f"t{index}", "value": str(index)} for index in range(100)]
post("100 params 100 tags", "runs/log-batch", run_id=run, params=params, tags=tags)
post("param 6000", "runs/log-parameter", run_id=run, key="6000", value="v" * 6000)
post("param 6001", "runs/log-parameter", run_id=run, key="6001", value="v" * 6000 + "w")
post("param 6001 again", "runs/log-parameter", run_id=run, key="6001", value="v" * 6000 + "x")
post("param astral 6001", "runs/log-parameter", run_id=run, key="astral", value="😀" * 6001)
post("param 6001 in a batch", "runs/log-batch", run_id=run, params=[{"key": "batch 6001", "value": "v" * 6001}])
post("tag 8000", "runs/set-tag", run_id=run, key="8000", value="v" * 8000)
post("tag 8001", "runs/set-tag", run_id=run, key="8001", value="v" * 8000 + "w")
post("tag 8001 in a batch", "runs/log-batch", run_id=run, tags=[{"key": "batch 8001", "value": "v" * 8001}])
get("the run", "runs/get", run_id=run)
get("a history", "metrics/get-history", run_id=run, metric_key="m7", max_results=25000)
get("history 25001", "metrics/get-history", run_id=run, metric_key="m7", max_results=25001)
get("history 0", "metrics/get-history", run_id=run, metric_key="m7", max_results=0)


def dataset(label, /, **changes):
    one = {"name": "d", "digest": "abc", "source_type": "local", "source": "{}", **changes}
    post(label, "runs/log-inputs", run_id=run, datasets=[{"dataset": one, "tags": [{"key": "mlflow.data.context", "value": "training"}]}])


dataset("dataset name 500", name="n" * 500)
dataset("dataset name 501", name="n" * 501)
dataset("dataset digest 36", digest="d" * 36)
dataset("dataset digest 37", digest="d" * 37)
dataset("dataset source 65535", source="s" * 65535)
dataset("dataset source 65536", source="s" * 65536)
dataset("dataset schema 1048575", digest="schema", schema="s" * 1048575)
dataset("dataset schema 1048576", digest="schema2", schema="s" * 1048576)
dataset("dataset profile", digest="profile", profile="p" * 70000)
dataset("odd: dataset no name", name=None)
dataset("odd: dataset empty name", name="")
post("input tag key 256", "runs/log-inputs", run_id=run, datasets=[{"dataset": {"name": "t", "digest": "1", "source_type": "local", "source": "{}"}, "tags": [{"key": "k" * 256, "value": "v"}]}])
post("input tag value 501", "runs/log-inputs", run_id=run, datasets=[{"dataset": {"name": "t", "digest": "1", "source_type": "local", "source": "{}"}, "tags": [{"key": "k", "value": "v" * 501}]}])
post("inputs no run", "runs/log-inputs", datasets=[])
post("inputs empty", "runs/log-inputs", run_id=run)
post("registered model name 256", "registered-models/create", name="n" * 256)
post("registered model name 257", "registered-models/create", name="n" * 257)
post("registered model", "registered-models/create", name="m", tags=[{"key": "k" * 250, "value": "v" * 100000}], description="d" * 5000)
post("registered model tag key 251", "registered-models/set-tag", name="m", key="k" * 251, value="1")
post("registered model tag value 100001", "registered-models/set-tag", name="m", key="k", value="v" * 100001)
post("registered model description 5001", "registered-models/create", name="m2", description="d" * 5001)
post("version", "model-versions/create", name="m", source="s3://b/1", description="d" * 5000, tags=[{"key": "a", "value": "b"}])
post("version tag value 100001", "model-versions/set-tag", name="m", version="1", key="k", value="v" * 100001)
post("version source 500", "model-versions/create", name="m", source="s3://" + "s" * 495)
post("version source 501", "model-versions/create", name="m", source="s3://" + "s" * 600)
post("alias 255", "registered-models/alias", name="m", alias="a" * 255, version="1")
post("alias empty", "registered-models/alias", name="m", alias="", version="1")
get("aliased", "registered-models/get", name="m")
for limit in (1, 50000, 50001):
    post(f"experiments search {limit}", "experiments/search", max_results=limit, filter="name = 'limits'")
get("experiments search by GET", "experiments/search", max_results=1, order_by=["name ASC"], view_type="ALL")
for limit in (0, 200000, 200001):
    get(f"versions search {limit}", "model-versions/search", max_results=limit, filter="name = 'none'")
for limit in (0, 1000, 1001):
    get(f"models search {limit}", "registered-models/search", max_results=limit, filter="name = 'none'")
for limit in (0, 100, 101):
    post(f"logged models search {limit}", "logged-models/search", experiment_ids=[exp], max_results=limit)
for limit in (0, 500, 501):
    body = {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": exp}}], "max_results": limit}
    call(f"traces search {limit}", "POST", "/api/3.0/mlflow/traces/search", body=body)
other = post("other run", "runs/create", experiment_id=exp, start_time=9, run_name="other")["run"]["info"]["run_id"]
post("its metrics", "runs/log-batch", run_id=other, metrics=[{"key": "m7", "value": 1.5, "timestamp": 10 + i, "step": i * 10} for i in range(30)])
BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
call("bulk", "GET", BULK, query={"run_id": [other], "metric_key": "m7", "max_results": 5})
call("bulk all", "GET", BULK, query={"run_id": [run, other], "metric_key": "m7"})
call("bulk 101 runs", "GET", BULK, query={"run_id": [run] * 101, "metric_key": "m7"})
call("bulk no key", "GET", BULK, query={"run_id": [run]})
call("bulk no run", "GET", BULK, query={"metric_key": "m7"})
call("bulk missing run", "GET", BULK, query={"run_id": ["deadbeef"], "metric_key": "m7"})
INTERVAL = "metrics/get-history-bulk-interval"
get("interval", INTERVAL, run_ids=[run, other], metric_key="m7")
get("interval max", INTERVAL, run_ids=[run, other], metric_key="m7", max_results=5)
get("interval steps", INTERVAL, run_ids=[run, other], metric_key="m7", start_step=5, end_step=100, max_results=4)
get("interval one end", INTERVAL, run_ids=[run], metric_key="m7", start_step=5)
get("interval wrong ends", INTERVAL, run_ids=[run], metric_key="m7", start_step=5, end_step=1)
get("interval 2501", INTERVAL, run_ids=[run], metric_key="m7", max_results=2501)
get("interval 0", INTERVAL, run_ids=[run], metric_key="m7", max_results=0)
get("interval no run", INTERVAL, metric_key="m7")
get("interval no key", INTERVAL, run_ids=[run])
get("interval 101 runs", INTERVAL, run_ids=[run] * 101, metric_key="m7")
get("interval missing run", INTERVAL, run_ids=["deadbeef"], metric_key="m7")
call("interval ajax", "GET", "/ajax-api/2.0/mlflow/" + INTERVAL, query={"run_ids": [other], "metric_key": "m7", "max_results": 3})
