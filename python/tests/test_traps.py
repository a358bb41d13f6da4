"""The battery of traps in bench/traps, set for us: nobody may fall into one."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from traps.table import TRAPS
from traps.trap import Library, Verdict, judge, lacking

LIBRARIES = {folder: Library(folder, sys.executable, folder, declares=True) for folder in ("stamp", "run")}
ALL = {trap.name: trap for traps in TRAPS.values() for trap in traps}


def test_every_trap_has_a_name_of_its_own():
    assert len(ALL) == sum(map(len, TRAPS.values())) >= 58


@pytest.fixture(scope="module")
def fallen(request):
    """Sets all traps that are asked for, on all processors: they are thousands of small processes."""
    chosen = [item.callspec.params["trap"] for item in request.session.items if "fallen" in item.fixturenames]
    pool = ThreadPoolExecutor(os.cpu_count())
    yield {name: pool.submit(set_for_all, ALL[name]) for name in dict.fromkeys(chosen)}
    pool.shutdown(cancel_futures=True)


def set_for_all(trap):
    missing = lacking(trap, LIBRARIES["stamp"])
    return missing, {} if missing else {name: judge(trap, library) for name, library in LIBRARIES.items()}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("trap", ALL)
def test_no_trap_catches_us(trap, library, fallen):
    missing, fallen = fallen[trap].result()
    if missing:
        pytest.skip(f"SKIPPED: {missing} is not installed")
    verdict, details = fallen[library]
    assert verdict is Verdict.RIGHT, details
