"""What the front page of the project says of a measurement: between two marks, so that it says what was measured."""

from __future__ import annotations

from figure import Figure

BEGIN, END = "<!-- Written by `make bench`. -->", "<!-- To here. -->"
# How the figures begin that are shown, of all that are held to a goal.
SHOWN = (
    "hit, no dependencies",
    "hit, 10 dependencies",
    "hit, how much faster than bkt",
    "1,000 dependencies, more",
    "100,000 dependencies, beside",
    "1,000 dependencies by hash",
    "1 GiB touched",
    "100,000 files",
    "a miss",
    "replay of 1 GiB",
    "live output",
    "hit beside 1",
    "16 equal jobs",
    "Python, small hit",
)


def lines(measured: str, figures: list[Figure]) -> list[str]:
    """Returns what stands between the marks."""
    rows = [row(figure) for figure in figures if figure.limit is not None and figure.what.startswith(SHOWN)]
    return [measured, "", "| | measured | goal | |", "|---|---|---|---|", *rows]


def row(figure: Figure) -> str:
    """Returns the row of a figure: as on the page, without what is told beside it."""
    return str(figure._replace(told="")).rpartition("  |")[0]


def written(page: str, between: list[str]) -> str:
    """Returns a page with what stands between the marks replaced; without marks, as it was."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return "\n".join([before + begin, *between, end + after]) if end else page
