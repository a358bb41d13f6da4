"""How a hit grows with its dependencies, beside bare looks at the same files by the same paths."""

from __future__ import annotations

import os
from pathlib import Path

from figure import Figure, number

from ..place import Place, grow_old
from ..report import Chart, Report, Table
from ..times import Times
from .hit import NOTHING, executed

SIZES = {1: 1000, 10: 1000, 100: 1000, 1000: 500, 10_000: 100, 100_000: 25}
IN_A_FOLDER = 1000
NONE, MTIME, HASH, LOOKS, PARALLEL = "hit, none", "hit", "hit, `--use-hashes`", "bare `statx`", "bare `statx`, parallel"


def measured(place: Place) -> Report:
    """Measures hits with 1 to 100,000 dependencies, from a list of relative paths, as `git ls-files` prints it."""
    paths = made(place.folder)
    grow_old()
    all_times: dict[int, dict[str, Times]] = {}
    for size, rounds in SIZES.items():
        listed = place.folder / f"list{size}"
        listed.write_text("".join(f"{path}\n" for path in paths[:size]), encoding="utf-8")
        # As many processors as they like: looking in parallel may pay.
        commands = of_size(place, listed)
        all_times[size] = place.measure(commands, rounds, warm_up=3, spread=True)
    lines = {
        what: [(float(size), times[what].median) for size, times in all_times.items()]
        for what in (MTIME, HASH, LOOKS, PARALLEL)
    }
    chart = Chart("dependencies", "A hit, by its dependencies", "dependencies", "microseconds", lines)
    tables = [Table(f"{size:,} dependencies", times) for size, times in all_times.items()]
    notes = executed(place, of_size(place, place.folder / "list1000"))
    return Report("Dependencies", tables, figures(all_times), (chart,), notes)


def made(folder: Path) -> list[str]:
    """Makes the files, a thousand to a folder; returns their paths."""
    paths = []
    for number_of_folder in range(max(SIZES) // IN_A_FOLDER):
        (folder / f"tree/part{number_of_folder:02}").mkdir(parents=True, exist_ok=True)
        for number_of_file in range(IN_A_FOLDER):
            path = f"tree/part{number_of_folder:02}/source{number_of_file:03}.c"
            if not (folder / path).exists():
                (folder / path).write_text(f"{path}\n", encoding="utf-8")
            paths.append(path)
    return paths


def of_size(place: Place, listed: Path) -> dict[str, list[str]]:
    """Returns what is compared for one list."""
    look, processors = [place.program("look"), str(listed)], str(os.cpu_count() or 1)
    return {
        NOTHING: [place.program("noop")],
        LOOKS: look,
        PARALLEL: [*look, processors],
        NONE: [*place.ours(), "echo", "hello"],
        MTIME: [*place.ours("--dependencies-from", listed), "echo", listed.name],
        HASH: [*place.ours("--dependencies-from", listed, "--use-hashes"), "echo", listed.name, "bytes"],
    }


def figures(all_times: dict[int, dict[str, Times]]) -> list[Figure]:
    """Returns what is held to a goal."""
    thousand, most = all_times[1000], all_times[100_000]
    each = thousand[MTIME].more(thousand[NONE]) / 1000
    bare = number(thousand[LOOKS].more(thousand[NOTHING]) / 1000)
    best = min((most[LOOKS], most[PARALLEL]), key=lambda times: times.median)
    told = f"{most[MTIME].minima(best)}; of one thread's looks {most[MTIME].over(most[LOOKS]):.2f} x"
    return [
        Figure("1,000 dependencies, more for each", each, "us", 1, told=f"a bare `statx` {bare} us"),
        Figure("100,000 dependencies, beside the faster bare loop", most[MTIME].over(best), "x", 1.5, told=told),
        *(by_hash(size, times) for size, times in all_times.items() if size in (1000, 100_000)),
    ]


def by_hash(size: int, times: dict[str, Times]) -> Figure:
    """Holds the hash method beside the mtime method."""
    told = times[HASH].minima(times[MTIME])
    return Figure(f"{size:,} dependencies by hash, beside mtime", times[HASH].over(times[MTIME]), "x", 1.05, told=told)
