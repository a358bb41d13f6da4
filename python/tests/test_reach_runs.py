"""When a function runs again because of what it reaches, in one process and in the next."""

from __future__ import annotations

import importlib
import sys
from unittest import mock

import pytest
from jobstamps import JobstampsWarning, stamp
from programs import listed

HELPER = """
import collections, jobs
N = 1
LIST, DICT, SET, DEEP = [1], {"a": 1}, {1}, {"a": [{1}]}
ORDER, BYTES = collections.OrderedDict(a=1, b=2), bytearray([1])
class B: pass
class D: pass
class C(B):
    x = 1
    def m(self): return 1
OBJECT = C()
OBJECT.y = 1
def make(n): return lambda: n
cell = make(1)
def g(x=1, *, y=1): return x
def f():
    jobs.ran()
    held = list(ORDER), bytes(BYTES), list(LIST), dict(DICT), set(SET), repr(DEEP)
    return held, g(), N, C().m(), C.x, OBJECT.y, cell()
"""
# What is done to a program while it runs, and undone.
EDITS = {
    "a function is bound to another": ("g = lambda: 2", "g = before"),
    "a global is bound to another value": ("N = 2", "N = 1"),
    "a global is unbound": ("del N; N = 2", "N = 1"),
    "a builtin is hidden": ("list = tuple", "del list"),
    "a builtin is replaced": ("import builtins; old = builtins.repr; builtins.repr = str", "builtins.repr = old"),
    "a builtin is replaced by a function": (
        "import builtins; old = builtins.repr; builtins.repr = lambda x: 7",
        "builtins.repr = old",
    ),
    "an item of a list": ("LIST[0] = 2", "LIST[0] = 1"),
    "a list grows": ("LIST.append(2)", "LIST.pop()"),
    "a value of a dict": ("DICT['a'] = 2", "DICT['a'] = 1"),
    "a key of a dict": ("DICT['b'] = 2", "del DICT['b']"),
    "the order of an ordered dict": ("ORDER.move_to_end('a')", "ORDER.move_to_end('b')"),
    "an item of a bytearray": ("BYTES[0] = 2", "BYTES[0] = 1"),
    "an item of a set": ("SET.add(2)", "SET.remove(2)"),
    "deep inside of a dict": ("DEEP['a'][0].add(2)", "DEEP['a'][0].remove(2)"),
    "a class's attribute": ("C.x = 2", "C.x = 1"),
    "a method": ("old = C.m; C.m = lambda self: 2", "C.m = old"),
    "a new method": ("C.__repr__ = lambda self: ''", "del C.__repr__"),
    "a base": ("C.__bases__ = (D,)", "C.__bases__ = (B,)"),
    "an object's attribute": ("OBJECT.y = 2", "OBJECT.y = 1"),
    "a function's code": ("old = g.__code__; g.__code__ = (lambda x=1, *, y=1: 2).__code__", "g.__code__ = old"),
    "a function's defaults": ("g.__defaults__ = (2,)", "g.__defaults__ = (1,)"),
    "a function's keyword default": ("g.__kwdefaults__['y'] = 2", "g.__kwdefaults__['y'] = 1"),
    "a function's keyword defaults": ("g.__kwdefaults__ = {'y': 2}", "g.__kwdefaults__ = {'y': 1}"),
    "a cell": ("cell.__closure__[0].cell_contents = 2", "cell.__closure__[0].cell_contents = 1"),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_is_edited_while_the_program_runs_is_seen(program, run, tally, what):
    main = program.write(HELPER).load()
    main.before = main.g
    first = run(main.f)
    assert run(main.f) == first
    tally.ran(1)
    done, undone = EDITS[what]
    exec(done, vars(main))
    assert run(main.f) == main.f()
    tally.ran(3)
    exec(undone, vars(main))
    assert run(main.f) == first
    tally.ran(3)


def test_an_edit_on_disk_is_seen_when_it_is_loaded_and_not_before(program, run, tally):
    files = {
        "main.py": "import jobs, other\ndef f():\n    jobs.ran()\n    return other.g()",
        "other.py": "def g(): return 1",
    }
    main = program.write(files).load()
    assert run(main.f) == 1
    program.write({"other.py": "def g(): return 2"})
    assert run(main.f) == 1
    tally.ran(1)
    importlib.reload(main.other)
    assert run(main.f) == 2
    tally.ran(2)
    program.write(files)
    importlib.reload(main.other)
    assert run(main.f) == 1
    tally.ran(2)


STATE = listed("state.txt")


@pytest.mark.parametrize("what", STATE)
def test_what_the_function_changes_itself_is_state_and_not_code(program, run, tally, what):
    text = f"import jobs\n{STATE[what][0]}\ndef f():\n    jobs.ran()\n    g()\n    return 1\n"
    for _ in range(2):
        main = program.write(text).load()
        for _ in range(3):
            run(main.f)
            tally.ran(1)


def test_code_beside_what_is_state_still_counts(program, run, tally):
    text = (
        "import jobs\nN = []\nM = 1\ndef h(): return 1\ndef f():\n    jobs.ran()\n    N.append(1)\n    return h() + M\n"
    )
    for runs, (old, new) in enumerate([("", ""), ("return 1", "return 2"), ("M = 1", "M = 3")], start=1):
        main = program.write(text.replace(old, new)).load()
        for _ in range(2):
            run(main.f)
            tally.ran(runs)


LAZY = {
    "import other": "other.g()",
    "import other as o": "o.g()",
    "from other import g": "g()",
    "import p.q": "p.q.g()",
    "import p.q as o": "o.g()",
    "from p import q": "q.g()",
    "from p.q import g as h": "h()",
    "global other; import other": "other.g()",
}


@pytest.mark.parametrize("words", LAZY)
def test_a_module_imported_inside_counts_before_and_after_it_is_imported(program, run, tally, words):
    main = f"import jobs\ndef f():\n    {words}\n    jobs.ran()\n    return {LAZY[words]}\n"
    text = "from third import h\ndef g(): return h()"
    files = {"main.py": main, "other.py": text, "p/__init__.py": "", "p/q.py": text, "third.py": "def h(): return 1"}
    for _ in range(2):
        loaded = program.write(files).load()
        for _ in range(3):
            assert run(loaded.f) == 1
            tally.ran(1)
    # Not imported, and edited meanwhile.
    loaded = program.load()
    assert run(loaded.f) == 1
    assert "third" not in sys.modules
    program.write({"third.py": "def h():\n    return 1 + 1"})
    assert run(loaded.f) == 2
    tally.ran(2)


def test_a_function_that_reaches_a_mock_is_not_remembered(program, run, tally):
    main = program.write(HELPER).load()
    value = run(main.f)
    with mock.patch.object(main, "g") as patched:
        patched.return_value = 7
        assert run(main.f)[1] == run(main.f)[1] == 7
        stamped = stamp(main.f)
        assert stamped()[1] == 7
        assert stamped.stale().kind == "uncached"
    tally.ran(4)
    with mock.patch.dict(main.DEEP, {"a": mock.Mock()}), mock.patch.object(main.C, "m"):
        run(main.f)
    tally.ran(5)
    assert run(main.f) == value
    tally.ran(5)


def test_a_function_whose_code_changes_while_it_runs_is_not_remembered(program, run, tally):
    text = """
    import jobs, sys
    def g(): return 1
    def h(): return 2
    def f():
        jobs.ran()
        patch("main")
        return g()
    def patch(name): sys.modules[name].__dict__["g"] = h
    """
    main = program.write(text).load()
    with pytest.warns(JobstampsWarning, match="not remembered: .*main.g` changed while it ran"):
        assert run(main.f) == 2
    assert run(main.f) == run(main.f) == 2
    tally.ran(2)


REASONS = {
    ("def f(): return g()", "def f(): return  -g()"): "the function `main.f` changed",
    ("def g(): return 1", "def g(): return 2"): "the function `main.g` changed",
    ("x = 1", "x = 2"): "the attribute `main.C.x` changed",
    ("def m(self): return 1", "def m(self): return 2"): "the function `main.C.m` changed",
    ("(B)", "(B, D)"): "the class `main.C` changed",
    ("N = 1", "N = 2"): "the global `main.N` changed",
    ("make(1)", "make(2)"): "the closure `n` of `main.make.<locals>.<lambda>` changed",
    ("return 3", "return 4"): "the function `other.lazy` changed",
    ("return 5", "return 6"): "the module `third` changed",
    ("O = 1", "O = 2"): "the global `other.O` changed",
}


@pytest.mark.parametrize("change", REASONS)
def test_the_reason_names_the_function_class_or_global_that_changed(program, store, change):
    files = {
        "main.py": """
        import other
        N = 1
        class B: pass
        class D: pass
        class C(B):
            x = 1
            def m(self): return 1
        def make(n): return lambda: n
        cell = make(1)
        def g(): return 1 if len(C.__mro__) else N + cell() + other.lazy()
        def f(): return g()
        """,
        "other.py": "O = 1\ndef lazy():\n    if O < 0: from third import x\n    return 3",
        "third.py": "def x(): return 5",
    }
    stamped = stamp(program.write(files).load().f, directory=store)
    stamped()
    assert stamped.stale() is None
    assert any(change[0] in text for text in files.values())
    after = {path: text.replace(*change) for path, text in files.items()}
    stamped = stamp(program.write(after).load().f, directory=store)
    assert stamped.stale().detail == REASONS[change]


def test_shallow_code_is_the_functions_own_and_off_is_none(program, store):
    text = "import jobs\ndef g(): return 1\ndef f(x=1):\n    jobs.ran()\n    return g() + 1\n"
    changes = {"helper": ("return 1", "return 2"), "default": ("x=1", "x=2"), "body": ("+ 1", "+ 3")}
    for code, seen in [("deep", changes), ("shallow", ["default", "body"]), ("off", [])]:
        for what, change in {"first": ("", ""), **changes}.items():
            f = stamp(program.write(text.replace(*change)).load().f, directory=store / code, code=code)
            assert (f.stale(0) is not None) == (what == "first" or what in seen), (code, what)
            f(0)
