# Makes the small `mlruns` folder that tests import from, with MLflow's own file store: make_mlruns.py test/fixtures/mlruns
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

os.environ["LOGNAME"] = "ada"
# The place that the files tell of: nobody's.
TOLD_PLACE = "/data/mlruns"


def log_first(client, experiment: str) -> None:
    """A deleted run with every kind of value."""
    run = client.create_run(experiment, start_time=1000, run_name="one", tags={"k": "v"}).info.run_id
    for step, value in enumerate([1.0, float("nan"), float("inf"), -float("inf"), 1e-07]):
        client.log_metric(run, "train/loss", value, timestamp=1000 + step, step=step)
    client.log_param(run, "lr", "0.1")
    client.log_param(run, "group/lines", "a\nb")
    client.log_text(run, "hello\n", "sub/ä.txt")
    client.set_terminated(run, "FAILED", 2000)
    client.delete_run(run)


def log_family(mlflow, experiment: str):
    """A parent with a child, a dataset and a logged model; returns the parent and the model."""
    with mlflow.start_run(experiment_id=experiment, run_name="parent") as parent:
        dataset = mlflow.data.from_pandas(pd.DataFrame({"a": [1]}), name="toy", source="/data/x.csv")
        mlflow.log_input(dataset, context="training", tags={"q": "1"})
        with mlflow.start_run(experiment_id=experiment, run_name="child", nested=True):
            mlflow.log_metric("m", 1)
        model = mlflow.initialize_logged_model(name="lm", params={"p": "1"}, tags={"t": "2"}, model_type="clf")
        mlflow.log_metric("acc", 0.5, step=3, model_id=model.model_id, dataset=dataset)
        mlflow.log_outputs(models=[mlflow.entities.LoggedModelOutput(model.model_id, 1)])
        mlflow.log_input(model=mlflow.entities.LoggedModelInput(model.model_id))
        mlflow.finalize_logged_model(model.model_id, "READY")
    return parent, model


def register(client, parent, model) -> None:
    """A model with a deleted version, an alias and a version in production."""
    run, uri = parent.info.run_id, f"{parent.info.artifact_uri}/m"
    client.create_registered_model("reg", tags={"a": "b"}, description="d")
    client.create_model_version("reg", f"models:/{model.model_id}", run, tags={"x": "y"}, model_id=model.model_id)
    client.create_model_version("reg", uri, run, description="the second")
    client.create_model_version("reg", uri, run)
    client.set_registered_model_alias("reg", "champ", "1")
    client.transition_model_version_stage("reg", "2", "Production")
    client.delete_model_version("reg", "3")


def fill(folder: Path) -> None:
    os.environ["MLFLOW_TRACKING_URI"] = folder.as_uri()
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.create_experiment("first", tags={"team": "a"})
    log_first(client, experiment)
    parent, model = log_family(mlflow, experiment)
    register(client, parent, model)
    client.create_run("0", run_name="goes on", start_time=3000)
    gone = client.create_experiment("gone")
    client.create_run(gone, run_name="lost", start_time=4000)
    client.delete_experiment(gone)


def neutral(path: Path, folder: Path) -> None:
    """Takes this machine's paths out of a file."""
    text = path.read_text().replace(str(folder), TOLD_PLACE)
    path.write_text("script.py" if path.name == "mlflow.source.name" else text)


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "mlruns"
        fill(folder)
        for path in folder.rglob("*"):
            if path.is_file():
                neutral(path, folder)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)


main(Path(sys.argv[1]))
