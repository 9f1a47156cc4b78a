# Logged models: pyfunc and scikit-learn models logged, loaded, registered and searched; autolog.
import mlflow
import numpy
import pandas
from driving import T0, attempt, step
from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus, Metric
from sklearn.linear_model import LogisticRegression

client = mlflow.MlflowClient()
step("set_experiment")
experiment_id = mlflow.set_experiment("models").experiment_id


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [one * 2 for one in model_input]


requirements = ["scikit-learn"]
step("pyfunc.log_model")
with mlflow.start_run(run_name="pyfunc") as run:
    info = mlflow.pyfunc.log_model(
        name="model",
        python_model=Doubler(),
        registered_model_name="pm",
        input_example=["a"],
        pip_requirements=requirements,
        metadata={"k": "v"},
        params={"alpha": 0.5},
        tags={"t": "1"},
    )
run_id, model_id = run.info.run_id, info.model_id
for name, action in {
    "load_model(models:/pm/1)": lambda: mlflow.pyfunc.load_model("models:/pm/1"),
    "load_model(runs:/)": lambda: mlflow.pyfunc.load_model(f"runs:/{run_id}/model"),
    "load_model(models:/m-)": lambda: mlflow.pyfunc.load_model(info.model_uri),
    "get_model_info": lambda: mlflow.models.get_model_info("models:/pm/1"),
    "get_run": lambda: client.get_run(run_id),
    "get_model_version": lambda: client.get_model_version("pm", "1"),
    "register_model(runs:/)": lambda: mlflow.register_model(f"runs:/{run_id}/model", "again"),
    "register_model(models:/)": lambda: mlflow.register_model(info.model_uri, "again"),
    "get_logged_model registered": lambda: mlflow.get_logged_model(model_id),
    "last_logged_model": lambda: mlflow.last_logged_model(),
}.items():
    attempt(name, action)

step("sklearn.autolog")
mlflow.sklearn.autolog(extra_tags={"auto": "yes"})
x = numpy.array([[0.0], [1.0], [2.0], [3.0]])
y = numpy.array([0, 0, 1, 1])
with mlflow.start_run(run_name="auto") as auto:
    fitted = LogisticRegression().fit(x, y)
    fitted.score(x, y)
mlflow.sklearn.autolog(disable=True)
step("sklearn.log_model")
with mlflow.start_run(run_name="sklearn"):
    sk = mlflow.sklearn.log_model(fitted, name="sk", pip_requirements=requirements, step=3)
    attempt("log_metric of a model", lambda: mlflow.log_metric("acc", 0.75, model_id=sk.model_id, timestamp=T0))
    data = mlflow.data.from_numpy(x, name="eval-set")
    attempt("log_metrics of a model and data", lambda: mlflow.log_metrics({"acc": 0.5, "f1": 0.25}, model_id=sk.model_id, dataset=data, timestamp=T0 + 1))
attempt("sklearn.load_model", lambda: mlflow.sklearn.load_model(sk.model_uri))
attempt("auto get_run", lambda: client.get_run(auto.info.run_id))

step("create_external_model")
external = mlflow.create_external_model("external", params={"p": "1"}, tags={"t": "2"}, model_type="agent")
step("initialize_logged_model")
pending = mlflow.initialize_logged_model("pending", model_type="agent")
for name, action in {
    "get_logged_model pending": lambda: mlflow.get_logged_model(pending.model_id),
    "finalize FAILED": lambda: mlflow.finalize_logged_model(pending.model_id, LoggedModelStatus.FAILED),
    "set_active_model": lambda: mlflow.set_active_model(model_id=external.model_id),
    "log_model_params": lambda: mlflow.log_model_params({"late": "param"}, external.model_id),
    "set_logged_model_tags": lambda: mlflow.set_logged_model_tags(external.model_id, {"a": "1", "b": "2", "t": "3"}),
    "delete_logged_model_tag": lambda: mlflow.delete_logged_model_tag(external.model_id, "a"),
    "delete_logged_model_tag again": lambda: mlflow.delete_logged_model_tag(external.model_id, "a"),
    "get_logged_model": lambda: mlflow.get_logged_model(external.model_id),
    "get_logged_model missing": lambda: mlflow.get_logged_model("m-0123"),
    "list_logged_model_artifacts": lambda: client.list_logged_model_artifacts(model_id),
    "search_logged_models": lambda: mlflow.search_logged_models([experiment_id]),
    "search_logged_models filter": lambda: mlflow.search_logged_models(
        [experiment_id],
        filter_string="params.p = '1' AND name = 'external'",
        order_by=[{"field_name": "creation_timestamp", "ascending": True}],
    ),
    "search_logged_models metric": lambda: mlflow.search_logged_models(
        [experiment_id],
        filter_string="metrics.acc > 0.1",
        order_by=[{"field_name": "metrics.acc", "ascending": False}],
        max_results=2,
    ),
    "search_logged_models dataset": lambda: mlflow.search_logged_models(
        [experiment_id], filter_string="metrics.acc > 0.1", datasets=[{"dataset_name": "eval-set"}]
    ),
    "log_inputs models": lambda: client.log_inputs(run_id, models=[LoggedModelInput(model_id=model_id)]),
    "log_outputs": lambda: client.log_outputs(run_id, [LoggedModelOutput(model_id=external.model_id, step=1)]),
    "log_batch with models": lambda: client.log_batch(run_id, [Metric("b", 1.5, T0, 0, model_id=model_id)]),
    "get_run with both": lambda: client.get_run(run_id),
    "get_logged_model with metrics": lambda: mlflow.get_logged_model(model_id),
    "delete_logged_model": lambda: client.delete_logged_model(external.model_id),
    "get deleted": lambda: mlflow.get_logged_model(external.model_id),
    "search after delete": lambda: mlflow.search_logged_models([experiment_id]),
}.items():
    attempt(name, action)

mlflow.clear_active_model()
step("evaluate")
frame = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": y})
with mlflow.start_run(run_name="evaluate"):
    attempt(
        "models.evaluate",
        lambda: mlflow.models.evaluate(
            lambda df: fitted.predict(df.values),
            frame,
            targets="y",
            model_type="regressor",
            evaluators="default",
            evaluator_config={"log_model_explainability": False},
        ),
    )
