"""The part of the page that speaks of Python: what is held to a goal, and all libraries side by side."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import peers
from figure import number
from speed.report import Report

from . import goals
from .measure import Samples, prepared

ABOUT = (
    "Medians; `@stamp`, fresh processes on one processor but for threads and processes. A bare look at a file is"
    " `statx`, timed in C in the same loop. What is compared comes from one loop. Stamps are older than two seconds,"
    " as most are: a process does not read one again while its file looks as it did. A younger is read."
)


def measured(folder: Path) -> Report:
    """Measures in `folder`."""
    ours, others = peers.ours(), peers.others()
    us, names, everybody = ours[0], [peer.name for peer in ours], [*ours, *others]
    bench = prepared(folder, others[-1].python if others else us.python)
    with_arrays = [peer for peer in everybody if peers.imports(peer.python, "numpy")]
    young = bench.run("hit", us)
    hits = bench.rounds("hit", everybody, 10)
    arrays = bench.rounds("array_result", with_arrays, 2)
    threads = bench.rounds("threads", everybody, 3, pinned=False)
    beside = bench.rounds("beside", everybody, 2, pinned=False)
    eight = bench.side_by_side(everybody, 8, 3)
    first_hits, first_runs = bench.first(everybody, 10)
    rows = [
        *goals.small_hit(hits, names, us.name),
        *goals.young_hit(young),
        *goals.reaching(bench.rounds("reaching", [us], 5)[us.name]),
        *goals.dependencies(bench.rounds("dependencies", [us], 5)[us.name]),
        *goals.large_file(bench.rounds("large_file", [us], 3)[us.name]),
        *goals.array_result(arrays, names, us.name),
        *goals.array_argument(bench.rounds("array_argument", [us], 3)[us.name]),
        *goals.threads(threads[us.name]),
        *goals.beside(beside[us.name]),
        *goals.processes(eight, names, us.name),
        *goals.first(first_hits[us.name], first_runs[us.name], bench.importing(us.python, "jobstamps", 20)),
        *goals.waking(bench.run("waking", us, pinned=False)),
    ]
    columns = [
        ("small hit, us", hits, "hit", 1.0),
        ("its floor, us", hits, "floor", 1.0),
        ("100 MB array result, us", arrays, "hit", 1.0),
        ("16 threads, hits/s", threads, "16 a second", 1.0),
        ("p99, us", threads, "p99 of 16", 1.0),
        ("beside a computing thread, us", beside, "beside", 1.0),
        ("8 processes, hits/s", eight, "a second", 1.0),
        ("first call, a hit, ms", first_hits, "import and first call", 1000.0),
        ("first call, a run, ms", first_runs, "import and first call", 1000.0),
    ]
    return Report("A call in Python", [], rows, notes=(ABOUT, side_by_side([peer.name for peer in everybody], columns)))


def side_by_side(names: list[str], columns: list[tuple[str, Samples, str, float]]) -> str:
    """Returns the table of all libraries."""
    lines = [
        "| |" + "".join(f" {title} |" for title, *_ in columns),
        "|---|" + "---|" * len(columns),
    ]
    for name in names:
        cells = []
        for _, samples, case, scale in columns:
            measured = samples.get(name, {}).get(case)
            cells.append(number(median(measured) / scale) if measured else "-")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
