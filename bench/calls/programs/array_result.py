"""A hit whose value is an array of 100 MB."""

import numpy as np
from keeping import keep
from timing import alternate, tell


@keep
def make(n):
    """Returns an array of n numbers."""
    return np.arange(n, dtype=np.float64)


value = make(12_500_000)
assert value.nbytes == 100_000_000
value = make(12_500_000)
value[7] += 1
assert make(12_500_000)[7] == 7
del value
tell(alternate({"hit": lambda: make(12_500_000)}, 20, 3))
