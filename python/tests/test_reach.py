"""What a function reaches counts as its code: callees, classes, globals, in whatever module; and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import program, rows  # noqa: F401

HERE = Path(__file__).parent / "reach"
COUNTS = rows(HERE / "counts.txt")
DOES_NOT_COUNT = rows(HERE / "does_not_count.txt")


@pytest.mark.parametrize("what", COUNTS)
def test_what_is_reached_counts(program, what):  # noqa: F811
    before, after = COUNTS[what]
    first = program.parts(before)
    assert first != program.parts(after)
    assert program.parts(before) == first, "undone"


@pytest.mark.parametrize("what", DOES_NOT_COUNT)
def test_what_is_not_reached_does_not_count(program, what):  # noqa: F811
    before, after = DOES_NOT_COUNT[what]
    assert program.parts(before) == program.parts(after)
