"""The tutorial is true: its blocks are run in their order, in one empty directory, and print what they say.

A block of `python` whose first line is `# name.py` is saved under that name, a block of `pycon` goes on with one Python
session, and a block of `console` is given to a shell, line by line. `...` stands for any text.
"""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks() -> list[tuple[str, str, int]]:
    """Returns the language, the text and the first line's number of each block."""
    text = TUTORIAL.read_text()
    return [(match[1], match[2], text.count("\n", 0, match.start()) + 2) for match in BLOCK.finditer(text)]


class Reader:
    """Somebody who does all that the tutorial says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = {"__name__": "__main__"}
        self.untrue: list[str] = []
        self.environment = {
            **os.environ,
            # `python` is this one, with what is installed for it.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            # Where a pytest that is run here has its files: not among those of the one that runs us.
            "PYTEST_DEBUG_TEMPROOT": str(folder.parent),
        }

    def python(self, text: str, line: int) -> None:
        name = re.match(r"# (\w+\.py)\n", text)
        assert name, f"line {line}: the block does not say the name of its file"
        (self.folder / name[1]).write_text(text)
        importlib.invalidate_caches()

    def pycon(self, text: str, line: int) -> None:
        examples = doctest.DocTestParser().get_doctest(text, {}, TUTORIAL.name, str(TUTORIAL), line - 1)
        # Not a copy, as the parser would make: one session goes through all blocks.
        examples.globs = self.session
        doctest.DocTestRunner(optionflags=FLAGS).run(examples, out=self.untrue.append, clear_globs=False)

    def console(self, text: str, line: int) -> None:
        for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            done = subprocess.run(
                command,
                shell=True,
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if not doctest.OutputChecker().check_output(expected, done.stdout, FLAGS):
                self.untrue.append(f"line {line}: $ {command}\nsays:\n{done.stdout}and not:\n{expected}")


@pytest.mark.filterwarnings("default")
def test_all_that_the_tutorial_says_happens(tmp_path, monkeypatch):
    for module in ("numpy", "pytest"):
        pytest.importorskip(module, reason=f"the tutorial uses {module}")
    folder = tmp_path / "tutorial"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    reader = Reader(folder)
    try:
        for language, text, line in blocks():
            getattr(reader, language)(text, line)
    finally:
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
    assert not reader.untrue, "".join(reader.untrue)


def test_the_minute_with_python_in_the_readme_is_true(tmp_path):
    readme = (TUTORIAL.parents[1] / "README.md").read_text()
    program = re.search(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[1]
    reader = Reader(tmp_path)
    reader.python(f"# count.py\n{program}", 1)
    (tmp_path / "notes.txt").write_text("one two three four")
    reader.console("$ python count.py\ncounting notes.txt\n4\n4\n$ python count.py\n4\n4\n", 1)
    assert not reader.untrue, "".join(reader.untrue)


def test_the_tutorial_is_linked_from_where_people_begin():
    root = TUTORIAL.parents[1]
    for page, link in [("README.md", "docs/tutorial.md"), ("docs/manual.md", "tutorial.md")]:
        assert f"]({link})" in (root / page).read_text(), page


def test_every_block_of_the_tutorial_is_run():
    assert {language for language, _, _ in blocks()} <= {"python", "pycon", "console"}
    assert TUTORIAL.read_text().count("```") == 2 * len(blocks())
