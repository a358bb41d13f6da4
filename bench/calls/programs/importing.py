"""The import alone, of the module named on the command line."""

import sys
import time

start = time.perf_counter_ns()
__import__(sys.argv[1])
taken = time.perf_counter_ns() - start
from timing import tell  # noqa: E402

tell({"import": [taken / 1000]})
