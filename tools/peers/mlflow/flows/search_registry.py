# Searches of registered models, model versions and logged models: every form of filter and order, refusals, and pages.
from driving import call, get, post


def model(name, tags=(), **more):
    post(f"model {name}", "registered-models/create", name=name, tags=[{"key": k, "value": v} for k, v in tags], **more)


exp = post("experiment", "experiments/create", name="searched")["experiment_id"]
other = post("other experiment", "experiments/create", name="other")["experiment_id"]
run = post("run", "runs/create", experiment_id=exp, start_time=1, run_name="r")["run"]["info"]["run_id"]
model("Alpha", [("team", "vision"), ("a b", "x'y")], description="first")
model("alpha beta", [("team", "Vision")])
model("gamma_100%", [])
model("delta", [("mlflow.prompt.is_prompt", "true"), ("mlflow.prompt.text", "hi")])
for name in ("Alpha", "Alpha", "gamma_100%", "alpha beta", "Alpha"):
    post(f"version of {name}", "model-versions/create", name=name, source=f"s3://bucket/{name[:3]}", run_id=run if name == "Alpha" else "", tags=[{"key": "n", "value": name}])
post("tag", "model-versions/set-tag", name="Alpha", version="2", key="best", value="yes")
post("alias", "registered-models/alias", name="Alpha", alias="prod", version="2")
post("stage", "model-versions/transition-stage", name="Alpha", version="1", stage="Staging", archive_existing_versions=False)
call("delete a version", "DELETE", "model-versions/delete", body={"name": "Alpha", "version": "3"})


def search(kind, filter, *order, **more):
    query = {**({"filter": filter} if filter is not None else {}), **({"order_by": list(order)} if order else {}), **more}
    return get(f"{kind} {filter or 'all'} {' '.join(order)}", f"{kind}/search", **query)


MODELS, VERSIONS = "registered-models", "model-versions"
for text in (
    *(None, "", "name = 'Alpha'", "name != 'Alpha'", "name LIKE 'a%'", "name ILIKE 'a%'", "name LIKE '%100%'", "name > 'a'", "name = Alpha", 'name = "Alpha"', "attribute.name = 'Alpha'"),
    *("tags.team = 'vision'", "tag.team != 'vision'", "tags.team LIKE 'V%'", "tags.team ILIKE 'v%'", "tags.`a b` LIKE '%y'", "tags.team IS NULL", "tags.team IS NOT NULL", "name LIKE '%a' AND tags.team = 'vision'"),
    *("tags.`mlflow.prompt.is_prompt` = 'true'", "tags.`mlflow.prompt.is_prompt` != 'true'", "tag.`mlflow.prompt.is_prompt` != 'true' AND name LIKE '%a%'"),
    *("foo = 'x'", "description = 'first'", "name = 'a' OR name = 'b'", "name", "metrics.a > 1", "version_number > 1", "name IN ('Alpha')"),
):
    search(MODELS, text)
for order in (("name",), ("name DESC",), ("timestamp",), ("last_updated_timestamp DESC",), ("timestamp DESC", "name ASC"), ("name", "name"), ("foo",), ("creation_timestamp",), ("name UP",), ("tags.team",)):
    search(MODELS, None, *order)
page = search(MODELS, None, max_results=2)
search(MODELS, None, max_results=2, page_token=page["next_page_token"])
for text in (
    *(None, "", "name = 'Alpha'", "name='Alpha'", "name != 'Alpha'", "name LIKE 'a%'", "name ILIKE 'a%'", "name > 'a'", "version_number = 1", "version_number > 1", "version_number <= 1", "version_number != 1", "version_number = '1'", "version = 1", "version_number LIKE '1'"),
    *(f"run_id = '{run}'", f"run_id != '{run}'", f"run_id IN ('{run}')", f"run_id IN ('{run}', 'x')", "run_id LIKE 'zz%'", f"run_id NOT IN ('{run}')", "run_id = ''", "source_path = 's3://bucket/Alp'", "source_path LIKE 's3://%'", "source_path ILIKE '%ALP'", "source_path > 'a'"),
    *("tags.best = 'yes'", "tags.n != 'Alpha'", "tags.n ILIKE 'ALPHA'", "tags.best IS NULL", "tags.best IS NOT NULL", "name = 'Alpha' AND tags.best = 'yes'", "name = 'Alpha' AND version_number > 1"),
    *("foo = 'x'", "current_stage = 'Staging'", "name = 'a' OR name = 'b'", "name", "metrics.a > 1", "name IN ('Alpha')"),
):
    search(VERSIONS, text)
