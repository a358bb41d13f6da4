"""A hit alone, and beside a thread that computes in Python."""

import threading

from keeping import keep
from timing import VALUE, alternate, tell


@keep
def lint(path):
    """Returns a small value."""
    return dict(VALUE, path=path)


def compute():
    """Computes until the end."""
    n = 0
    while not over:
        n += 1


over = False
lint("lint.py")
alone = alternate({"alone": lambda: lint("lint.py")}, 500, 50)
thread = threading.Thread(target=compute)
thread.start()
beside = alternate({"beside": lambda: lint("lint.py")}, 500, 5)
over = True
thread.join()
tell({**alone, **beside})
