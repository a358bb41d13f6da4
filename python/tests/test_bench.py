"""What bench/ decides: whether a goal is met, and what the front page says of it."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from figure import Figure
from speed import front
from speed.times import Times

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("figure", "limit", "at_least", "met"),
    [
        (1.3, 1.3, False, True),
        (1.31, 1.3, False, False),
        (4.0, 4.0, True, True),
        (3.9, 4.0, True, False),
        (3.9, None, False, None),
    ],
)
def test_a_goal_is_met_up_to_its_limit(figure, limit, at_least, met):
    assert Figure("", figure, "x", limit, at_least).met is met


def test_times_are_compared_by_their_medians():
    floor, hit = Times([9.0, 1.0, 2.0]), Times([3.0, 3.0, 50.0])
    assert (hit.over(floor), hit.more(floor), hit.p90) == (1.5, 1.0, 50.0)
    assert hit.minima(floor) == "minima 3.00 x"


def test_only_what_is_between_the_marks_is_written_anew():
    page = f"before\n{front.BEGIN}\nold\n{front.END}\nafter\n"
    assert front.written(page, ["new"]) == page.replace("old", "new")
    assert front.written(front.written(page, ["new"]), ["new"]) == page.replace("old", "new")
    assert front.written("no marks\n", ["new"]) == "no marks\n"


def test_the_front_page_says_what_was_measured_that_day():
    between = (ROOT / "README.md").read_text().partition(front.BEGIN)[2].partition(front.END)[0]
    day = re.search(r"\d{4}-\d\d-\d\d", between)
    pages = "".join(page.read_text() for page in (ROOT / "bench" / "results").glob(f"{day.group()}-*cpu.md"))
    rows = [line for line in between.splitlines() if line.startswith("| ") and "| measured |" not in line]
    assert len(rows) > 10
    assert [row for row in rows if row not in pages] == []