for order in (("name",), ("name DESC",), ("version_number",), ("version_number DESC", "name ASC"), ("creation_timestamp",), ("creation_timestamp DESC",), ("last_updated_timestamp",), ("name", "name"), ("foo",), ("name UP",), ("run_id",)):
    search(VERSIONS, None, *order)
page = search(VERSIONS, None, max_results=2)
search(VERSIONS, None, max_results=2, page_token=page["next_page_token"])
search(VERSIONS, None, page_token="!!!")
post("latest versions", "registered-models/get-latest-versions", name="Alpha")
get("latest versions by GET", "registered-models/get-latest-versions", name="Alpha", stages=["None", "Staging"])
post("latest versions of none", "registered-models/get-latest-versions", name="none")
get("download uri", "model-versions/get-download-uri", name="Alpha", version="1")
get("download uri of none", "model-versions/get-download-uri", name="Alpha", version="3")


def logged(name, experiment=exp, **more):
    made = post(f"logged model {name}", "logged-models", experiment_id=experiment, name=name, **more)
    return made["model"]["info"]["model_id"]


def pairs(**given):
    return [{"key": key, "value": value} for key, value in given.items()]


m1 = logged("One", model_type="agent", source_run_id=run, params=pairs(lr="0.1"), tags=pairs(env="dev"))
m2 = logged("two", model_type="Agent", params=pairs(lr="0.2", **{"a.b": "c"}), tags=pairs(env="prod"))
m3 = logged("three")
m4 = logged("four", other)
unnamed = post("logged model without a name", "logged-models", experiment_id=exp)["model"]["info"]["model_id"]
post("logged model without experiment", "logged-models", name="x")
post("logged model of no experiment", "logged-models", experiment_id="999", name="x")
for bad in ("a/b", "a:b", "a.b", "a%b", "a'b", 'a"b'):
    post(f"logged model named {bad}", "logged-models", experiment_id=exp, name=bad)
nameless = post("logged model with an empty name", "logged-models", experiment_id=exp, name="")["model"]["info"]["model_id"]
call("delete the nameless", "DELETE", f"logged-models/{nameless}")
for state in ("LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_READY"):
    call(f"finalise as {state}", "PATCH", f"logged-models/{m1}", body={"model_id": m1, "status": state})
call("failed", "PATCH", f"logged-models/{m2}", body={"model_id": m2, "status": "LOGGED_MODEL_UPLOAD_FAILED"})
call("status absent", "PATCH", f"logged-models/{m3}", body={"model_id": m3})
call("odd: status wrong", "PATCH", f"logged-models/{unnamed}", body={"model_id": unnamed, "status": "DONE"})
call("status of none", "PATCH", "logged-models/m-none", body={"model_id": "m-none", "status": "LOGGED_MODEL_READY"})
for number, (one, value, data) in enumerate(((m1, 0.5, "iris"), (m1, 0.75, "wine"), (m2, 0.25, "iris"), (m3, 0.125, None), (m1, 0.5, None))):
    extra = {"dataset_name": data, "dataset_digest": "d"} if data else {}
    post(f"metric {number}", "runs/log-metric", run_id=run, key="acc", value=value, timestamp=10 + number, step=number, model_id=one, **extra)
