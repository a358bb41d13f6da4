"""What is edited in place while the program runs is seen, wherever it lies; what a function finds out is no edit."""

from __future__ import annotations

import pytest

IMPORTS = "import builtins, collections, enum, functools, jobs, string\n"
# A program, the value of its function, and what is done to the program then.
EDITS = {
    "another class": (
        "class C:\n    def m(self): return 1\nclass D:\n    def m(self): return 2\nN = C()",
        "N.m()",
        "N.__class__ = D",
    ),
    "another dict of attributes": ("class C: pass\nN = C()\nN.x = 1", "N.x", "N.__dict__ = {'x': 2}"),
    "an attribute that is gone": ("class C: x = 1\nN = C()\nN.x = 2", "N.x", "del N.x"),
    "another factory": ("N = collections.defaultdict(int)", "N.copy()['a']", "N.default_factory = str"),
    "a subclass of set": ("class C(set): pass\nN = C([1])", "len(N)", "N.add(2)"),
    "a subclass of deque": ("class C(collections.deque): pass\nN = C([1])", "len(N)", "N.append(2)"),
    "what an exception was made with": ("N = ValueError(1)", "N.args", "N.args = (2,)"),
    "a template": ("N = string.Template('a')", "N.template", "N.template = 'b'"),
    "a member of an enumeration": ("class E(enum.Enum): A = 1\nE.A.x = 1", "E.A.x", "E.A.x = 2"),
    "a constant among the builtins": ("builtins.FLAG = None", "FLAG", "builtins.FLAG = True"),
    "a mark on a function": ("def g(): pass\ng.x = 1\nN = [g]", "N[0].x", "g.x = 2"),
    "a mark on a method": ("class C:\n    def m(self): pass\n    m.x = 1", "C.m.x", "C.m.x = 2"),
    "a dict whose view is known": ("D = {'a': 1}\nN = D.values()", "list(N)", "D['a'] = 2"),
    "a list whose method is known": ("L = [1]\nN = L.__len__", "N()", "L.append(2)"),
    "the first of a chain of dicts": ("N = collections.ChainMap({'a': 1})", "dict(N)", "N['a'] = 2"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_in_place_is_seen(program, run, tally, what):
    text, value, edit = EDITS[what]
    main = program.write(f"{IMPORTS}{text}\ndef f():\n    jobs.ran()\n    return {value}\n").load()
    before = run(main.f)
    assert run(main.f) == before
    tally.ran(1)
    exec(edit, vars(main))
    after = run(main.f)
    assert after == main.f() != before
    tally.ran(3)


LAZY = {
    "a cached property": "    @functools.cached_property\n    def x(self): return self.n * 2",
    "an attribute": "    x = property(lambda self: self.__dict__.setdefault('found', self.n * 2))",
    "an attribute that is there": "    found = None\n"
    "    @property\n    def x(self):\n        self.found = self.found or self.n * 2\n        return self.found",
}


@pytest.mark.parametrize("what", LAZY)
def test_what_an_object_finds_out_is_state_and_what_it_was_made_with_is_not(program, run, tally, what):
    text = (
        f"{IMPORTS}class C:\n    def __init__(self, n): self.n = n\n{LAZY[what]}\n"
        "N = C(1)\ndef f():\n    jobs.ran()\n    return N.x\n"
    )
    for runs, (old, new) in enumerate([("", ""), ("C(1)", "C(2)")], start=1):
        for _ in range(2):
            main = program.write(text.replace(old, new)).load()
            for _ in range(2):
                assert run(main.f) == runs * 2
                tally.ran(runs)
