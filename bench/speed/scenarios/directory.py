"""A directory of 100,000 files as a dependency, unchanged, beside a walk of it."""

from __future__ import annotations

import tools
from figure import Figure

from ..place import Place, grow_old
from ..report import Report, Table
from .dependencies import made

ROUNDS = 25


def measured(place: Place) -> Report:
    """Measures hits that look at all below a directory."""
    title = "A directory of 100,000 files"
    made(place.folder)
    grow_old()
    find = tools.on_path("find")
    if find is None:
        return Report(title, [], [])
    commands = {
        "`find` with times": [str(find), "tree", "-printf", "%T@\\n"],
        "hit": [*place.ours("--dependencies", "tree"), "echo", "tree"],
        "hit, `--use-hashes`": [*place.ours("--dependencies", "tree", "--use-hashes"), "echo", "tree", "bytes"],
    }
    times = place.measure(commands, ROUNDS, warm_up=2, spread=True)
    floor, hit, hashed = times.values()
    figures = [
        Figure("100,000 files in a directory, beside `find`", hit.over(floor), "x", 1.5, told=hit.minima(floor)),
        Figure("the same by hash, beside mtime", hashed.over(hit), "x", 1.05, told=hashed.minima(hit)),
    ]
    return Report(title, [Table("", times, milliseconds=True)], figures)
