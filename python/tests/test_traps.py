"""The battery of traps in bench/traps, set for us: nobody may fall into one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from traps.table import TRAPS
from traps.trap import Library, Verdict, judge, lacking

LIBRARIES = [Library(folder, sys.executable, folder, declares=True) for folder in ("stamp", "run")]
ALL = [trap for traps in TRAPS.values() for trap in traps]


def test_every_trap_has_a_name_of_its_own():
    assert len({trap.name for trap in ALL}) == len(ALL) >= 58


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
@pytest.mark.parametrize("trap", ALL, ids=lambda trap: trap.name)
def test_no_trap_catches_us(trap, library):
    if missing := lacking(trap, library):
        pytest.skip(f"SKIPPED: {missing} is not installed")
    verdict, details = judge(trap, library)
    assert verdict is Verdict.RIGHT, details
