"""What may be replayed and what must be, told from the promises of the manual and not by the code that is tested.

The twin of `core/tests/shadow`, which serves the crate and the command.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import stat
from pathlib import Path

# What a job has to do.
REPLAY, RUN, EITHER = "replay", "run", "either"
# Whether a job with such dependencies can be remembered, and replayed: both; the first; neither.
FIT, MISSING, UNFIT = range(3)
# How much of two snapshots has to agree: names, kinds and contents; times too; and that it is the very same file, with
# the same permissions.
CONTENT, TIMES, FILES, ALL = range(1, 5)
# So many runs of a job are remembered.
VARIANTS = 8
ABSENT = (errno.ENOENT, errno.ENOTDIR)


class Snapshot:
    """How all that a job depends on looks at one moment, but for what it makes itself."""

    def __init__(self, roots, made=None, everywhere=False):
        self.entries = {}
        self.fitness = FIT
        self.made = made
        for root in roots:
            if everywhere and root == made:
                continue
            if "*" in root:
                self._pattern(*root.split("*"))
            else:
                self._root(root, MISSING)

    def agrees(self, other, detail):
        return (
            self.fitness == other.fitness
            and self.entries.keys() == other.entries.keys()
            and all(entry[:detail] == other.entries[path][:detail] for path, entry in self.entries.items())
        )

    def _worst(self, fitness):
        self.fitness = max(self.fitness, fitness)

    def _pattern(self, base, end):
        try:
            is_directory = stat.S_ISDIR(os.stat(base).st_mode)
        except OSError as error:
            self._worst(FIT if error.errno in ABSENT else UNFIT)
            return
        for name in self._names(base) if is_directory else []:
            if name.endswith(end) and not name.startswith("."):
                self._root(base + name, FIT)

    def _root(self, path, if_missing):
        """Looks at what was declared, or matched: it is followed."""
        chain = _chain(path)
        try:
            self._entry(path, os.stat(path), chain)
        except OSError as error:
            absent = error.errno in ABSENT
            self._worst(if_missing if absent else UNFIT)
            if absent and if_missing == FIT and chain:
                self.entries[path] = (("l", chain[:1], b""), None, None, None)

    def _entry(self, path, look, chain):
        if stat.S_ISLNK(look.st_mode):
            self.entries[path] = (("l", chain, b""), None, None, None)
        elif stat.S_ISDIR(look.st_mode):
            self.entries[path] = (("d", chain, b""), None, None, None)
            for name in self._names(path):
                below = os.path.join(path, name)
                if below != self.made:
                    self._entry(below, os.lstat(below), _chain(below)[:1])
        elif not stat.S_ISREG(look.st_mode):
            self._worst(UNFIT)
        else:
            try:
                content = Path(path).read_bytes()
            except OSError:
                self._worst(UNFIT)
                return
            letter = "x" if look.st_mode & 0o111 else "f"
            times = (look.st_size, look.st_mtime_ns, look.st_ctime_ns)
            self.entries[path] = ((letter, chain, content), times, (look.st_ino, look.st_dev), look.st_mode)

    def _names(self, path):
        try:
            return os.listdir(path)
        except OSError:
            self._worst(UNFIT)
            return []


def _chain(path):
    """Returns the texts of the links that lead on from `path`."""
    texts = []
    while os.path.islink(path) and len(texts) < 40:
        texts.append(os.readlink(path))
        path = os.path.join(os.path.dirname(path), texts[-1])
    return texts


@dataclasses.dataclass
class Run:
    worlds: list  # As it was; and as it may have been noted later, when it had other times only.
    code: object
    digests: bool
    certain: bool

    def expected(self, method, code, now):
        if self.code != code:
            return RUN
        if method == "mtime":
            may = any(world.agrees(now, TIMES) for world in self.worlds)
            must = all(world.agrees(now, FILES) for world in self.worlds)
        else:
            # A young file's digest is there under either method.
            may = all(world.agrees(now, CONTENT) for world in self.worlds)
            must = may and self.digests
        return REPLAY if must and self.certain else EITHER if may else RUN


class Shadow:
    """What was remembered of the runs of one call, the last one first."""

    def __init__(self):
        self.runs = []

    def expected(self, method, code, now):
        found = set()
        if now.fitness == FIT:
            for number, run in enumerate(self.runs):
                expected = run.expected(method, code, now)
                found.add(EITHER if expected == REPLAY and number >= VARIANTS else expected)
        return REPLAY if REPLAY in found else EITHER if EITHER in found else RUN

    def ran(self, method, code, world, certain):
        self.runs.insert(0, Run([world], code, method != "mtime", certain))

    def replayed(self, now):
        for run in self.runs:
            if run.worlds[0].agrees(now, CONTENT) and not run.worlds[0].agrees(now, FILES):
                run.worlds.append(now)

    def doubt(self):
        for run in self.runs:
            run.certain = False
