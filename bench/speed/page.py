"""The page that is kept of a measurement: what was measured where, all goals, then every table."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path
from typing import NamedTuple

import figure
import tools
from peers import ROOT

from .place import Place
from .report import Report


class State(NamedTuple):
    """What is another by the time that all is measured."""

    revision: str
    load: str


def state() -> State:
    """Returns what is measured, and how busy the machine is."""
    known = (ROOT / ".git").exists()
    return State(tools.output("git", "describe", "--always", "--dirty").strip() if known else "unknown", load())


def name() -> str:
    """Returns the name of the page, without its ending: the day and the kind of the machine."""
    return f"{today()}-{platform.system()}-{platform.machine()}-{os.cpu_count()}cpu".lower()


def lines(place: Place, reports: list[Report], before: State) -> list[str]:
    """Returns the page."""
    goals = [each for report in reports for each in report.figures]
    missed = sum(each.met is False for each in goals)
    return [
        *heading(place, before),
        "",
        "## Goals",
        "",
        f"{sum(each.met is True for each in goals)} met, {missed} not met. Ratios are of medians from the same loop.",
        "",
        *figure.table(goals),
        *(line for report in reports for line in report.lines()),
    ]


def measured() -> str:
    """Returns when and where it was measured, in a sentence."""
    return (
        f"Medians of {today()} on {processor()}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()};"
        " each from one loop with what it is compared with:"
    )


def heading(place: Place, before: State) -> list[str]:
    """Returns what was measured, where and when."""
    size = Path(place.program("jobstamp")).stat().st_size // 1024
    return [
        f"# {today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "",
        f"Revision {before.revision}; {tools.output('rustc', '--version').strip()};",
        f"Python {platform.python_version()}; kernel {platform.release()}; {processor()}. The command is {size} KiB.",
        f"Load average before and after: {before.load}; {load()}.",
        "",
        "From spawn to reaped; ratios are to the first line of a table, which was measured in the same loop. On a",
        "machine that does other work, medians tell about that work: look at the minima, or measure again with `make",
        "bench`. `KiB` is the most that a process held, `faults` the fewest page faults that one took.",
    ]


def today() -> str:
    """Returns the day."""
    return datetime.date.today().isoformat()


def load() -> str:
    """Returns how busy the machine is."""
    return ", ".join(f"{load:.1f}" for load in os.getloadavg())


def processor() -> str:
    """Returns the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.processor())
