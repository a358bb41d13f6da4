"""Importing the package is light, and what it shows is what it says."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import jobstamps
from jobstamps import culprit, jobstamp

HEAVY = [
    *("numpy", "pickle", "inspect", "typing", "dis", "dataclasses", "importlib.metadata", "tempfile", "subprocess"),
    *("asyncio", "ast", "contextlib", "enum", "logging", "pathlib", "re", "threading", "tokenize", "warnings"),
]
# What Python's own `_pickle` imports when it is first used.
PICKLE = ["collections", "functools"]

IMPORTING = """
import sys
sys.path.insert(0, {folder!r})
from jobstamps import stamp
print(*sys.modules)
"""
# A function of the program's own, with what most have: an argument that is a container, a helper, a global.
CALLING = (
    IMPORTING
    + """
LIMIT = 10
def helper(number):
    return min(number, LIMIT)
@stamp
def function(numbers):
    return [helper(number) for number in numbers]
for _ in range(2):
    assert function([1, 20]) == [1, 10]
    assert function.stale([1, 20]) is None
assert function.cache_info() == (1, 1, 0)
print(*sys.modules)
"""
)


def imported(python: str, program: str) -> set[str]:
    """Returns the modules that a fresh and bare interpreter has after a program."""
    folder = str(Path(jobstamps.__file__).parents[1])
    command = [python, "-I", "-S", "-c", program.format(folder=folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_imports_nothing_heavy(python):
    modules = imported(python, IMPORTING)
    assert "jobstamps._native" in modules
    assert sorted(modules.intersection(HEAVY + PICKLE)) == []


def test_the_first_call_and_the_first_hit_import_nothing_heavy(python):
    modules = imported(python, CALLING)
    assert "jobstamps._native" in modules
    assert sorted(modules.intersection(HEAVY)) == []


def test_the_version_is_one_that_pip_understands_and_newer_than_the_old_package():
    numbers = jobstamps.__version__.split(".")
    assert [int(number) for number in numbers[:3]] >= [0, 0, 21]
    assert "-" not in jobstamps.__version__


def test_warnings_and_errors_are_of_the_kinds_that_python_has_for_them():
    assert issubclass(jobstamps.JobstampsWarning, UserWarning)
    assert issubclass(jobstamps.JobstampsError, Exception)
    assert jobstamps.jobstamp is jobstamp


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
