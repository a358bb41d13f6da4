"""How long something took, many times: pure."""

from __future__ import annotations

import statistics
from typing import NamedTuple


class Times(NamedTuple):
    """Of one command, in microseconds; with the most memory that it held, and the fewest page faults that it took."""

    each: list[float]
    kib: int = 0
    faults: int = 0
    # Of commands that were started together: the moments in nanoseconds at which those of each round had ended.
    ends: tuple[tuple[int, ...], ...] = ()

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.each)

    @property
    def least(self) -> float:
        """The shortest."""
        return min(self.each)

    @property
    def p90(self) -> float:
        """The one that nine of ten do not exceed."""
        return sorted(self.each)[len(self.each) * 9 // 10]

    def over(self, floor: Times) -> float:
        """Returns how often the floor goes into this: medians."""
        return self.median / floor.median

    def more(self, floor: Times) -> float:
        """Returns by how much this is longer than the floor: medians."""
        return self.median - floor.median

    def minima(self, floor: Times) -> str:
        """Returns how often the shortest goes into the shortest, in words."""
        return f"minima {self.least / floor.least:.2f} x"

    def with_all(self, others: Times) -> Times:
        """Returns both together."""
        return Times(
            self.each + others.each,
            max(self.kib, others.kib),
            min(self.faults, others.faults),
            self.ends + others.ends,
        )
