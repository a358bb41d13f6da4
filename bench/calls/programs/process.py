"""One of several processes that hit one key from the same moment on; prints how often a second."""

import sys
import time

from keeping import keep
from timing import VALUE, tell

SECONDS = 1.0


def lint(path):
    """Returns a small value."""
    return dict(VALUE, path=path)


remembered = keep(lint)
remembered("lint.py")
for _ in range(20):
    remembered("lint.py")
print("ready", flush=True)
sys.stdin.readline()
count, began = 0, time.perf_counter()
while time.perf_counter() - began < SECONDS:
    remembered("lint.py")
    count += 1
tell({"a second": [count / (time.perf_counter() - began)]})
