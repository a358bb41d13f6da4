"""Threads, processes and forks that call one function."""

from __future__ import annotations

from ..trap import Trap, once

# The function goes on when all have come: who has come has not found a value, or waits for it.
MEET = """
import os, sys, time
def came(): open(f"came-{os.getpid()}-{threading.get_ident()}", "w").close()
def wait(n):
    until = time.monotonic() + 20
    while sum(name.startswith("came-") for name in os.listdir(".")) < n and time.monotonic() < until:
        time.sleep(0.001)
import threading
"""

TOGETHER: tuple[Trap, ...] = (
    once(
        "8 threads, one call, one run",
        MEET
        + """
@keep
def f(x):
    ran()
    wait(8)
    return x + 1
values = []
def call():
    came()
    values.append(f(1))
threads = [threading.Thread(target=call) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
show(values)
""",
        1,
    ),
    once(
        "4 processes, one call, one run",
        MEET
        + """
@keep
def f(x):
    ran()
    wait(4)
    return x + 1
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        came()
        os._exit(f(1))
    children.append(child)
show([os.waitpid(child, 0)[1] >> 8 for child in children])
""",
        1,
    ),
    once(
        "a fork inside the function",
        """
        import os
        @keep
        def f(x):
            ran()
            child = os.fork()
            if child == 0:
                os._exit(3)
            return os.waitpid(child, 0)[1] >> 8
        show(f(1), f(1))
        """,
        1,
    ),
    once(
        "a fork while another thread runs the function",
        """
        import os, threading
        entered, go_on = threading.Event(), threading.Event()
        @keep
        def f(x):
            ran()
            if x == 1:
                entered.set()
                go_on.wait(20)
            return x + 1
        thread = threading.Thread(target=f, args=(1,))
        thread.start()
        entered.wait(20)
        child = os.fork()
        if child == 0:
            os._exit(f(5))
        show(os.waitpid(child, 0)[1] >> 8)
        go_on.set()
        thread.join()
        show(f(1))
        """,
        2,
    ),
    once(
        "a pool of processes",
        """
        import multiprocessing
        @keep
        def f(x):
            ran()
            return x + 1
        with multiprocessing.get_context("fork").Pool(2) as pool:
            show(pool.map(f, [1, 2, 3, 4]))
        show([f(x) for x in (1, 2, 3, 4)])
        """,
        4,
    ),
    once(
        "threads that call it with other arguments do not wait for each other",
        """
        import threading
        meet = threading.Barrier(4)
        values = []
        @keep
        def f(x):
            ran()
            meet.wait(20)
            return x
        threads = [threading.Thread(target=lambda x=x: values.append(f(x))) for x in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        show(sorted(values))
        """,
        4,
    ),
    once(
        "coroutines that await one call",
        """
        import asyncio
        @keep
        async def f(x):
            ran()
            await asyncio.sleep(0)
            return x + 1
        async def main(): return await asyncio.gather(f(1), f(1), f(1))
        show(asyncio.run(main()))
        """,
        1,
        refusable=True,
    ),
    once(
        "a coroutine that is cancelled",
        """
        import asyncio
        @keep
        async def f(x):
            ran()
            await asyncio.sleep(0 if x else 3600)
            return x + 1
        async def main():
            first = asyncio.ensure_future(f(0))
            await asyncio.sleep(0)
            first.cancel()
            try: await first
            except asyncio.CancelledError: show("cancelled")
            return await f(1)
        show(asyncio.run(main()))
        """,
        None,
        refusable=True,
    ),
    once(
        "a call at the end of the interpreter",
        """
        import atexit
        @keep
        def f(x):
            ran()
            return x + 1
        atexit.register(lambda: show(f(1)))
        """,
        1,
    ),
)
