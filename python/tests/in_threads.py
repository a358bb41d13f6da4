"""`pytest --threads=8` runs each test in eight threads at the same moment, each with its own store, files and tally.

It is what pytest-run-parallel does, which would hand one store and one tally to all threads. Tests that change what
all threads share (variables, warnings, the store by default) or start processes are left out; so are those that are
marked `alone`.
"""

from __future__ import annotations

import inspect
import re
import sys
import threading

import jobs
import pytest
from places import PLACES

SHARED = re.compile(
    r"pytest\.warns|warnings\.|os\.environ|chdir|subprocess|fork|multiprocessing|\bfresh\(|Mock|sys\.modules"
)
IMPATIENT = 1e-5


def pytest_addoption(parser):
    parser.addoption("--threads", type=int, default=1, help="run each test in so many threads at the same moment")


def pytest_collection_modifyitems(config, items):
    """Takes only the tests that threads can run."""
    if config.getoption("threads") > 1:
        alone = [item for item in items if not can_be_shared_out(item)]
        config.hook.pytest_deselected(items=alone)
        items[:] = [item for item in items if item not in set(alone)]


def can_be_shared_out(item):
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    fixtures = inspect.signature(item.function).parameters.keys() - parameters
    # Without a store of its own, it uses the one by default.
    own = fixtures <= PLACES.keys() and fixtures & {"store", "run"} and not item.get_closest_marker("alone")
    return own and not SHARED.search(inspect.getsource(item.function))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs the test in threads, and raises what the first of them raised."""
    count = pyfuncitem.config.getoption("threads")
    if count == 1:
        return None
    start, raised = threading.Barrier(count), []

    def work(number):
        arguments = own(pyfuncitem, number)
        start.wait()
        try:
            pyfuncitem.obj(**arguments)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(IMPATIENT)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if raised:
        raise raised[0]
    return True


def own(item, number):
    """Returns the arguments of a test, with the places on the disk those of one thread."""
    wanted = inspect.signature(item.function).parameters
    folder = item.funcargs["tmp_path"] / f"thread{number}"
    folder.mkdir()
    jobs.TALLIES.path = folder / "tally"
    return {name: PLACES[name](folder) if name in PLACES else item.funcargs[name] for name in wanted}
