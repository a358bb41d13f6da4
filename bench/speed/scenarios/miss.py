"""A run that is remembered, beside the bare command."""

from __future__ import annotations

from figure import Figure

from ..place import Place
from ..report import Report, Table

ROUNDS = 1000


def measured(place: Place) -> Report:
    """Measures what is added to `true`."""
    # Apart from the hits, whose neighbours would be troubled by its writes.
    commands = {"`true`": ["true", "{}"], "miss of `true`": [*place.ours(store="misses"), "true", "{}"]}
    times = place.measure(commands, ROUNDS)
    bare, miss = times.values()
    told = f"minima {(miss.least - bare.least) / 1000:.2f} ms"
    figures = [Figure("a miss, more than bare `true`", miss.more(bare) / 1000, "ms", 0.6, told=told)]
    return Report("A run of the command", [Table("", times)], figures)
