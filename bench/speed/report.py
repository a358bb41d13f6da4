"""What came of a scenario, and how it is written down: pure."""

from __future__ import annotations

from typing import NamedTuple

from figure import Figure, number

from .times import Times


class Table(NamedTuple):
    """Times from one loop; the first is the floor of the others."""

    what: str
    rows: dict[str, Times]
    # Larger numbers are read more easily in milliseconds.
    milliseconds: bool = False

    def lines(self) -> list[str]:
        """Returns it as Markdown."""
        unit, scale = ("ms", 1000) if self.milliseconds else ("us", 1)
        floor = next(iter(self.rows.values()))
        head = f"| {self.what} | min, {unit} | median | p90 | ratio of medians | of minima | KiB | faults |"
        lines = [head, "|---" * 8 + "|"]
        for what, times in self.rows.items():
            cells = [
                *(number(value / scale) for value in (times.least, times.median, times.p90)),
                f"{times.over(floor):.2f}",
                f"{times.least / floor.least:.2f}",
                str(times.kib) if times.kib else "",
                str(times.faults) if times.faults else "",
            ]
            lines.append(f"| {what} | " + " | ".join(cells) + " |")
        return lines


class Chart(NamedTuple):
    """What a plot shows: how something grows, or bars where `x` is no more than names."""

    name: str
    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]
    bars: bool = False


class Report(NamedTuple):
    """What came of a scenario."""

    title: str
    tables: list[Table]
    figures: list[Figure]
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Returns it as Markdown, without its figures: these stand together."""
        lines = ["", f"## {self.title}", ""]
        for note in self.notes:
            lines += [note, ""]
        for table in self.tables:
            lines += [*table.lines(), ""]
        return lines[:-1]
