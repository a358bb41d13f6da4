"""Measures hits of a function beside the floor: to open, read and close a file and unpickle what it holds.

A program of its own, because a hit must be measured in a process that has done nothing else. Prints the times in
microseconds as JSON, the floor first.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

from jobstamps import jobstamp

ROUNDS = 1000
WARM_UP = 100
SMALL_VALUE = {"errors": 3, "warnings": ["unused import", "line too long"], "file": "lint.py"}


def lint(path: str, *, strict: bool = False) -> dict[str, Any]:
    """Returns a small value, as a linter would."""
    return {**SMALL_VALUE, "path": path, "strict": strict}


def main() -> None:
    """Measures and prints."""
    stamps = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pickle")
        Path(path).write_bytes(pickle.dumps(lint("lint.py"), protocol=5))
        cases: dict[str, Callable[[], Any]] = {
            "open, read, close, `pickle.loads`": lambda: floor(path),
            "hit of `run`": lambda: jobstamp.run(lint, "lint.py", jobstamps_cache_output_directory=stamps),
        }
        print(json.dumps(measure(cases)))


def floor(path: str) -> Any:
    """Reads and unpickles the file, with nothing between."""
    descriptor = os.open(path, os.O_RDONLY)
    data = os.read(descriptor, 65536)
    os.close(descriptor)
    return pickle.loads(data)


def measure(cases: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Calls all cases in turn and returns how long each took each time."""
    times: dict[str, list[float]] = {what: [] for what in cases}
    for number in range(WARM_UP + ROUNDS):
        for what, call in cases.items():
            start = time.perf_counter_ns()
            call()
            taken = time.perf_counter_ns() - start
            if number >= WARM_UP:
                times[what].append(taken / 1000)
    return times


if __name__ == "__main__":
    main()
