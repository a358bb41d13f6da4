"""`Stamps` is a directory of one's own: the same functions, its own limits."""

from __future__ import annotations

import os
import pickle
import time
from datetime import timedelta

import jobs
import pytest
from conftest import stamps
from jobstamps import Stamps, Stats, stamp


def test_it_runs_and_answers_like_jobstamp_and_takes_no_keyword_of_the_function(store, tally):
    cache = Stamps(store)
    assert cache.out_of_date(jobs.add, 1, func=2, args=3, jobstamps_method=4).kind == "no-stamp"
    for _ in range(2):
        value = cache.run(jobs.add, 1, func=2, args=3, jobstamps_method=4)
        assert value == [1, 2, (), 3, {"func": 2, "args": 3, "jobstamps_method": 4}]
    assert cache.out_of_date(jobs.add, 1, func=2, args=3, jobstamps_method=4) is None
    tally.ran(1)
    assert len(stamps(store)) == 1


@pytest.mark.alone
def test_functions_stamped_there_are_remembered_there(store, tally):
    cache = Stamps(store)
    for decorate in (cache.stamp, cache.stamp(), cache.stamp(ignore="c")):
        f = decorate(jobs.add)
        f(1), f(1)
    tally.ran(2)
    assert len(stamps(store)) == 2
    stamp(jobs.add)(1)
    tally.ran(3)
    with pytest.raises(TypeError, match="`directory` is that of the `Stamps`"):
        cache.stamp(directory="elsewhere")


def test_stats_tells_how_much_is_there(store):
    cache = Stamps(store)
    assert cache.stats() == Stats(0, 0) == (0, 0)
    cache.run(jobs.give, os.urandom(200_000))
    cache.run(jobs.give, 1)
    stats = cache.stats()
    assert stats.stamps == 2
    assert 200_000 < stats.bytes < 220_000
    assert repr(stats) == f"Stats(stamps=2, bytes={stats.bytes})"


def test_a_sweep_lets_go_what_was_not_used_for_too_long(store, tally):
    cache = Stamps(store, max_age=3600)
    cache.run(jobs.give, "old")
    (old,) = stamps(store)
    cache.run(jobs.give, "new")
    os.utime(old, (time.time() - 7200,) * 2)
    swept = cache.sweep()
    assert swept.stamps == 1
    assert not old.exists()
    assert cache.sweep() == (0, 0)
    cache.run(jobs.give, "new")
    tally.ran(2)


def test_a_sweep_lets_the_longest_unused_go_while_there_is_too_much(store):
    cache = Stamps(store, max_bytes="1MB")
    for number in range(5):
        Stamps(store).run(jobs.give, os.urandom(300_000))
        for path in stamps(store):
            # Each one older than the next.
            look = path.stat()
            os.utime(path, (look.st_mtime - 100 * (5 - number),) * 2)
    assert cache.stats().bytes > 1_500_000
    assert cache.sweep().stamps == 2
    assert cache.stats().bytes < 1_000_000


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (1000, 1000),
        ("20GB", 20_000_000_000),
        ("500 MB", 500_000_000),
        ("1 GiB", 1 << 30),
        ("1.5k", 1500),
        (" 7 b ", 7),
        ("8", 8),
        ("2TiB", 2 << 40),
    ],
)
def test_sizes_are_numbers_or_texts_with_a_unit(store, given, count):
    assert Stamps(store, max_bytes=given).__reduce__()[0].keywords["max_bytes"] == count


@pytest.mark.parametrize(
    ("keyword", "error", "values"),
    [
        (
            "max_bytes",
            ValueError,
            ["", "GB", "3 foo", "-1", -1, "1 XB", "1..5k", 2**64, "20000000 TB", "9" * 400, "nan"],
        ),
        ("max_bytes", TypeError, [1.5, [], True, False, b"5", float("inf"), object()]),
        ("max_age", ValueError, [-1, timedelta(-1), float("inf"), float("nan"), 10**30, 1e300, "", "10", "1 h"]),
        ("max_age", TypeError, [True, [], b"5", object()]),
        ("directory", ValueError, ["", b"", "a\0b"]),
        ("directory", TypeError, [3, [], True]),
    ],
)
def test_what_is_no_limit_and_no_directory_is_said_where_it_is_written(store, keyword, error, values):
    """S18."""
    for value in values:
        with pytest.raises(error, match=f"^`{keyword}` "):
            Stamps(**{"directory": store, keyword: value})
    assert not store.exists()


def test_limits_of_nothing_keep_nothing_and_cost_nobody_the_value(store, tally):
    """S18."""
    for runs, limits in enumerate(
        [{"max_bytes": 0}, {"max_age": 0}, {"max_bytes": "0 GB", "max_age": timedelta(0)}], 1
    ):
        cache = Stamps(store, **limits)
        assert cache.stamp(jobs.give)(1) == cache.run(jobs.give, 1) == 1
        tally.ran(runs)
        for path in stamps(store):
            os.utime(path, (1, 1))
        cache.sweep()
        assert stamps(store) == []


def test_the_home_directory_may_be_meant(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Stamps("~/stamps").directory == str(tmp_path / "stamps")
    assert Stamps(tmp_path).directory == str(tmp_path)
    assert repr(Stamps(tmp_path)) == f"Stamps({str(tmp_path)!r})"


def test_without_a_directory_it_is_the_one_that_stamp_uses(tmp_path, monkeypatch, tally):
    cache = Stamps()
    cache.run(jobs.give, 1)
    tally.ran(1)
    stamp(jobs.give)(1)
    tally.ran(1)
    assert cache.directory == str(tmp_path / "default-stamps")
    monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(tmp_path / "other"))
    assert cache.directory == str(tmp_path / "other")


def test_it_is_pickled_with_its_limits(store):
    there = pickle.loads(pickle.dumps(Stamps(store, max_bytes="1 KB", max_age=60)))
    assert repr(there) == repr(Stamps(store))
    assert there.__reduce__()[0].keywords == {"max_bytes": 1000, "max_age": 60}


def test_a_file_in_its_place_is_an_oserror(store, tally):
    store.write_text("a file")
    with pytest.raises(OSError, match="exists and is not a directory"):
        Stamps(store).run(jobs.give, 1)
    tally.ran(0)
