"""What may be wished of calls: how long they count, whether they are made all the same, who is told."""

from __future__ import annotations

import datetime
import threading

import jobs
import pytest
from conftest import age, stamps
from jobstamps import JobstampsWarning, Stamps, jobstamp, stamp

# What `answer` returns, and does before.
ANSWER = {"value": 1, "before": lambda: None}


def answer(*_arguments):
    jobs.ran()
    ANSWER["before"]()
    return ANSWER["value"]


@pytest.fixture
def says():
    """Sets what `answer` returns from now on, which no stamp knows of: its code does not count."""
    return lambda value, before=lambda: None: ANSWER.update(value=value, before=before)


@pytest.fixture(autouse=True)
def _first_answer(says):
    says(1)


def stamped(**wishes):
    return stamp(answer, code="off", **wishes)


def test_ttl_is_what_expires_is(tally):
    for ttl in (3600, 3600.5, datetime.timedelta(hours=1)):
        f = stamped(ttl=ttl)
        f(), f()
        tally.ran(1)
    assert stamped(ttl=0).stale().kind == "expired"
    with pytest.raises(TypeError, match="`ttl` and `expires` are two names of one keyword; give one of them"):
        stamped(ttl=1, expires=1)
    assert stamped(ttl=None, expires=1).stale() is None


def test_equal_calls_of_other_scopes_are_others(tally):
    for scope, runs in [(None, 1), ("a", 2), ("b", 3), ("a", 3), (None, 3), ("ab", 4), ("", 5)]:
        stamped(scope=scope)(1)
        tally.ran(runs)


def test_who_forces_calls_each_time_and_replaces_what_is_remembered(tally, says):
    f, forced = stamped(), stamped(force=True)
    assert f() == 1
    assert (forced.stale().kind, forced.stale().detail) == ("forced", "it was forced")
    assert not forced.explain().fresh
    says(2)
    assert forced() == 2
    assert f() == 2
    assert stamped(force=False)() == 2
    assert forced.peek(None) == 2, "nothing is called to peek"
    tally.ran(2)


def test_who_verifies_is_told_where_the_value_is_another(tally, says):
    f, verified = stamped(), stamped(verify=True)
    says({"a": [1, "x"], "b": {2}})
    assert verified() == f()
    assert verified() == f(), "it did the same again"
    tally.ran(2)
    assert verified.stale().kind == "forced"
    says({"a": [1, "y"], "b": {2}})
    with pytest.warns(JobstampsWarning) as warned:
        assert verified() == {"a": [1, "y"], "b": {2}}
    assert [str(one.message) for one in warned] == [
        f"`{__name__}.answer`: not the same again: value['a'][1] was 'x' and is 'y'"
    ]
    assert f() == {"a": [1, "y"], "b": {2}}, "the new value is remembered"


def test_what_is_no_longer_so_is_forgotten_though_the_new_value_cannot_be_kept(tally, says):
    f, verified = stamped(), stamped(verify=True)
    f()
    says(threading.Lock())
    with pytest.warns(JobstampsWarning) as warned:
        verified()
    assert "is not remembered" in str(warned[0].message)
    assert "not the same again: value was 1 and is <unlocked _thread.lock" in str(warned[1].message)
    assert f.stale().kind == "no-stamp"
    tally.ran(2)


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (1, True, "value was 1 and is True"),
        ([1], [1, 2], "value[1] is new: 2"),
        ([[1, 2], 3], [[1], 3], "value[0][1] is gone: 2"),
        ({"a": 1}, {"b": 1}, "value['a'] is gone: 1"),
        ({1, 2}, {1}, "value{2} is gone: 2"),
        ("a" * 100 + "b", "a" * 100 + "c", f"value was ...'{'a' * 20}b' and is ...'{'a' * 20}c'"),
        (jobs.Holder(a=1), jobs.Holder(a=2), "value.a was 1 and is 2"),
        (range(1000), range(1001), "value was range(0, 1000) and is range(0, 1001)"),
        (b"x" * 200, b"", f"value was b'{'x' * 78} and is b''"),
    ],
)
def test_the_first_difference_is_told(says, then, now, told):
    verified = stamped(verify=True)
    says(then)
    verified(), verified()
    says(now)
    with pytest.warns(JobstampsWarning) as warned:
        verified()
    assert str(warned[0].message).partition("again: ")[2] == told