post("more params", f"logged-models/{m1}/params", model_id=m1, params=pairs(late="1"))
post("params again", f"logged-models/{m1}/params", model_id=m1, params=pairs(late="2"))
call("tags", "PATCH", f"logged-models/{m1}/tags", body={"tags": pairs(**{"a b": "c", "env": "dev2"})})
call("delete tag", "DELETE", f"logged-models/{m1}/tags/a%20b")
call("delete tag again", "DELETE", f"logged-models/{m1}/tags/a%20b")
get("get", f"logged-models/{m1}")
get("get missing", "logged-models/m-none")
get("directories", f"logged-models/{m1}/artifacts/directories")
call("artifact", "PUT", f"/api/2.0/mlflow-artifacts/artifacts/{exp}/models/{m1}/artifacts/MLmodel", text="a: 1", headers={"Content-Type": "text/plain"})
get("directories after", f"logged-models/{m1}/artifacts/directories")
call("file", "GET", f"/ajax-api/2.0/mlflow/logged-models/{m1}/artifacts/files?artifact_file_path=MLmodel")
call("file missing", "GET", f"/ajax-api/2.0/mlflow/logged-models/{m1}/artifacts/files?artifact_file_path=none")
call("delete", "DELETE", f"logged-models/{unnamed}")
call("delete again", "DELETE", f"logged-models/{unnamed}")


def models(filter, *order, **more):
    body = {"experiment_ids": [exp, other], **({"filter": filter} if filter is not None else {}), **({"order_by": list(order)} if order else {}), **more}
    return post(f"logged {filter or 'all'} {order or ''}", "logged-models/search", **body)


for text in (
    *(None, "", "name = 'One'", "name != 'One'", "name LIKE 't%'", "name ILIKE 'o%'", "name IN ('One', 'two')", "name NOT IN ('One')", "attributes.name = 'One'", f"model_id = '{m1}'", f"model_id IN ('{m1}', '{m2}')", "model_type = 'agent'", "model_type ILIKE 'AGENT'", "status = 'READY'", "status = 'LOGGED_MODEL_READY'", "status != 'READY'", "status = 'FAILED'", f"source_run_id = '{run}'"),
    *("creation_timestamp > 0", "last_updated_timestamp > 0", "creation_timestamp < 5", "creation_time > 0", "creation_timestamp = 'x'"),
    *("metrics.acc > 0.4", "metrics.acc = 0.25", "metrics.acc < 0.6", "metrics.acc != 0.5", "metrics.acc > 'x'", "metrics.none > 0", "params.lr = '0.1'", "params.lr != '0.1'", "params.lr LIKE '0%'", "params.`a.b` = 'c'", "params.lr = 0.1", "tags.env = 'dev2'", "tags.env LIKE 'p%'", "tags.env IS NULL", "params.lr = '0.1' AND metrics.acc > 0.4"),
    *("foo = 'x'", "name > 'a'", "name", "name = 'a' OR name = 'b'", "dataset.name = 'iris'", "lifecycle_stage = 'active'"),
):
    models(text)
models("metrics.acc > 0.3", datasets=[{"dataset_name": "iris", "dataset_digest": "d"}])
models("metrics.acc > 0.3", datasets=[{"dataset_name": "wine"}])
models(None, datasets=[{"dataset_name": "none"}])
models(None, datasets=[{}])
for field, *more in (("creation_timestamp",), ("creation_timestamp", True), ("name",), ("name", True), ("metrics.acc",), ("metrics.acc", True), ("last_updated_timestamp",), ("model_id",), ("params.lr",), ("tags.env",), ("foo",), ("experiment_id",)):
    only_one = "name = 'One'" if field in ("model_id", "params.lr", "tags.env") else None
    models(only_one, {"field_name": field, **({"ascending": more[0]} if more else {})})
models(None, {"field_name": "metrics.acc", "dataset_name": "iris", "dataset_digest": "d"})
models(None, {"field_name": "metrics.acc", "dataset_name": "iris"})
models(None, {"ascending": True})
page = models(None, max_results=2)
models(None, max_results=2, page_token=page["next_page_token"])
models("name = 'One'", max_results=2, page_token=page["next_page_token"])
models(None, page_token="!!!")
post("logged nowhere", "logged-models/search")
post("logged in none", "logged-models/search", experiment_ids=["999"])
