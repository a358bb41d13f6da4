"""What was measured, beside what we hold ourselves to: pure."""

from __future__ import annotations

from statistics import median

from figure import Figure, number

from .measure import Samples


def best(samples: Samples, ours: list[str], case: str, highest: bool = False) -> tuple[str, float]:
    """Returns the best of the peers and its median."""
    medians = [(median(cases[case]), name) for name, cases in samples.items() if name not in ours and cases]
    value, name = max(medians) if highest else min(medians)
    return name, value


def small_hit(samples: Samples, ours: list[str], us: str) -> list[Figure]:
    """A hit that looks at its code, beside the floor and the best peer."""
    hit, floor = median(samples[us]["hit"]), median(samples[us]["floor"])
    peer, other = best(samples, ours, "hit")
    return [
        Figure(
            "Python, small hit, beside its floor",
            hit / floor,
            "x",
            1.3,
            told=f"{number(hit)} us, floor {number(floor)} us",
        ),
        Figure(
            "Python, small hit, how much faster than the best peer",
            other / hit,
            "x",
            3,
            True,
            f"{peer}: {number(other)} us",
        ),
    ]


def young_hit(cases: dict[str, list[float]]) -> list[Figure]:
    """A hit within two seconds of its run, while the stamp is read each time."""
    hit, floor = median(cases["hit"]), median(cases["floor"])
    told = f"{number(hit)} us, floor {number(floor)} us"
    return [Figure("Python, small hit within 2 s of the run, beside its floor", hit / floor, "x", told=told)]


def reaching(cases: dict[str, list[float]]) -> list[Figure]:
    """A function that reaches many names."""
    more = median(cases["60 names"]) - median(cases["none"])
    return [Figure("a function that reaches 60 names, more than one that reaches none", more, "us", 1)]


def dependencies(cases: dict[str, list[float]]) -> list[Figure]:
    """Ten dependencies, under both methods."""
    none, ten = median(cases["none"]), median(cases["ten statx by its own clock"])
    ours = f"no dependency {number(none)} us; ten `statx` in C {number(ten)} us"
    told = f"{ours}, ten `os.stat` {number(median(cases['ten os.stat']))} us"
    rows = []
    for method in ("mtime", "hash"):
        limit = none + 1.15 * ten
        rows.append(Figure(f"hit with 10 dependencies, {method} method", median(cases[method]), "us", limit, told=told))
    return rows


def large_file(cases: dict[str, list[float]]) -> list[Figure]:
    """One dependency of 100 MB."""
    more = median(cases["large"]) - median(cases["none"])
    return [Figure("one 100 MB dependency under hashes, more than none", more, "us", 2)]


def array_result(samples: Samples, ours: list[str], us: str) -> list[Figure]:
    """An array of 100 MB that comes back."""
    peer, other = best(samples, ours, "hit")
    told = f"{peer}: {number(other)} us"
    return [Figure("100 MB array result, mapped copy-on-write", median(samples[us]["hit"]), "us", 40, told=told)]


def array_argument(cases: dict[str, list[float]]) -> list[Figure]:
    """An array of 100 MB that goes in."""
    hit, bare = median(cases["hit"]), median(cases["BLAKE3"])
    told = f"{number(hit)} us, BLAKE3 on one thread {number(bare)} us"
    return [Figure("100 MB array argument, as often as BLAKE3", hit / bare, "x", 1.15, told=told)]


def threads(cases: dict[str, list[float]]) -> list[Figure]:
    """16 threads and one key."""
    one, many = median(cases["one a second"]), median(cases["16 a second"])
    told = f"{number(many)} and {number(one)} hits a second"
    return [
        Figure("16 threads hitting one key, as many hits as one", many / one, "x", 0.8, True, told),
        Figure("16 threads hitting one key, p99", median(cases["p99 of 16"]), "us", 1000),
    ]


def beside(cases: dict[str, list[float]]) -> list[Figure]:
    """A hit beside a thread that computes."""
    hit, alone = median(cases["beside"]), median(cases["alone"])
    told = f"{number(hit)} us, alone {number(alone)} us"
    return [Figure("hit beside a thread that computes, as often as alone, p50", hit / alone, "x", 1.5, told=told)]


def processes(samples: Samples, ours: list[str], us: str) -> list[Figure]:
    """Eight processes and one key."""
    peer, other = best(samples, ours, "a second", highest=True)
    mine = median(samples[us]["a second"])
    told = f"{number(mine)} hits a second; {peer}: {number(other)}"
    return [Figure("8 processes hitting one key, as many hits as the best peer", mine / other, "x", 3, True, told)]


def first(hits: dict[str, list[float]], runs: dict[str, list[float]], importing: list[float]) -> list[Figure]:
    """The beginning of a process."""
    return [
        Figure(
            "first call of a process with the import, a hit", median(hits["import and first call"]) / 1000, "ms", 10
        ),
        Figure(
            "first call of a process with the import, a run", median(runs["import and first call"]) / 1000, "ms", 10
        ),
        Figure("import, compiled before", median(importing) / 1000, "ms", 3),
    ]


def waking(cases: dict[str, list[float]]) -> list[Figure]:
    """How long after the end of a run those wake that waited for it."""
    return [
        Figure(
            f"waking after a run of another {kind}, median", median(cases[f"{kind}{plural}"]) / 1000, "ms", 2, told=told
        )
        for kind, plural in (("thread", "s"), ("process", "es"))
        for told in [f"longest {number(max(cases[f'{kind}{plural}']) / 1000)} ms"]
    ]
