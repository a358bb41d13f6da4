"""Processes that are killed at any moment leave nothing wrong to others, and what they leave is little."""

from __future__ import annotations

import os
import subprocess
import sys

import killers
import meeting
from places import amount, left_over

pytestmark = meeting.alone


def test_killed_at_any_moment_workers_leave_no_wrong_value_and_no_exception_to_others(store):
    """P26, S08: also no warning, which would have been an exception."""
    seed = amount(1, os.getpid())
    done = subprocess.run(
        [sys.executable, killers.__file__, str(store), str(amount(30, 2_000)), str(seed)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("", 0)
    temporary = [path for path in left_over(store) if path.suffix != ".lock"]
    assert len(temporary) <= amount(30, 2_000)
