"""A hit whose argument is an array of 100 MB, beside BLAKE3 of the same bytes on one thread."""

import os
import sys

import numpy as np
from keeping import keep
from timing import alternate, tell

sys.path.append(os.environ["PEERS"])
from blake3 import blake3


@keep
def add(array):
    """Returns a small value."""
    return float(array[0])


array = np.arange(12_500_000, dtype=np.float64)
seen = memoryview(array).cast("B")
add(array)
tell(alternate({"BLAKE3": lambda: blake3(seen, max_threads=1).digest(), "hit": lambda: add(array)}, 15, 2))
