# Records the golden vectors: each flow drives a fresh MLflow server through a proxy, and its exchanges are written as JSON.
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from mlflow_server import mlflow_server
from normalise import golden_text, normalise
from recording_proxy import recording_proxy, save

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parents[2] / "test" / "fixtures" / "mlflow"
PAGES = ("/static-files", "/build", "/favicon", "/manifest", "/ajax-api/3.0/mlflow/ui-telemetry")
"""What only the pages themselves need."""


def flow_names() -> list[str]:
    return sorted(path.stem.replace("_", "-") for path in (HERE / "flows").glob("*.py") if path.stem != "driving")


def about(script: Path) -> str:
    """The sentence at the head of a flow."""
    return script.read_text().splitlines()[0].removeprefix("# ")


def drive(script: Path, proxy: str, folder: Path) -> None:
    """Runs a flow in a process of its own, in an empty folder and as `train.py`, so that no path of this machine is recorded."""
    work = folder / "work"
    work.mkdir()
    run = f"import sys; sys.argv=['train.py']; exec(compile(open({str(script)!r}).read(), 'train.py', 'exec'))"
    env = {
        **os.environ,
        **{"MLFLOW_TRACKING_URI": proxy, "PYTHONPATH": str(HERE / "flows"), "LOGNAME": "ada", "USER": "ada"},
        **{"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"},
        **{"GIT_PYTHON_REFRESH": "quiet", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true", "TZ": "UTC"},
    }
    subprocess.run([sys.executable, "-c", run], cwd=work, env=env, check=True, timeout=600)


def is_page(path: str) -> bool:
    return path.startswith(PAGES) or path.split("?")[0] == "/"


def distinct(exchanges: list[dict]) -> list[dict]:
    """Without readings that repeat the previous ones with nothing written between."""
    kept, seen = [], set()
    for one in exchanges:
        request = one["request"]
        reads = request["method"] == "GET" or request["path"].endswith(("/search", "/graphql"))
        key = json.dumps([request, one["answer"]["status"]])
        if not reads:
            seen.clear()
        elif key in seen:
            continue
        seen.add(key)
        kept.append(one)
    return kept


def record(flow: str, out: Path, raw: Path | None) -> None:
    import mlflow

    script = HERE / "flows" / f"{flow.replace('-', '_')}.py"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with mlflow_server(folder) as url, recording_proxy(url) as (proxy, recording):
            drive(script, proxy, folder)
        if raw is not None:
            save(recording, raw / f"{flow}.raw.json")
        exchanges = distinct([one for one in recording.exchanges if not is_page(one["request"]["path"])])
        golden = normalise(exchanges, urlsplit(url).netloc, str(folder))
    text = golden_text(flow, about(script), f"mlflow {mlflow.__version__}", golden)
    (out / f"{flow}.json").write_text(text)
    print(f"{flow}: {len(golden)} exchanges, {len(text) / 1000:.0f} kB")
    if "/tmp/" in text or str(HERE.parents[2]) in text:
        print("  note: a path of this machine is in the recording")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flows", nargs="*", help=f"which to record (all): {', '.join(flow_names())}")
    parser.add_argument("--out", type=Path, default=FIXTURES)
    parser.add_argument("--raw", type=Path, help="a folder that also gets what was recorded before it is normalised")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for flow in given.flows or flow_names():
        record(flow, given.out, given.raw)


if __name__ == "__main__":
    main()
