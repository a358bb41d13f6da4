"""Workers that make calls of stamped functions in one store, and are killed and started again: run as a program.

python killers.py STORE KILLS SEED
"""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback
import warnings

from jobstamps import Stamps

WORKERS, CALLS = 4, 12


def value_of(number):
    """Some are small, some lie beside their stamp, one has a buffer of its own."""
    return [number, bytes([number]) * (number * 9_000), bytearray(number * 1000)]


def make(number):
    return value_of(number)


def work(store, chosen, done):
    """Makes calls until it is killed; a byte for each tells that it was right, or not."""
    warnings.simplefilter("error")
    there = Stamps(store)
    stamped = there.stamp(make)
    ways = [stamped, stamped, stamped, stamped.rerun, lambda number: there.run(make, number)]
    while True:
        number = chosen.randrange(CALLS)
        try:
            right = chosen.choice(ways)(number) == value_of(number)
            if chosen.random() < 0.05:
                stamped.forget(number)
            if chosen.random() < 0.01:
                there.sweep()
        except Exception:
            traceback.print_exc()
            right = False
        os.write(done, b"." if right else b"!")


def main(store, kills, seed):
    chosen = random.Random(seed)
    read, write = os.pipe()
    workers = []
    wrong = 0
    for killed in range(kills + 1):
        while len(workers) < WORKERS:
            own = random.Random(chosen.random())
            worker = os.fork()
            if worker == 0:
                os.close(read)
                work(store, own, write)
            workers.append(worker)
        # So many calls are made between two kills; where in its own the next one is, nobody knows.
        for _ in range(chosen.randrange(1, 30)):
            wrong += os.read(read, 1) != b"."
        for worker in [workers.pop(chosen.randrange(WORKERS))] if killed < kills else workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
    there = Stamps(store)
    for number in range(CALLS):
        for _ in range(2):
            wrong += there.run(make, number) != value_of(number)
    return wrong


if __name__ == "__main__":
    found = main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.exit(f"seed {sys.argv[3]}: {found} wrong" if found else 0)
