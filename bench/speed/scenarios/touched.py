"""A large dependency that was touched, under hashes: all of it is read, as `b3sum` reads it."""

from __future__ import annotations

import os

import tools
from figure import Figure

from ..place import Place
from ..report import Report, Table

GIB = 1 << 30
OURS, ONE, ALL = "hit, `--use-hashes`, touched", "`b3sum`, one thread", "`b3sum`, all processors"
ROUNDS = 9


def measured(place: Place) -> Report:
    """Measures a hit whose dependency of 1 GiB has new times and the old bytes."""
    title, large = "A dependency of 1 GiB that was touched", place.folder / "large"
    b3sum = tools.from_crates("b3sum")
    if b3sum is None:
        return Report(title, [], [])
    with open(large, "wb") as file:
        block = os.urandom(1 << 20)
        file.writelines(block for _ in range(GIB >> 20))
    commands = {
        ALL: [str(b3sum), str(large)],
        ONE: [str(b3sum), "--num-threads=1", str(large)],
        OURS: [*place.ours("--dependencies", large, "--use-hashes"), "echo", "large"],
    }

    def touch(number: int) -> None:
        # Long ago, and each time another moment.
        os.utime(large, (1_000_000_000 + number,) * 2)

    times = place.measure_prepared(commands, ROUNDS, touch)
    large.unlink()
    told = f"{times[OURS].minima(times[ALL])}; of one thread {times[OURS].over(times[ONE]):.2f} x"
    figure = Figure("1 GiB touched under hashes, beside `b3sum`", times[OURS].over(times[ALL]), "x", 1.1, told=told)
    return Report(title, [Table("", times, milliseconds=True)], [figure])
