# Searches of experiments and runs: every form of filter and order, refusals, and pages.
from driving import T0, get, post


def experiment(name, *tags):
    return post(f"experiment {name}", "experiments/create", name=name, tags=[{"key": k, "value": v} for k, v in tags])["experiment_id"]


first = experiment("Alpha", ("team", "vision"), ("Stage", "Prod"))
second = experiment("alpha beta", ("team", "Vision"))
third = experiment("gamma_100%", ("a b", "x'y"))
gone = experiment("gone", ("team", "vision"))
post("delete one", "experiments/delete", experiment_id=gone)


def run(number, exp, name, metrics=(), params=(), tags=(), **info):
    made = post(f"run {name}", "runs/create", experiment_id=exp, start_time=T0 + number, run_name=name, user_id=info.get("user", "ada"))
    run_id = made["run"]["info"]["run_id"]
    listed = [{"key": k, "value": v, "timestamp": T0 + step, "step": step} for k, v, step in metrics]
    pairs = lambda items: [{"key": k, "value": v} for k, v in items]  # noqa: E731
    post(f"log {name}", "runs/log-batch", run_id=run_id, metrics=listed, params=pairs(params), tags=pairs(tags))
    if "status" in info:
        post(f"end {name}", "runs/update", run_id=run_id, status=info["status"], end_time=info.get("end", T0 + 1000 + number))
    return run_id


