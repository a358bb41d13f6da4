"""A hit in a store with a million stamps, and the upkeep of such a store."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import tools
from figure import Figure, number

from ..place import Place
from ..report import Chart, Report, Table
from ..times import Times
from .hit import NOTHING

EMPTY, FULL = "hit in a store of its own", "hit beside that many"
ALONE, BESIDE = "miss of `true` in a store of its own", "miss of `true` beside that many"
ROUNDS = 500
# A stamp of `echo` takes one block.
BLOCK = 4096


def measured(place: Place) -> Report:
    """Measures hits in a store that grows, then measures and sweeps it."""
    most, store = possible(place), place.folder / "full"
    if most < place.stamps:
        tools.skipped(f"{place.stamps:,} stamps: there is room for {most:,}")
    fill = place.program("fill")
    commands = {
        NOTHING: [place.program("noop")],
        EMPTY: [*place.ours(store="empty"), "echo", "hello"],
        FULL: [*place.ours(store="full"), "echo", "hello"],
    }
    all_times: dict[int, dict[str, Times]] = {}
    size = 1
    for next_size in powers(most):
        words = [fill, "stamps", str(store), str(size), str(next_size), str(os.cpu_count() or 1)]
        subprocess.run(words, check=True)
        size = next_size
        all_times[size] = place.measure(commands, ROUNDS)
    runs = place.measure(
        {
            "`true`": ["true", "{}"],
            ALONE: [*place.ours(store="empty"), "true", "{}"],
            BESIDE: [*place.ours(store="full"), "true", "{}"],
        },
        ROUNDS,
    )
    kept = upkeep(fill, "stats", store)
    let_go = upkeep(fill, "sweep", store, str(kept["bytes"] * 99 // 100))
    remove(store)
    lines = {what: [(float(size), times[what].median) for size, times in all_times.items()] for what in commands}
    chart = Chart("stamps", "A hit, by the stamps in its store", "stamps", "microseconds", lines)
    tables = [Table(f"{size:,} stamps", times) for size, times in all_times.items()]
    tables.append(Table(f"runs beside {size:,} stamps", runs))
    empty, full = all_times[size][EMPTY], all_times[size][FULL]
    figures = [
        Figure(
            f"hit beside {size:,} stamps, beside a store of its own",
            full.over(empty),
            "x",
            1.1,
            told=full.minima(empty),
        ),
        Figure(
            "`stats` of them, bytes read for each",
            kept["read"] / kept["stamps"],
            "bytes",
            kept["bytes"] / kept["stamps"],
            told=f"{number(kept['nanoseconds'] / 1e9)} s, {number(kept['kib'] / 1024)} MiB",
        ),
        Figure(
            "miss beside them, longer than alone",
            runs[BESIDE].more(runs[ALONE]) / 1000,
            "ms",
            told=f"longest {number(max(runs[BESIDE].each) / 1000)} ms, alone {number(max(runs[ALONE].each) / 1000)} ms",
        ),
        Figure(
            "sweep that lets a hundredth of them go",
            let_go["nanoseconds"] / 1e9,
            "s",
            told=f"{let_go['stamps']:,} stamps, {number(let_go['kib'] / 1024)} MiB",
        ),
    ]
    return Report("Stamps in the store", tables, figures, (chart,))


def possible(place: Place) -> int:
    """Returns how many stamps may be made: as many as are wanted, while nine tenths of the room stay."""
    room, most = os.statvfs(place.folder), place.stamps
    while most > 1 and not (
        most * BLOCK < room.f_bavail * room.f_frsize / 5 and most < (room.f_favail or most * 10) / 5
    ):
        most //= 10
    return most


def remove(store: Path) -> None:
    """Removes a store. In the order of the inodes: otherwise most of a minute goes into finding them."""
    for folder, _, names in os.walk(store, topdown=False):
        if names:
            with os.scandir(folder) as entries:
                files = sorted((entry.inode(), entry.name) for entry in entries if entry.is_file(follow_symlinks=False))
            for _, name in files:
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def powers(most: int) -> list[int]:
    """Returns 10, 100 and so on up to `most`."""
    return [10**power for power in range(1, 10) if 10**power < most] + [most]


def upkeep(fill: str, what: str, store: Path, *more: str) -> dict[str, int]:
    """Returns what `fill` tells of measuring or sweeping a store."""
    done = subprocess.run([fill, what, store, *more], stdout=subprocess.PIPE, text=True, check=True)
    return dict(zip(("stamps", "bytes", "nanoseconds", "read", "kib"), map(int, done.stdout.split())))
