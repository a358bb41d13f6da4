"""Output that comes back into a pipe, beside `cat` of the same file."""

from __future__ import annotations

import os

from figure import Figure, number

from ..place import Place
from ..report import Chart, Report, Table
from ..times import Times

SIZES = {1 << 10: 500, 1 << 14: 500, 1 << 17: 300, 1 << 20: 200, 1 << 24: 50, 1 << 27: 15, 1 << 30: 9}
CAT, REPLAY = "`cat`", "replay"


def measured(place: Place) -> Report:
    """Measures replays of 1 KiB to 1 GiB."""
    all_times: dict[int, dict[str, Times]] = {}
    block = os.urandom(1 << 20)
    for size, rounds in SIZES.items():
        said = place.folder / f"said{size}"
        with open(said, "wb") as file:
            file.writelines(block[:size] for _ in range(max(1, size >> 20)))
        job = [*place.ours(store="said"), "cat", str(said)]
        place.remember(job)
        commands = {CAT: ["cat", str(said)], REPLAY: job}
        all_times[size] = place.measure(commands, rounds, how="pipe", warm_up=2, spread=True)
        said.unlink()
    lines = {what: [(float(size), times[what].median) for size, times in all_times.items()] for what in (CAT, REPLAY)}
    chart = Chart("output", "A replay into a pipe, by its output", "bytes", "microseconds", lines)
    tables = [Table(size_in_words(size), times) for size, times in all_times.items()]
    return Report("Replaying output into a pipe", tables, figures(all_times), (chart,))


def figures(all_times: dict[int, dict[str, Times]]) -> list[Figure]:
    """Returns what is held to a goal."""
    smallest, largest = all_times[min(SIZES)], all_times[max(SIZES)]
    cat, replay = largest[CAT], largest[REPLAY]
    told = f"{replay.minima(cat)}; {number(max(SIZES) / replay.median / 1000)} GB/s"
    held = f"{replay.kib} KiB"
    return [
        Figure("replay of 1 GiB into a pipe, beside `cat`", replay.over(cat), "x", 1, told=told),
        Figure("memory of it, more than for 1 KiB", float(replay.kib - smallest[REPLAY].kib), "KiB", 512, told=held),
    ]


def size_in_words(size: int) -> str:
    """Returns a size as people say it."""
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 1 << power:
            return f"{size >> power} {unit}"
    return f"{size} bytes"
