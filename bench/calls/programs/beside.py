"""A hit alone, and beside a thread that computes in Python."""

import threading

from keeping import keep
from timing import VALUE, alternate, tell


def lint(path):
    """Returns a small value."""
    return dict(VALUE, path=path)


remembered = keep(lint)


def compute():
    """Computes until the end."""
    n = 0
    while not over:
        n += 1


over = False
remembered("lint.py")
alone = alternate({"alone": lambda: remembered("lint.py")}, 500, 50)
thread = threading.Thread(target=compute)
thread.start()
beside = alternate({"beside": lambda: remembered("lint.py")}, 500, 5)
over = True
thread.join()
tell({**alone, **beside})