runs = [
    run(1, first, "one", [("loss", 0.5, 1), ("acc", 0.9, 1)], [("lr", "0.1"), ("opt", "Adam")], [("env", "dev")], status="FINISHED"),
    run(2, first, "two", [("loss", 0.25, 1), ("loss", 0.75, 2)], [("lr", "0.01"), ("opt", "adam")], [("env", "prod")], status="FAILED"),
    run(3, first, "Three", [("loss", "NaN", 1), ("a/b.c d", 1.0, 0)], [("lr", "1e-3"), ("a.b/c d", "x")], [("env", "Prod"), ("a.b", "y")], status="KILLED"),
    run(4, first, "four_%", [("loss", "Infinity", 1)], [("opt", "sgd")], [("note", "it's")], user="bob"),
    run(5, first, "five", [("loss", "-Infinity", 1), ("acc", 0.9, 3)], [("lr", "")], [("env", "")], status="SCHEDULED"),
    run(6, second, "one", [("loss", -1.5, 0), ("acc", 0.1, 0)], [("lr", "0.1")], [("env", "dev")]),
    run(7, second, "seven", [], [], []),
]
for digest, context in (("d1", "train"), ("d2", "eval")):
    data = {"name": "iris", "digest": digest, "source_type": "local", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": context}]
    post(f"inputs {digest}", "runs/log-inputs", run_id=runs[0 if digest == "d1" else 1], datasets=[{"dataset": data, "tags": tags}])
post("delete a run", "runs/delete", run_id=runs[4])


def search(filter, *order, ids=None, **more):
    label = " ".join([filter or "all", *order])
    body = {"experiment_ids": [first, second] if ids is None else ids, **more}
    if filter is not None:
        body["filter"] = filter
    if order:
        body["order_by"] = list(order)
    return post(f"runs {label}", "runs/search", **body)


for text in (
    *(f"metrics.loss {op} 0.5" for op in (">", ">=", "<", "<=", "=", "!=")),
    *("metric.loss > 0", "metrics.loss > -2", "metrics.loss > 1e3", "metrics.loss < -1e300", "metrics.`a/b.c d` = 1", 'metrics."a/b.c d" = 1.0'),
    *("metrics.loss > 0 and metrics.acc > 0.5", "metrics.loss > 0 AND metrics.acc > 0.5", "metrics.loss > 0 And params.lr = '0.1'"),
    *("metrics.loss > '1'", "metrics.loss > abc", "metrics.loss LIKE 'x'", "metrics.loss IS NULL", "metrics.loss IN (1)", "metrics.none > 0"),
    *(f"params.lr {op} '0.1'" for op in ("=", "!=", "LIKE", "ILIKE", "<", ">")),
    *("parameters.lr = '0.1'", "param.lr = '0.1'", "parameter.lr = '0.1'", 'params.lr = "0.1"', "params.lr = 0.1", "params.`a.b/c d` = 'x'"),
    *("params.opt LIKE 'A%'", "params.opt ILIKE 'A%'", "params.opt LIKE '_dam'", "params.opt like '%d%'", "params.opt NOT LIKE 'A%'"),
    *("params.lr IS NULL", "params.lr IS NOT NULL", "params.lr is null", "params.lr = ''", "params.lr IN ('0.1', '0.01')"),
    *(f"tags.env {op} 'prod'" for op in ("=", "!=", "LIKE", "ILIKE")),
    *("tag.env = 'dev'", "tags.env IS NULL", "tags.env IS NOT NULL", "tags.`a.b` = 'y'", "tags.a.b = 'y'", 'tags.note = "it\'s"', "tags.note = 'it''s'", "tags.note = 'it\\'s'"),
    *("tags.mlflow.runName = 'one'", "tags.`mlflow.user` = 'ada'", "tags.env = dev"),
    *("attributes.status = 'FINISHED'", "status = 'FINISHED'", "status = 'finished'", "status != 'FINISHED'", "status LIKE 'F%'", "status ILIKE 'f%'"),
    *("attribute.run_name = 'one'", "attr.run_name = 'one'", "run.run_name = 'one'", "run_name LIKE 't%'", "run_name ILIKE 't%'", "run_name != 'one'", "`run name` = 'one'", "attributes.`Run name` = 'one'", '"Run Name" = \'one\'', "attributes.\"run name\" LIKE 'four\\_%'"),
    *("user_id = 'bob'", "attributes.user_id != 'bob'", "artifact_uri LIKE 'mlflow-artifacts:%'", f"start_time > {T0 + 3}", f"start_time >= {T0 + 3}", f"start_time = {T0 + 3}", f"start_time != {T0 + 3}", f"attributes.end_time < {T0 + 1003}", f"created > {T0 + 3}", f"Created <= {T0 + 3}", "start_time > 'x'", "end_time IS NULL"),
    *(f"run_id = '{runs[0]}'", f"attributes.run_id != '{runs[0]}'", "run_id LIKE 'zz%'", f"run_id IN ('{runs[0]}', '{runs[6]}')", f"attributes.run_id NOT IN ('{runs[0]}', '{runs[6]}')", f"run_id in ('{runs[0]}')", "run_id IN ()", "run_id IN 'x'", "run_id IN (1, 2)", "status IN ('FINISHED')", "run_name IN ('one')", "run_id > 'a'"),
    *("dataset.name = 'iris'", "datasets.name = 'iris'", "dataset.digest = 'd1'", "dataset.context = 'train'", "dataset.context LIKE '%a%'", "dataset.name ILIKE 'IR%'", "dataset.digest IN ('d1', 'd2')", "dataset.digest NOT IN ('d1')", "dataset.name != 'iris'", "dataset.other = 'x'", "dataset.name > 'x'"),
    *("", " ", "foo", "foo =", "= 'x'", "foo.bar = 'x'", "metrics.loss", "metrics. = 1", "metrics.loss > 0;", "metrics.loss > 0; metrics.acc > 0", "metrics.loss > 0 OR metrics.acc > 0", "NOT metrics.loss > 0", "(metrics.loss > 0)", "metrics.loss > 0 AND", "AND metrics.loss > 0", "metrics.loss > 0 metrics.acc > 0", "metrics.loss > 0, metrics.acc > 0", "metrics.loss BETWEEN 0 AND 1", "'0.1' = params.lr", "params.lr = '0.1", "params.'lr' = '0.1'", "lifecycle_stage = 'active'", "experiment_id = '1'", "params.lr == '0.1'", "metrics.loss <> 0.5", "metrics.loss > 0 -- comment", "metrics.loss > 0 /* c */", "select * from runs", "params.lr = ''''"),
):
    search(text)
for order in (
    *(("metrics.loss",), ("metrics.loss ASC",), ("metrics.loss DESC",), ("metric.loss desc", "start_time ASC"), ("metrics.`a/b.c d` DESC",), ("metrics.none",)),
    *(("params.lr",), ("params.lr DESC",), ("tags.env ASC", "params.opt DESC"), ("tag.`a.b`",)),
    *(("start_time",), ("start_time DESC",), ("attributes.start_time ASC",), ("end_time",), ("end_time DESC",), ("run_name",), ("attributes.run_name DESC",), ("status", "start_time"), ("user_id DESC", "start_time ASC"), ("created ASC",), ("`Run Name` ASC",), ("attribute.end_time ASC",)),
    *(("start_time", "start_time"), ("metrics.loss", "metrics.loss DESC"), ("foo",), ("foo.bar",), ("metrics.loss UP",), ("metrics.loss ASC DESC",), ("",), ("metrics",), ("lifecycle_stage",), ("dataset.name",), ("start_time, end_time",)),
):
    search(None, *order)
search(None, ids=[])
search(None, ids=["999"])
search(None, ids=[second])
for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"):
    search(None, run_view_type=view)
token = None
for page in range(4):
    answer = search(None, "metrics.loss ASC", max_results=2, **({"page_token": token} if token else {}))
    token = answer.get("next_page_token")
    if token is None:
        break
for bad in ("!!!", "AAAA", "e30=", "eyJvZmZzZXQiOiAtMX0=", "eyJvZmZzZXQiOiAxMDAwfQ==", "eyJvZmZzZXQiOiAieCJ9", ""):
    search(None, max_results=2, page_token=bad)


def experiments(filter, *order, **more):
    body = {"max_results": 100, **({"filter": filter} if filter is not None else {}), **({"order_by": list(order)} if order else {}), **more}
    return post(f"experiments {filter or 'all'} {' '.join(order)}", "experiments/search", **body)


for text in (
    None,
    *(f"name {op} 'Alpha'" for op in ("=", "!=", "LIKE", "ILIKE", ">")),
    *("name LIKE 'a%'", "name ILIKE 'a%'", "attribute.name = 'Alpha'", "attributes.name LIKE '%\\_100\\%'", "name LIKE '%100%'", "name = Alpha", "name IN ('Alpha')", "name = \"Alpha\""),
    *("creation_time > 0", "creation_time < 5", "last_update_time >= 0", "creation_time = 'x'", "creation_time LIKE 'x'"),
    *("tags.team = 'vision'", "tag.team != 'vision'", "tags.team ILIKE 'VISION'", "tags.team LIKE 'V%'", "tags.`a b` LIKE '%y'", "tags.team IS NULL", "tags.team IS NOT NULL", "tags.Stage = 'Prod' AND name = 'Alpha'"),
    *("foo = 'x'", "metrics.a > 1", "params.a = '1'", "experiment_id = '1'", "name = 'a' OR name = 'b'", "name", "lifecycle_stage = 'deleted'"),
):
    experiments(text, "name ASC")
for order in (("name",), ("name DESC",), ("experiment_id",), ("experiment_id DESC",), ("creation_time",), ("creation_time DESC",), ("last_update_time ASC",), ("attributes.name",), ("foo",), ("tags.team",), ("name", "name"), ("name UP",)):
    experiments(None, *order)
experiments(None)
for view in ("DELETED_ONLY", "ALL", "SOME"):
    experiments(None, "name", view_type=view)
page = experiments(None, "name", max_results=2)
experiments(None, "name", max_results=2, page_token=page["next_page_token"])
experiments(None, "name", max_results=0)
experiments(None, "name", max_results=-1)
experiments(None, "name", page_token="!!!")
get("experiments by GET", "experiments/search", max_results=10, filter="name LIKE 'A%'")
get("experiments by GET without max", "experiments/search")
post("experiments without max", "experiments/search")
page = get("history page 1", "metrics/get-history", run_id=runs[1], metric_key="loss", max_results=1)
page = get("history page 2", "metrics/get-history", run_id=runs[1], metric_key="loss", max_results=1, page_token=page["next_page_token"])
get("history bad token", "metrics/get-history", run_id=runs[1], metric_key="loss", max_results=1, page_token="!!!")
