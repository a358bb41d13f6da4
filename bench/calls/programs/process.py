"""One of several processes that hit one key from the same moment on; prints how often a second."""

import sys
import time

from keeping import keep
from timing import VALUE, tell

SECONDS = 1.0


@keep
def lint(path):
    """Returns a small value."""
    return dict(VALUE, path=path)


lint("lint.py")
for _ in range(20):
    lint("lint.py")
print("ready", flush=True)
sys.stdin.readline()
count, began = 0, time.perf_counter()
while time.perf_counter() - began < SECONDS:
    lint("lint.py")
    count += 1
tell({"a second": [count / (time.perf_counter() - began)]})
