"""A figure, the goal that was set for it, and whether it is met: pure."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """What is held to a goal, where there is one."""

    what: str
    figure: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    told: str = ""

    @property
    def met(self) -> bool | None:
        """Tells whether the goal is met, where there is one."""
        if self.limit is None:
            return None
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def __str__(self) -> str:
        """The row of a table."""
        goal = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {number(self.limit)} {self.unit}"
        met = {None: "", True: "met", False: "**not met**"}[self.met]
        return f"| {self.what} | {number(self.figure)} {self.unit} | {goal} | {met} | {self.told} |"


def number(value: float) -> str:
    """Returns a number as people read it."""
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def table(figures: list[Figure]) -> list[str]:
    """Returns the table of them as Markdown."""
    return ["| | figure | goal | | |", "|---|---|---|---|---|", *map(str, figures)]
