"""Importing the package is light, and what it shows is what it says."""

from __future__ import annotations

import inspect
import subprocess
import sys
import types

import jobstamps
import pytest
from jobstamps import culprit, jobstamp

HEAVY = ["numpy", "pickle", "inspect", "typing", "dis", "dataclasses", "importlib.metadata", "tempfile", "subprocess"]
PROGRAM = """
import sys
before = set(sys.modules)
from jobstamps import jobstamp
print(*sorted(set(sys.modules) - before))
"""


def test_importing_imports_nothing_heavy():
    program = f"import sys; sys.path[:0] = {sys.path!r}\n" + PROGRAM
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    imported = done.stdout.split()
    assert "jobstamps._native" in imported
    assert [name for name in HEAVY if name in imported] == []


def test_the_version_is_one_that_pip_understands_and_newer_than_the_old_package():
    numbers = jobstamps.__version__.split(".")
    assert [int(number) for number in numbers[:3]] >= [0, 0, 21]
    assert "-" not in jobstamps.__version__


def test_warnings_and_errors_are_of_the_kinds_that_python_has_for_them():
    assert issubclass(jobstamps.JobstampsWarning, UserWarning)
    assert issubclass(jobstamps.JobstampsError, Exception)
    assert jobstamps.jobstamp is jobstamp


def test_every_public_name_says_what_it_is():
    for module in (jobstamps, jobstamp):
        assert module.__doc__
        for name in module.__all__:
            if name != "__version__":
                assert getattr(module, name).__doc__, name


def test_help_names_each_keyword_of_ours():
    with pytest.raises(TypeError) as raised:
        jobstamp.run(print, jobstamps_none_such=1)
    keywords = str(raised.value).rpartition(" are ")[2].split(", ")
    assert len(keywords) == 4
    for function in (jobstamp.run, jobstamp.out_of_date):
        assert [keyword for keyword in keywords if f"\n    {keyword} (" not in inspect.getdoc(function)] == []


def test_only_the_first_steps_of_a_long_way_to_the_culprit_are_told():
    deep = (n for n in ())
    for _ in range(20):
        deep = [deep]
    around = types.SimpleNamespace()
    around.itself, around.culprit = around, sys
    assert culprit.blame(deep) == "value" + "[0]" * 8 + "... is a generator"
    assert culprit.blame(around) == "value" + ".itself" * 8 + "... is a types.SimpleNamespace"
    assert culprit.blame(sys).endswith("... is a module")
    assert len(culprit.blame(sys)) < 200


def test_the_culprit_of_a_pickle_that_failed_is_named_with_the_way_to_it():
    class Slotted:
        __slots__ = ("function",)

    slotted = Slotted()
    slotted.function = lambda: 1
    generator = (n for n in ())
    for value, words in [
        (generator, "value is a generator"),
        ([1, generator], "value[1] is a generator"),
        ({"a": (0, generator)}, "value['a'][1] is a generator"),
        ({generator: 1}, f"value key {generator!r:.40} is a generator"),
        ({generator}, f"value{{{generator!r:.40}}} is a generator"),
    ]:
        assert culprit.blame(value) == words
    assert culprit.blame([slotted]).startswith("value[0].function is a function")


def test_a_value_that_contains_itself_ends_the_search():
    items = [lambda: 1]
    items.append(items)
    items.reverse()
    assert culprit.blame(items)
