"""Where a test has its things: below one directory, so that each thread can have one."""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path
from typing import Any

from jobstamps import jobstamp

# Read at once: tests run without the variables of ours that a user has set.
SOAK = "JOBSTAMPS_SOAK" in os.environ
SEED = os.environ.get("JOBSTAMPS_SEED")


class Tally:
    """Counts how often jobs truly ran, across processes: each run appends a line to a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def runs(self) -> int:
        return len(self.path.read_text().splitlines()) if self.path.exists() else 0

    def ran(self, times: int) -> None:
        assert self.runs == times


def amount(short: Any, long: Any) -> Any:
    """Returns how much of something endless to do: a little, or in a soak (`make soak`) plenty."""
    return long if SOAK else short


def age(path: Path, seconds: float = 10) -> None:
    """Moves a file's modification time into the past; only forced times prove anything."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def stamps(store: Path) -> list[Path]:
    """Returns the stamp files in a store."""
    return [path for path in store.glob("jobstamps-v1/??/*") if len(path.name) == 62]


def left_over(store: Path) -> list[Path]:
    """Returns what lies in a store but stamps with blobs, locks of shards, counts, and what tells others what it is."""
    known = {".lock", "CACHEDIR.TAG", ".gitignore", "sizes"}
    files = [path for path in Path(store).rglob("*") if path.is_file() and path.name not in known]
    return [path for path in files if not is_of_a_stamp(path) and not path.name.startswith(("ledger-", "counts-"))]


def is_of_a_stamp(path: Path) -> bool:
    """Tells whether a file is a stamp, or a blob beside one."""
    stamp, _, number = path.name.partition("-")
    return len(stamp) == 62 and path.with_name(stamp).exists() and (not number or len(number) == 16)


def old_file(directory):
    path = directory / "file"
    path.write_text("one")
    age(path)
    return path


def running(directory):
    return functools.partial(jobstamp.run, jobstamps_cache_output_directory=str(PLACES["store"](directory)))


# What the fixtures of these names make, given a directory.
PLACES = {
    "tmp_path": lambda directory: directory,
    "store": lambda directory: directory / "stamps",
    "tally": lambda directory: Tally(directory / "tally"),
    "file": old_file,
    "run": running,
}
