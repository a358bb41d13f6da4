"""A hit with one dependency of 100 MB, by its bytes, beside one without."""

import os

from keeping import keep
from timing import alternate, tell


def none(x):
    """Without a dependency."""
    return x


def large(x):
    """With a large one."""
    return x


none, large = keep(none), keep(large, files=[os.path.join(os.environ["FILES"], "large")], by="hash")
none(1), large(1)
tell(alternate({"none": lambda: none(1), "large": lambda: large(1)}, 1000, 100))
