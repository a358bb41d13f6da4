"""The scenarios: each measures in a place and returns a report."""

from __future__ import annotations

from typing import Callable

from ..place import Place
from ..report import Report
from . import dependencies, directory, hit, live, miss, peers, replay, store, together, touched

# In the order of the page, by the names that `make bench BENCH="..."` takes.
SCENARIOS: dict[str, Callable[[Place], Report]] = {
    "hit": hit.measured,
    "peers": peers.measured,
    "dependencies": dependencies.measured,
    "touched": touched.measured,
    "directory": directory.measured,
    "miss": miss.measured,
    "replay": replay.measured,
    "live": live.measured,
    "store": store.measured,
    "together": together.measured,
}
