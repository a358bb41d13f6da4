"""What every test of the package gets: its own store, its own key, no variables of ours, and a tally of true runs."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from unittest.mock import Mock

import interpreters
import pytest
from in_threads import pytest_addoption, pytest_collection_modifyitems, pytest_pyfunc_call  # noqa: F401
from jobstamps import jobstamp
from places import PLACES, Tally, age, stamps  # noqa: F401
from programs import Program

each_method = pytest.mark.parametrize("method", [jobstamp.MTimeMethod, jobstamp.HashMethod])


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path, monkeypatch):
    """Keeps the tests out of the user's own store and away from the user's own key."""
    for variable in [name for name in os.environ if name.startswith("JOBSTAMPS_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("JOBSTAMPS_DIRECTORY", str(tmp_path / "default-stamps"))
    (tmp_path / "config").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TALLY", str(tmp_path / "tally"))


@pytest.fixture
def store(tmp_path) -> Path:
    """A directory for stamps that does not exist yet."""
    return PLACES["store"](tmp_path)


@pytest.fixture
def tally(tmp_path) -> Tally:
    """The tally that `jobs.ran` counts in."""
    return PLACES["tally"](tmp_path)


class MockJob(Mock):
    """A job that says how it was called."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, __name__="job", **kwargs)
        self.return_value = None


@pytest.fixture
def file(tmp_path):
    """A file that has not been touched for a while."""
    return PLACES["file"](tmp_path)


@pytest.fixture
def run(tmp_path):
    """Runs jobs with their stamps in the store. No frame of ours lies between the test and `jobstamp.run`."""
    return PLACES["run"](tmp_path)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(params=interpreters.VERSIONS, ids=interpreters.name)
def python(request) -> str:
    """Each Python that the package is for and that is found here."""
    path = interpreters.find(request.param)
    if path is None:
        pytest.skip(f"{interpreters.name(request.param)} is not installed")
    return path


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program whose modules are written by the test."""
    directory = tmp_path / "program"
    directory.mkdir()
    monkeypatch.syspath_prepend(str(directory))
    # Two versions written within one second would share a .pyc.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Program(directory)
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(directory)):
            del sys.modules[name]
