"""Measures a hit beside what nobody can beat, and beside peers; see bench/README.md.

All scenarios: writes the page and the plots to bench/results/, and the table of README.md. Those that are named:
prints, and keeps nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import figure
from calls.page import measured as calls
from peers import ROOT

from . import drawing, front, page
from .place import Place, prepared
from .report import Report
from .scenarios import SCENARIOS


def in_python(place: Place) -> Report:
    """Measures calls of Python functions."""
    return calls(place.folder)


ALL = {**SCENARIOS, "calls": in_python}


def main() -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(ALL)}; all, if none is named")
    parser.add_argument("--stamps", type=int, default=1_000_000, help="how many the largest store has")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(ALL):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    before = page.state()
    with tempfile.TemporaryDirectory(prefix="jobstamps-bench-") as name:
        place = prepared(Path(name), options.stamps)
        reports = [told(scenario, place) for scenario in options.scenarios or ALL]
        lines = page.lines(place, reports, before)
    if options.scenarios:
        return
    path = ROOT / "bench" / "results" / f"{page.name()}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    readme = ROOT / "README.md"
    figures = [each for report in reports for each in report.figures]
    between = front.lines(page.measured(), figures)
    readme.write_text(front.written(readme.read_text(encoding="utf-8"), between), encoding="utf-8")
    drawing.draw([chart for report in reports for chart in report.charts])
    print(f"written to {path.relative_to(ROOT)}, {drawing.PLOTS.relative_to(ROOT)} and README.md")


def told(scenario: str, place: Place) -> Report:
    """Measures one scenario, and prints it."""
    began = time.monotonic()
    report = ALL[scenario](place)
    print("\n".join([*report.lines(), "", *figure.table(report.figures)]), flush=True)
    print(f"{scenario}: measured in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return report


if __name__ == "__main__":
    main()