def test_who_verifies_is_told_where_an_output_is_another(tmp_path, says):
    made = tmp_path / "made"
    verified = stamped(outputs=made, verify=True)
    says(1, lambda: made.write_text("one"))
    verified(), verified()
    says(1, lambda: made.write_text("three"))
    with pytest.warns(JobstampsWarning, match="not the same again: the output `.*made` differs: its size was 3"):
        verified()


def test_the_quiet_are_not_warned(tally, says):
    says(threading.Lock())
    f = stamped(quiet=True)
    f(), f()
    tally.ran(2)
    with pytest.warns(JobstampsWarning, match="is not remembered"):
        stamped()()


def test_warm_calls_only_what_is_stale_and_tells_whether_it_did(tally, says):
    f = stamped()
    assert f.warm(1) is True
    assert f.warm(1) is False
    assert f.warm(2) is True
    says(2)
    assert f(1) == 1
    tally.ran(2)
    assert stamped(force=True).warm(1) is True
    assert f(1) == 2
    assert f.cache_info() == (3, 2, 0)


def test_methods_can_be_warmed(tally):
    class Doubler:
        @stamp
        def double(self, x):
            jobs.ran()
            return 2 * x

    doubler = Doubler()
    assert [doubler.double.warm(1), doubler.double.warm(1), doubler.double.warm(2)] == [True, False, True]
    assert doubler.double(1) == 2
    tally.ran(2)


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"ttl": -1}, ValueError, "`ttl` is -1; it cannot be negative or without end"),
        (
            {"stale": []},
            TypeError,
            "`stale` is [], not a number of seconds, a timedelta or a text such as 90s, 1h30m, 7d or 2w",
        ),
        ({"scope": 3}, TypeError, "`scope` is 3, not a text"),
        ({"force": 1}, TypeError, "`force` is 1, not True or False"),
        ({"verify": "yes"}, TypeError, "`verify` is 'yes', not True or False"),
        ({"quiet": []}, TypeError, "`quiet` is [], not True or False"),
        ({"record_arguments": 0}, TypeError, "`record_arguments` is 0, not True or False"),
    ],
)
def test_bad_wishes_are_said_where_they_are_written(keywords, error, message):
    with pytest.raises(error) as raised:
        stamp(**keywords)
    assert str(raised.value) == message


def test_a_store_of_ones_own_has_the_same_wishes(store, tally):
    f = Stamps(store).stamp(answer, code="off", force=True)
    f(), f()
    tally.ran(2)
    assert len(stamps(store)) == 1


