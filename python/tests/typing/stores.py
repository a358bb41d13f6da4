"""Stores: a directory with limits, whose decorator is like the other one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from jobstamps import Stamps

stamps = Stamps(Path("stamps"), max_bytes="20GB", max_age=timedelta(days=30))


@stamps.stamp
def bare(count: int) -> str:
    return ""


@stamps.stamp(code="shallow", mmap=None)
def called(count: int) -> str:
    return ""


def plain(count: int, *, jobs: int = 1) -> str:
    return ""


reveal_type(Stamps())  # Stamps
reveal_type(bare)  # Stamped[(count: int), str]
reveal_type(called)  # Stamped[(count: int), str]
reveal_type(stamps.run(plain, 1, jobs=2))  # str
reveal_type(stamps.out_of_date(plain, 1))  # Reason | None
reveal_type(stamps.stats())  # Stats
reveal_type(stamps.stats().bytes)  # int
reveal_type(stamps.sweep().stamps)  # int

stamps.run(plain, "")  # refused: arg-type reportArgumentType
stamps.run(plain, 1, job=2)  # refused: call-arg reportCallIssue
stamps.out_of_date(plain)  # refused: call-arg reportCallIssue
Stamps(max_size=1)  # refused: call-arg reportCallIssue
