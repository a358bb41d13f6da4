"""How long after the end of a run those wake that waited for it: threads of this process, and a process of its own."""

import os
import threading
import time

from keeping import keep
from timing import tell


def enough():
    """Gives those who come time to have begun to wait; long waits nap longest, and that is what is measured."""
    time.sleep(0.2)


@keep
def lint(n):
    """Returns when it ended."""
    enough()
    return time.monotonic_ns()


def woken(n):
    """Waits for the run, and returns how long after its end it is awake."""
    time.sleep(0.05)
    ended = lint(n)
    return (time.monotonic_ns() - ended) / 1000


def among_threads(n):
    """Lets seven threads wait for the main one."""
    times = []
    threads = [threading.Thread(target=lambda: times.append(woken(n))) for _ in range(7)]
    for thread in threads:
        thread.start()
    lint(n)
    for thread in threads:
        thread.join()
    return times


def among_processes(n):
    """Lets one process wait for another; this one is the parent of both, for whom no child has to wait."""
    read, write = os.pipe()
    children = []
    for function in (lint, lambda n: os.write(write, str(woken(n)).encode())):
        child = os.fork()
        if child == 0:
            function(n)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    time_of_one = float(os.read(read, 100))
    os.close(read)
    os.close(write)
    return [time_of_one]


tell(
    {
        "threads": [t for n in range(5) for t in among_threads(n)],
        "processes": [t for n in range(5, 15) for t in among_processes(n)],
    }
)
