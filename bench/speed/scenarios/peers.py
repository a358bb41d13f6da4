"""A hit of ours beside hits of others that remember commands, each as its users have it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import tools
from figure import Figure
from peers import OLD, installed
from peers import tools as old_needs

from ..place import Place, grow_old
from ..report import Chart, Report, Table
from ..times import Times
from .hit import NOTHING

OURS, BKT, CCACHE = "jobstamps", f"bkt {tools.VERSIONS['bkt']}", "ccache"
STATIC = f"{BKT}, built as ours is"
COMPILING = "jobstamps, a compilation"
SOURCE = "int answer(void) { return 42; }\n"
ROUNDS, ROUNDS_OF_SLOW = 1000, 60


def measured(place: Place) -> Report:
    """Measures all that can be had here."""
    source = place.folder / "answer.c"
    source.write_text(SOURCE, encoding="utf-8")
    grow_old()
    echo = ["echo", "hello"]
    fast = {NOTHING: [place.program("noop")], OURS: [*place.ours(), *echo]}
    if bkt := tools.from_crates("bkt"):
        fast[BKT] = [str(bkt), "--ttl=1d", f"--cache-dir={place.folder / 'bkt'}", "--", *echo]
    if (target := tools.musl()) and (static := tools.from_crates("bkt", target)):
        fast[STATIC] = [str(static), "--ttl=1d", f"--cache-dir={place.folder / 'static-bkt'}", "--", *echo]
    compiling = ["cc", "-c", "answer.c", "-o", "answer.o"]
    fast[COMPILING] = [*place.ours("--dependencies", source, "--output-files", place.folder / "answer.o"), *compiling]
    if ccache := tools.on_path("ccache"):
        fast[CCACHE] = [str(ccache), *compiling[:-1], "cached.o"]
    place.measure(fast, 1, warm_up=1)
    grow_old()
    times = place.measure(fast, ROUNDS)
    tables = [Table("", times)]
    slow = of_old(place, echo)
    if slow:
        tables.append(Table("", slow))
    return Report("The command beside peers", tables, figures(times), (chart(times, slow),), notes(ccache))


def of_old(place: Place, echo: list[str]) -> dict[str, Times]:
    """Measures 0.0.20, apart from the others: a Python that starts leaves its traces in every cache."""
    old = installed([OLD, *old_needs()], "old").with_name("jobstamp")
    if not old.exists():
        tools.skipped(f"{OLD} could not be installed")
        return {}
    words = [str(old), "--stamp-directory", str(place.folder / "old-stamps"), "--", *echo]
    return place.measure({NOTHING: [place.program("noop")], OLD: words}, ROUNDS_OF_SLOW, warm_up=2)


def figures(times: dict[str, Times]) -> list[Figure]:
    """Returns what is held to a goal."""
    if BKT not in times:
        return []
    ratio = times[BKT].over(times[OURS])
    return [Figure("hit, how much faster than bkt", ratio, "x", 4, True, told=times[BKT].minima(times[OURS]))]


def chart(times: dict[str, Times], slow: dict[str, Times]) -> Chart:
    """Returns the bars of all."""
    everybody = {**times, **{what: one for what, one in slow.items() if what != NOTHING}}
    lines = {what: [(0.0, one.median)] for what, one in everybody.items()}
    return Chart("hit", "One hit, from spawn to reaped", "", "microseconds", lines, bars=True)


def notes(ccache: Path | None) -> tuple[str, ...]:
    """Returns what is to be known of the peers."""
    said = [
        "Others as their users have them, bkt from `cargo install`, 0.0.20 from PyPI. Each replays `echo hello`.",
        "bkt twice: most of its time goes into a start that ours avoids, so also as if it were built as ours is.",
    ]
    if ccache:
        version = subprocess.run([ccache, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
        said.append(
            f"ccache is {version.splitlines()[0].split()[-1]}, and brings the object file back; ours only sees that it"
            " is there. Both are asked for the same compilation of one line."
        )
    return tuple(said)
