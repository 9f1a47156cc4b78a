"""Runs onnx's checker, with shape inference, over ONNX files: check_onnx.py FILE_OR_DIRECTORY ..."""

import sys
from pathlib import Path

import onnx


def files(argument: str) -> list[Path]:
    path = Path(argument)
    return sorted(path.rglob("*.onnx")) if path.is_dir() else [path]


def main() -> int:
    paths = [path for argument in sys.argv[1:] for path in files(argument)]
    if not paths:
        print("Cannot check: no .onnx file found; name a file or a directory", file=sys.stderr)
        return 2
    failures = 0
    for path in paths:
        try:
            onnx.checker.check_model(str(path), full_check=True)
            print(f"ok      {path}")
        except Exception as error:  # the checker raises several unrelated types
            failures += 1
            print(f"FAILED  {path}: {error}")
    print(f"{len(paths) - failures} of {len(paths)} models pass onnx {onnx.__version__}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
