"""Many at once: equal jobs of which one runs, and hits side by side."""

from __future__ import annotations

from figure import Figure, number

from ..place import Place
from ..report import Chart, Report, Table
from ..times import Times
from .hit import NOTHING

COLD, COLD_ROUNDS, RUN = 16, 15, 200
COUNTS = {1: 500, 2: 300, 4: 200, 8: 100, 16: 60, 32: 40, 64: 30}
HIT = "hit"


def measured(place: Place) -> Report:
    """Measures the end of those that wait for an equal job, and hits from 1 to 64 at once."""
    runs, late, apart = cold(place)
    all_times: dict[int, dict[str, Times]] = {}
    commands = {NOTHING: [place.program("noop")], HIT: [*place.ours(), "echo", "hello"]}
    for count, rounds in COUNTS.items():
        all_times[count] = place.measure(commands, rounds, how=str(count), warm_up=3, spread=True)
    lines = {
        what: [(float(count), times[what].median / count) for count, times in all_times.items()] for what in commands
    }
    chart = Chart("together", "Hits at once, each one's share", "hits at once", "microseconds", lines)
    tables = [Table("16 equal jobs", {"last after the end of the job": late, "last after the first": apart})]
    tables += [Table(f"{count} at once, all of them", times) for count, times in all_times.items()]
    told = f"the first of them {number((late.median - apart.median) / 1000)} ms; the job takes {RUN} ms"
    figures = [
        Figure("16 equal jobs cold, runs of them", runs, "runs", 1),
        Figure("16 equal jobs cold, the last ends after the job", late.median / 1000, "ms", 5, told=told),
    ]
    return Report("Many at once", tables, figures, (chart,))


def cold(place: Place) -> tuple[float, Times, Times]:
    """Returns how many of equal jobs ran, on average, and the microseconds from job and first end to the last end."""
    tally = place.folder / "tally{}"
    job = [*place.ours(store="cold"), place.program("job"), "run", str(RUN), str(tally)]
    times = place.measure({"cold": job}, COLD_ROUNDS, how=str(COLD), warm_up=1, spread=True)["cold"]
    runs, late, apart = 0, [], []
    for number_of_round, ends in enumerate(times.ends, 1):
        moments = (place.folder / f"tally{number_of_round}").read_text(encoding="utf-8").split()
        runs += len(moments)
        late.append((max(ends) - int(moments[0])) / 1000)
        apart.append((max(ends) - min(ends)) / 1000)
    return runs / COLD_ROUNDS, Times(late, times.kib), Times(apart, times.kib)
