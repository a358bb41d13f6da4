"""Programs of a few modules, written and imported anew for each look at what their functions reach."""

from __future__ import annotations

import importlib
import sys
import textwrap
from pathlib import Path

from jobstamps._native import reached

HERE = Path(__file__).parent / "reach"


def listed(name):
    """Returns the programs in a file, by what they are about, each with the words that stand behind it.

    `== what` begins a program, `[path]` a module of it beside `main.py`, and `-- words` ends it.
    """
    found = {}
    for row in (HERE / name).read_text().split("== ")[1:]:
        what, _, program = row.partition("\n")
        text, _, words = program.rpartition("-- ")
        found[what] = (text, words.rstrip("\n"))
    return found


def versions(name):
    """Returns two versions of each program in a file: `-- old => new` is what the second one differs in."""
    found = {}
    for what, (text, change) in listed(name).items():
        old, new = (part.replace("\\n", "\n") for part in change.split(" => "))
        assert old in text, what
        found[what] = (modules(text), modules(text.replace(old, new)))
    return found


def modules(text):
    """Splits a text into modules at lines like `[other.py]`."""
    found = {"main.py": ""}
    path = "main.py"
    for line in text.splitlines(keepends=True):
        if line.startswith("[") and line.rstrip().endswith(".py]"):
            path = line.strip()[1:-1]
            found[path] = ""
        else:
            found[path] += line
    return found


class Program:
    """Modules in a directory of their own; `main` has the function `f`."""

    def __init__(self, directory):
        self.directory = directory

    def write(self, files):
        """Writes modules: a text is `main`, a dict has a text for each path."""
        for path, text in ({"main.py": files} if isinstance(files, str) else files).items():
            (self.directory / path).parent.mkdir(parents=True, exist_ok=True)
            (self.directory / path).write_text(textwrap.dedent(text))
        return self

    def load(self):
        """Imports `main` as a process would that begins now."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            if name == "main" or file.startswith(str(self.directory)):
                del sys.modules[name]
        importlib.invalidate_caches()
        return importlib.import_module("main")

    def parts(self, files):
        """Returns digests of what `f` reaches, by their names."""
        for path in self.directory.rglob("*.py"):
            path.unlink()
        found, _, _, holds = reached(self.write(files).load().f, 1)
        assert holds
        return dict(found)

    def unseen(self, files):
        """Returns what is not seen of what `f` reaches."""
        return reached(self.write(files).load().f, 1)[1]
