# What MLflow's own pages ask for: experiments, runs, charts, comparison, artifacts, models, versions, aliases, traces.
import json
import os
import subprocess
from pathlib import Path

import driving
from driving import T0, URL, call, post

exp = post("experiment", "experiments/create", name="ui")["experiment_id"]
runs = []
for number in range(3):
    made = post("run", "runs/create", experiment_id=exp, start_time=T0 + number, run_name=f"run {number}", user_id="ada")
    runs.append(made["run"]["info"]["run_id"])
    metrics = [{"key": key, "value": step / 8 + number + 0.0625, "timestamp": T0 + step, "step": step} for step in range(12) for key in ("loss", "acc")]
    params = [{"key": "lr", "value": f"0.{number}"}]
    tags = [{"key": "env", "value": "dev"}, {"key": "mlflow.note.content", "value": "# note"}]
    post("log", "runs/log-batch", run_id=runs[-1], metrics=metrics, params=params, tags=tags)
    path = f"/api/2.0/mlflow-artifacts/artifacts/{exp}/{runs[-1]}/artifacts"
    for file, text in (("a.txt", "hello"), ("folder/b.json", "{}")):
        call("artifact", "PUT", f"{path}/{file}", text=text, headers={"Content-Type": "text/plain"})
    post("end", "runs/update", run_id=runs[-1], status="FINISHED", end_time=T0 + 5000 + number)
data = {"name": "iris", "digest": "d1", "source_type": "local", "source": "{}", "schema": "{}", "profile": "{}"}
post("inputs", "runs/log-inputs", run_id=runs[0], datasets=[{"dataset": data, "tags": [{"key": "mlflow.data.context", "value": "train"}]}])
post("model", "registered-models/create", name="shown", description="about")
for number in range(2):
    source = f"mlflow-artifacts:/{exp}/{runs[number]}/artifacts/folder"
    post("version", "model-versions/create", name="shown", source=source, run_id=runs[number])
post("alias", "registered-models/alias", name="shown", alias="prod", version="1")
model = post("logged model", "logged-models", experiment_id=exp, name="logged", source_run_id=runs[0])["model"]["info"]["model_id"]
call("ready", "PATCH", f"logged-models/{model}", body={"model_id": model, "status": "LOGGED_MODEL_READY"})
trace = f"tr-{1:032x}"
info = {
    **{"trace_id": trace, "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": exp}}, "state": "OK"},
    **{"request_time": "2023-11-14T22:13:20Z", "execution_duration": "0.5s", "request_preview": "ask", "response_preview": "say"},
    **{"tags": {"mlflow.traceName": "shown"}, "trace_metadata": {"mlflow.trace_schema.version": "3"}},
}
call("trace", "POST", "/api/3.0/mlflow/traces", body={"trace": {"trace_info": info}})
here = Path(driving.__file__).parent
ids = json.dumps({"experiment": exp, "runs": runs, "model": model, "trace": trace})
subprocess.run([os.environ.get("NODE", "node"), str(here.parent / "browse.ts"), URL, ids], check=True, timeout=400)
AJAX = "/ajax-api/2.0/mlflow/"
# What the dialogues send: aliases, descriptions, tags, notes.
call("alias added", "POST", AJAX + "registered-models/alias", body={"name": "shown", "alias": "fresh", "version": "2"})
call("alias removed", "DELETE", AJAX + "registered-models/alias", body={"name": "shown", "alias": "prod"})
call("model described", "PATCH", AJAX + "registered-models/update", body={"name": "shown", "description": "new"})
call("version described", "PATCH", AJAX + "model-versions/update", body={"name": "shown", "version": "1", "description": "new"})
call("version tagged", "POST", AJAX + "model-versions/set-tag", body={"name": "shown", "version": "1", "key": "a", "value": "b"})
call("run renamed", "POST", AJAX + "runs/update", body={"run_id": runs[0], "run_name": "renamed"})
call("run note", "POST", AJAX + "runs/set-tag", body={"run_id": runs[0], "key": "mlflow.note.content", "value": "new"})
call("run deleted", "POST", AJAX + "runs/delete", body={"run_id": runs[2]})
call("run restored", "POST", AJAX + "runs/restore", body={"run_id": runs[2]})
call("model after", "GET", AJAX + "registered-models/get?name=shown")
call("run after", "GET", AJAX + f"runs/get?run_id={runs[0]}")
