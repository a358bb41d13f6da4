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
    chosen = {}
    for item in request.session.items:
        if "fallen" in item.fixturenames:
            chosen.setdefault(item.callspec.params["trap"], []).append(item.callspec.params["library"])
    pool = ThreadPoolExecutor(os.cpu_count())
    yield {name: pool.submit(set_for, ALL[name], libraries) for name, libraries in chosen.items()}
    pool.shutdown(cancel_futures=True)


def set_for(trap, libraries):
    missing = lacking(trap, LIBRARIES["stamp"])
    return missing, {} if missing else {name: judge(trap, LIBRARIES[name]) for name in libraries}


@pytest.mark.parametrize("trap", ALL)
@pytest.mark.parametrize("library", LIBRARIES)
def test_no_trap_catches_us(trap, library, fallen):
    missing, fallen = fallen[trap].result()
    if missing:
        pytest.skip(f"SKIPPED: {missing} is not installed")
    verdict, details = fallen[library]
    assert verdict is Verdict.RIGHT, details