class TestWhatTheUserHasSet:
    """By variables and in the configuration file: it holds where no keyword says otherwise."""

    @pytest.fixture(params=["variable", "file"])
    def sets(self, request, monkeypatch, tmp_path):
        def by_variable(key, value):
            monkeypatch.setenv(f"JOBSTAMPS_{key.upper().replace('-', '_')}", value)

        def in_file(key, value):
            folder = tmp_path / "config" / "jobstamps"
            folder.mkdir(exist_ok=True)
            (folder / "config.toml").write_text(f'{key} = "{value}"\n')
            # Another environment: the file is read once for each.
            monkeypatch.setenv("JOBSTAMPS_TEST", "1")

        return by_variable if request.param == "variable" else in_file

    def test_ttl(self, sets):
        stamped()()
        sets("ttl", "0")
        assert stamped().stale().kind == "expired"
        assert stamped(ttl=60).stale() is None
        assert jobstamp.out_of_date(jobs.give, 1).kind == "no-stamp"
        jobstamp.run(jobs.give, 1)
        assert jobstamp.out_of_date(jobs.give, 1).kind == "expired"

    def test_scope(self, sets):
        stamped()()
        sets("scope", "branch")
        assert stamped().stale().kind == "no-stamp"
        stamped(scope="branch")()
        assert stamped().stale() is None
        assert stamped(scope="other").stale().kind == "no-stamp"

    def test_quiet(self, sets, says):
        says(threading.Lock())
        sets("quiet", "true")
        stamped()()
        jobstamp.run(jobs.give, threading.Lock())
        with pytest.warns(JobstampsWarning):
            stamped(quiet=False)()

    @pytest.mark.parametrize("key", ["use-hashes", "paranoid"])
    def test_method(self, sets, file, key):
        sets(key, "true")
        f, by_time = stamped(dependencies=file), stamped(dependencies=file, method="mtime")
        f(), age(file, 100)
        assert f.stale() is None
        assert by_time.stale() == file

    def test_limits(self, sets, store):
        cache = Stamps(store)
        for number in range(5):
            cache.run(jobs.give, number)
        sets("max-size", "0")
        assert Stamps(store, max_bytes="1 GB").sweep().stamps == 0
        assert Stamps(store).sweep().stamps == 5

    def test_directory(self, sets, tmp_path, monkeypatch):
        monkeypatch.delenv("JOBSTAMPS_DIRECTORY")
        sets("directory", str(tmp_path / "mine"))
        stamped()()
        assert len(stamps(tmp_path / "mine")) == 1

    def test_explain(self, sets, capsys):
        sets("explain", "true")
        stamped()()
        assert capsys.readouterr().err == f"jobstamp: `{__name__}.answer` runs: it has no stamp yet\n"


@pytest.mark.parametrize("key", ["force", "verify"])
def test_what_is_for_one_run_is_in_a_variable_only(monkeypatch, tally, key):
    stamped()()
    monkeypatch.setenv(f"JOBSTAMPS_{key.upper()}", "1")
    stamped()(), stamped()()
    tally.ran(3)
    stamped(**{key: False})()
    tally.ran(3)


def test_a_variable_stands_above_the_file(tmp_path, monkeypatch):
    stamped()()
    (tmp_path / "config" / "jobstamps").mkdir(exist_ok=True)
    (tmp_path / "config" / "jobstamps" / "config.toml").write_text('ttl = "0"\n')
    monkeypatch.setenv("JOBSTAMPS_TTL", "1h")
    assert stamped().stale() is None


def test_what_cannot_be_set_is_told_once_and_counts_for_nothing(tmp_path, monkeypatch):
    (tmp_path / "config" / "jobstamps").mkdir(exist_ok=True)
    config = tmp_path / "config" / "jobstamps" / "config.toml"
    config.write_text('scope = "a"\ncolour = "never"\n')
    monkeypatch.setenv("JOBSTAMPS_TTL", "10")
    with pytest.warns(JobstampsWarning) as warned:
        stamped()()
    assert [str(one.message) for one in warned] == [
        "JOBSTAMPS_TTL: `10` is no duration such as 90s, 1h30m, 7d or 2w",
        f"configuration file `{config}`, line 2: there is no setting `colour` (`jobstamp config` shows all)",
    ]
    assert stamped(scope="a").stale() is None


def test_a_file_that_others_may_write_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "config" / "jobstamps").mkdir(exist_ok=True)
    config = tmp_path / "config" / "jobstamps" / "config.toml"
    config.write_text('ttl = "0"\n')
    config.chmod(0o666)
    monkeypatch.setenv("JOBSTAMPS_TEST", "1")
    with pytest.warns(JobstampsWarning, match="it is not used"):
        stamped()()
    assert stamped().stale() is None
