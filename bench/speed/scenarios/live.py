"""Output as it comes, while the command runs: how much later, and how fast, beside the bare command."""

from __future__ import annotations

import shutil

from figure import Figure

from ..place import Place
from ..report import Report, Table
from ..times import Times

BARE, UNDER = "bare", "under `jobstamp`"
LINES, PAUSE = 400, 2000
# What says as much as somebody takes, and a program that has to make it up.
PRODUCERS = {"64 KiB at a time": ["job", "bytes", str(256 << 20)], "`seq`": ["seq", "30000000"]}
ROUNDS = 7


def measured(place: Place) -> Report:
    """Measures lines with pauses between them, and as many bytes as go through."""
    lines = [place.program("job"), "lines", str(LINES), str(PAUSE)]
    late = beside(place, lines, "lines", 3)
    tables = [Table("each line", late)]
    figures = [
        Figure(
            "live output, later for each line",
            late[UNDER].more(late[BARE]) / 1000,
            "ms",
            1,
            told=f"9 of 10 within {(late[UNDER].p90 - late[BARE].median) / 1000:.2f} ms",
        )
    ]
    for what, (name, *rest) in PRODUCERS.items():
        program = place.program(name) if name == "job" else name
        times = beside(place, [program, *rest], "pipe", ROUNDS)
        tables.append(Table(what, times, milliseconds=True))
        share = 100 * times[BARE].median / times[UNDER].median
        told = f"of minima {100 * times[BARE].least / times[UNDER].least:.0f} %"
        figures.append(Figure(f"live output, throughput of {what}", share, "%", 90, True, told))
    return Report("Live output into a pipe", tables, figures)


def beside(place: Place, words: list[str], how: str, rounds: int) -> dict[str, Times]:
    """Measures a command bare and as a run of ours, each time into a new store: what was kept is soon gone again."""
    commands = {BARE: words, UNDER: [*place.ours(store="live"), *words]}
    return place.measure_prepared(
        commands, rounds, lambda _: shutil.rmtree(place.folder / "live", ignore_errors=True), how
    )
