# Runs the scripts against a real MLflow server and against Hone and prints every difference that is not listed as deliberate.
import argparse
import difflib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from deviations import reason_for  # noqa: E402
from mlflow_server import await_health, free_port, mlflow_server  # noqa: E402

ROOT = HERE.parents[3]
SCRIPTS = ("ordinary", "autolog", "hostile")


@contextmanager
def hone_server(folder: Path, command: str):
    """Yields the address of a fresh Hone whose files lie in `folder`."""
    port = free_port()
    log = open(folder / "server.log", "w")
    line = command.format(port=port, dir=folder / "data")
    path = f"{ROOT}/node_modules/.bin:{os.environ['PATH']}"
    process = subprocess.Popen(shlex.split(line), cwd=ROOT, env={**os.environ, "PATH": path}, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        await_health(url, process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
        log.close()


def run(script: str, url: str, folder: Path, retries: int) -> str:
    """The transcript of a script against the server, run in an empty folder."""
    work = folder / "work"
    work.mkdir()
    env = {
        **os.environ,
        **{"MLFLOW_TRACKING_URI": url, "PYTHONPATH": str(HERE), "LOGNAME": "ada", "USER": "ada", "TZ": "UTC", "PYTHONHASHSEED": "0"},
        **{"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(retries)},
        **{"GIT_PYTHON_REFRESH": "quiet", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"},
        **{"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"},
    }
    with open(folder / "errors.txt", "w") as errors:
        # As `train.py` of the empty folder: neither a path nor a commit of this machine becomes a tag.
        line = f"import sys; sys.argv=['train.py']; exec(compile(open({str(HERE / f'{script}.py')!r}).read(), 'train.py', 'exec'))"
        done = subprocess.run([sys.executable, "-c", line], cwd=work, env=env, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=1500)
    if done.returncode != 0:
        print(f"{script} ended with {done.returncode} against {url}:\n{(folder / 'errors.txt').read_text()[-3000:]}")
    return done.stdout


def transcript(script: str, which: str, command: str, keep: Path | None) -> tuple[str, float]:
    with tempfile.TemporaryDirectory(prefix="parity-") as temporary:
        folder = Path(temporary)
        with mlflow_server(folder) if which == "mlflow" else hone_server(folder, command) as url:
            started = time.time()
            # A busy machine makes MLflow answer 500 now and then; Hone has to answer at the first time.
            text = run(script, url, folder, retries=1 if which == "mlflow" else 0)
            seconds = time.time() - started
    if keep is not None:
        (keep / f"{script}.{which}.txt").write_text(text)
    return text, seconds


def steps(text: str) -> dict[str, list[str]]:
    """The lines of each step by its name; names that come again are counted."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("## "):
            name, number = line[3:], 1
            while name in found:
                number += 1
                name = f"{line[3:]} ({number})"
            lines = found[name] = []
        else:
            lines.append(line)
    return found


TOKEN = re.compile(r"<(id|experiment) (\d+)>")


class Pairs:
    """Which identifier of ours stands for which of theirs: each server gives its own, and some are shown by one only."""

    def __init__(self):
        self.ours: dict[str, str] = {}

    def translated(self, theirs: list[str], ours: list[str]) -> list[str]:
        """Our lines with their identifiers, where the step allows that."""
        tried = dict(self.ours)
        taken = set(tried.values())
        if len(theirs) == len(ours):
            for left, right in zip(theirs, ours):
                for one, other in zip(TOKEN.finditer(left), TOKEN.finditer(right)):
                    if other.group() not in tried and one.group() not in taken:
                        tried[other.group()] = one.group()
                        taken.add(one.group())
        lines = [TOKEN.sub(lambda match: tried.get(match.group(), f"<unpaired {match.group(2)}>"), line) for line in ours]
        if lines == theirs:
            self.ours = tried
        return lines


def differences(script: str, theirs: dict[str, list[str]], ours: dict[str, list[str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """What differs without a reason, as text, and the steps that differ with their reason."""
    unexpected, meant, pairs = [], [], Pairs()
    for name in dict.fromkeys([*theirs, *ours]):
        left, right = theirs.get(name), ours.get(name)
        if left is not None and right is not None:
            right = pairs.translated(left, right)
        if left == right:
            continue
        reason = reason_for(script, name, "\n".join(left or []), "\n".join(right or []))
        if reason is not None:
            meant.append((name, reason))
            continue
        shown = [line[:400] for line in difflib.unified_diff(left or ["(absent)"], right or ["(absent)"], "mlflow", "hone", lineterm="", n=1)][2:]
        unexpected.append(f"{script}: {name}\n" + "\n".join(f"    {line}" for line in shown[:30]))
    return unexpected, meant


def compare(script: str, command: str, keep: Path | None, reuse: bool) -> int:
    kept = keep / f"{script}.mlflow.txt" if keep is not None else None
    if reuse and kept is not None and kept.exists():
        theirs, seconds = kept.read_text(), 0.0
    else:
        theirs, seconds = transcript(script, "mlflow", command, keep)
    ours, our_seconds = transcript(script, "hone", command, keep)
    left, right = steps(theirs), steps(ours)
    unexpected, meant = differences(script, left, right)
    for text in unexpected:
        print(text)
    print(f"{script}: {len(left)} steps, {len(theirs) / 1000:.0f} kB from MLflow ({seconds:.1f} s), {len(ours) / 1000:.0f} kB from Hone ({our_seconds:.1f} s):", end=" ")
    print(f"{len(unexpected)} steps differ, and {len(meant)} that are meant")
    for name, reason in meant:
        print(f"    {name}: {reason}")
    return len(unexpected)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares what the MLflow client shows against MLflow and against Hone")
    parser.add_argument("scripts", nargs="*", default=SCRIPTS, help=f"which to run (all): {', '.join(SCRIPTS)}")
    parser.add_argument("--hone", default="node bin/hone.js server --host 127.0.0.1 --port {port} --data {dir}", help="the command that starts Hone")
    parser.add_argument("--keep", type=Path, help="a folder that gets the transcripts")
    parser.add_argument("--reuse", action="store_true", help="take MLflow's transcript from the folder where it is there")
    given = parser.parse_args()
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
    found = sum(compare(script, given.hone, given.keep, given.reuse) for script in given.scripts)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
