"""Hits per second of one thread and of 16, of one key, and how long each took."""

import threading
import time

from keeping import keep
from timing import VALUE, tell

SECONDS = 0.5


def lint(path):
    """Returns a small value."""
    return dict(VALUE, path=path)


remembered = keep(lint)


def hits(count):
    """Lets `count` threads call until the time is over; returns all times in microseconds, and how many a second."""
    all_times, start = [[] for _ in range(count)], threading.Barrier(count + 1)

    def work(times, clock=time.perf_counter_ns):
        start.wait()
        until = clock() + int(SECONDS * 1e9)
        before = clock()
        while before < until:
            remembered("lint.py")
            after = clock()
            times.append((after - before) / 1000)
            before = clock()

    threads = [threading.Thread(target=work, args=(times,)) for times in all_times]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    times = [each for times in all_times for each in times]
    return times, len(times) / taken


remembered("lint.py")
hits(1)
one, one_a_second = hits(1)
many, many_a_second = hits(16)
many.sort()
tell({"one a second": [one_a_second], "16 a second": [many_a_second], "p99 of 16": [many[len(many) * 99 // 100]]})
