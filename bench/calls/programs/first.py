"""The first call of a process, with the import before it."""

import os
import time

start = time.perf_counter_ns()
from keeping import keep  # noqa: E402

imported = time.perf_counter_ns()


@keep
def lint(path):
    """Returns a small value."""
    return {"path": path}


lint(os.environ["ARGUMENT"])
called = time.perf_counter_ns()
from timing import tell  # noqa: E402

tell({"import": [(imported - start) / 1000], "import and first call": [(called - start) / 1000]})
