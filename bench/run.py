"""Measures a hit beside what nobody can beat, and beside peers; prints a table and keeps it in bench/results/.

Commands are compared with a program that does nothing and is built the same way, in the same loop; a Python hit with
reading and unpickling the same bytes, in the same loop of a fresh process (`calls`). Absolute times say little about
another machine; the ratios are what we hold ourselves to.
"""

from __future__ import annotations

import datetime
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python" / "build"))

import command  # noqa: E402
from calls.page import lines as calls_in_python  # noqa: E402

ROUNDS = 1000
ROUNDS_BESIDE_PEERS = 100
PEER = "jobstamps==0.0.20"


class Row(NamedTuple):
    """How long one thing took, in microseconds, beside the floor of its table."""

    what: str
    times: list[float]
    floor: list[float]

    def __str__(self) -> str:
        """The row of a table."""
        times = sorted(self.times)
        median, p90 = statistics.median(times), times[len(times) * 9 // 10]
        of_medians, of_minima = median / statistics.median(self.floor), times[0] / min(self.floor)
        return f"| {self.what} | {times[0]:.1f} | {median:.1f} | {p90:.1f} | {of_medians:.2f} | {of_minima:.2f} |"


def main() -> None:
    """Measures, prints and writes the page."""
    spawn, *built = (command.build(package) for package in ("spawn", "noop", "jobstamp"))
    with tempfile.TemporaryDirectory(prefix="jobstamps-bench-") as name:
        folder = Path(name)
        # Copied in one go, as an installation does: the pages of what a linker wrote here and there map slower.
        noop, jobstamp = (Path(shutil.copy(program, folder)) for program in built)
        hits, runs = commands(folder, noop, jobstamp)
        peers = {"a program that does nothing": [str(noop)], **beside_peers(folder, jobstamp)}
        # A file younger than 2 s is not trusted to have changed its time; a hit then costs more, and rightly.
        time.sleep(2.5)
        tables = [
            ("A hit of the command", measure_commands(spawn, ROUNDS, hits)),
            ("A run of the command", measure_commands(spawn, ROUNDS, runs)),
            ("The command beside peers", measure_commands(spawn, ROUNDS_BESIDE_PEERS, peers)),
        ]
        calls = calls_in_python(folder)
    page = "\n".join([*heading(built[1]), *(line for table in tables for line in table_lines(*table)), *calls]) + "\n"
    print(page)
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    kind = f"{platform.system()}-{platform.machine()}-{os.cpu_count()}cpu".lower()
    path = results / f"{datetime.date.today().isoformat()}-{kind}.md"
    path.write_text(page, encoding="utf-8")
    print(f"written to {path.relative_to(ROOT)}")


def commands(folder: Path, noop: Path, jobstamp: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Returns what is measured of our own command, hits and runs apart, since a run's writes trouble what follows.

    The first of each is the floor.
    """
    dependencies = [folder / f"dependency{number}" for number in range(10)]
    for dependency in dependencies:
        dependency.write_bytes(os.urandom(10_000))
    ours = [str(jobstamp), "--stamp-directory", str(folder / "stamps")]
    declared = ["--dependencies", *map(str, dependencies)]
    hits = {
        "a program that does nothing": [str(noop)],
        "hit, no dependencies": [*ours, "--", "echo", "hello"],
        # Jobs of their own: variants of one would be looked through one after the other.
        "hit, 10 dependencies": [*ours, *declared, "--", "echo", "hello", "files"],
        "hit, 10 dependencies, `--use-hashes`": [*ours, *declared, "--use-hashes", "--", "echo", "hello", "bytes"],
    }
    return hits, {"`true`": ["true", "{}"], "miss of `true`": [*ours, "--", "true", "{}"]}


def beside_peers(folder: Path, jobstamp: Path) -> dict[str, list[str]]:
    """Returns hits of ours and of the peers that can be had here; says which cannot."""
    found = {
        "jobstamps, this tree": [str(jobstamp), "--stamp-directory", str(folder / "stamps"), "--", "echo", "hello"]
    }
    environment = ROOT / "target" / "peers" / PEER
    old = environment / "bin" / "jobstamp"
    if not old.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", PEER], check=False)
    if old.exists():
        found[PEER] = [str(old), "--stamp-directory", str(folder / "old-stamps"), "--", "echo", "hello"]
    else:
        print(f"SKIPPED: {PEER} could not be installed")
    if bkt := shutil.which("bkt"):
        found["bkt"] = [bkt, "--ttl=1d", f"--cache-dir={folder / 'bkt'}", "--", "echo", "hello"]
    else:
        print("SKIPPED: bkt is not installed (cargo install bkt)")
    return found


def measure_commands(spawn: Path, rounds: int, commands: dict[str, list[str]]) -> list[Row]:
    """Runs all commands in turn, `rounds` times; the first is the floor of the others."""
    joined: list[str] = []
    for words in commands.values():
        joined += [*words, "---"]
    done = subprocess.run(
        [spawn, str(rounds), *joined[:-1]], stdout=subprocess.PIPE, text=True, check=True, preexec_fn=on_one_processor
    )
    times = [[int(time) / 1000 for time in line.split()] for line in done.stdout.splitlines()]
    return [Row(what, taken, times[0]) for what, taken in zip(commands, times)]


def on_one_processor() -> None:
    """Keeps this process and its children on one processor: to wake another one takes a third of a hit, or none."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def heading(jobstamp: Path) -> list[str]:
    """Returns what was measured, where and when."""
    revision = (
        command.output("git", "describe", "--always", "--dirty").strip() if (ROOT / ".git").exists() else "unknown"
    )
    return [
        f"# {datetime.date.today().isoformat()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "",
        f"Revision {revision}; {command.output('rustc', '--version').strip()}; Python {platform.python_version()};",
        f"kernel {platform.release()}; {processor()}. The command is {jobstamp.stat().st_size // 1024} KiB.",
        f"Load average before and meanwhile: {', '.join(f'{load:.1f}' for load in os.getloadavg())}.",
        "",
        "Microseconds, from spawn to reaped for commands; ratios are to the first line. On a machine that does",
        "other work, medians tell about that work: look at the minima, or measure again with `make bench`.",
    ]


def processor() -> str:
    """Returns the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.processor())


def table_lines(title: str, rows: list[Row]) -> list[str]:
    """Returns a table as Markdown."""
    return [
        "",
        f"## {title}",
        "",
        "| | min | median | p90 | ratio of medians | of minima |",
        "|---|---|---|---|---|---|",
        *map(str, rows),
    ]


if __name__ == "__main__":
    main()
