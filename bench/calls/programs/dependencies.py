"""A hit with ten dependencies, under both methods, beside one without and ten bare `statx` of the same paths."""

import ctypes
import os

from keeping import keep
from timing import alternate, tell

paths = [os.path.join(os.environ["FILES"], f"dependency{n}") for n in range(10)]


def none(x):
    """Without a dependency."""
    return x


def by_mtime(x):
    """With ten, by what the system tells of them."""
    return x


def by_hash(x):
    """With ten, by their bytes."""
    return x


none, by_mtime, by_hash = keep(none), keep(by_mtime, files=paths), keep(by_hash, files=paths, by="hash")
none(1), by_mtime(1), by_hash(1)
ten = ctypes.CDLL(os.environ["STATX"]).statx_all
ten.restype = ctypes.c_longlong
array = (ctypes.c_char_p * len(paths))(*map(os.fsencode, paths))


def stat_all(stat=os.stat):
    """Looks at all from Python."""
    for path in paths:
        stat(path)


cases = {
    "none": lambda: none(1),
    "ten statx by its own clock": lambda: ten(array, len(paths)),
    "ten os.stat": stat_all,
    "mtime": lambda: by_mtime(1),
    "hash": lambda: by_hash(1),
}
tell(alternate(cases, 1000, 100))
