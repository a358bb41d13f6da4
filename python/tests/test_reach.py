"""What a function reaches counts as its code: callees, classes, globals, in whatever module; and nothing else does."""

from __future__ import annotations

import pytest
from programs import versions

COUNTS = versions("counts.txt")
DOES_NOT_COUNT = versions("does_not_count.txt")


@pytest.mark.parametrize("what", COUNTS)
def test_what_is_reached_counts(program, what):
    before, after = COUNTS[what]
    first = program.parts(before)
    assert first != program.parts(after)
    assert program.parts(before) == first, "undone"


@pytest.mark.parametrize("what", DOES_NOT_COUNT)
def test_what_is_not_reached_does_not_count(program, what):
    before, after = DOES_NOT_COUNT[what]
    assert program.parts(before) == program.parts(after)
