"""What a function reaches is the same in every process, however it came there, and no code runs to find it."""

from __future__ import annotations

import gc
import itertools
import json
import os
import subprocess
import sys
import threading
import weakref

import pytest
from jobstamps._native import reached
from programs import listed

TANGLE = {
    "main.py": """
    import enum, functools, re
    import one, two
    from one import A, ping
    NAMES = {"b", "a", "c", ("d", 1), frozenset({"e", "f"})}
    TABLE = {name: name for name in ["b", "a", "c"]}
    FUNCTIONS = {ping, two.pong, len}
    class E(enum.Flag):
        X = 1
        Y = 2
    class C(A):
        registry = {}
        def m(self): return D(), E.X | E.Y
    class D(C):
        def m(self): return super().m(), C
    C.registry["d"] = D
    C.registry["self"] = C
    RING = [C]
    RING.append(RING)
    lambdas = [lambda: 1, lambda: 2, lambda: ping(1)]
    def wrap(g):
        @functools.wraps(g)
        def w(*a): return g(*a)
        return w
    @wrap
    @wrap
    def g(n): return h(n)
    @wrap
    def h(n): return g(n - 1) if n else 0
    def f(): return g(3), NAMES, TABLE, FUNCTIONS, RING, [l() for l in lambdas], re.compile("a"), D().m(), two.pong(1)
    """,
    "one.py": """
    import two
    class A:
        def m(self): return two.pong
    def ping(n): return two.pong(n - 1) if n else 0
    """,
    "two.py": """
    import one
    def pong(n): return one.ping(n - 1) if n else one.A
    """,
}
TELL = """
import json, sys
sys.path[:0] = [{directory!r}]
for name in {imports!r}:
    __import__(name)
import main
from jobstamps._native import reached
print(json.dumps(reached(main.f, 1)))
"""


def told(*words, **variables):
    """Returns what a process of its own prints, as JSON."""
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **variables,
    }
    done = subprocess.run([sys.executable, *words], stdout=subprocess.PIPE, check=True, text=True, env=environment)
    return json.loads(done.stdout)


def test_hash_seeds_and_the_order_of_imports_make_no_difference(program):
    program.write(TANGLE)
    orders = [["one", "two"], ["two", "one"], ["decimal", "two"], []]
    seen = [
        told("-c", TELL.format(directory=str(program.directory), imports=order), PYTHONHASHSEED=str(seed))
        for seed, order in zip(range(6), itertools.cycle(orders))
    ]
    assert len(seen[0][0]) > 20
    assert all(one == seen[0] for one in seen)


def test_a_program_that_was_started_reaches_what_it_reaches_when_imported(program):
    text = """
    import json
    from jobstamps._native import reached
    N = 1
    class C: pass
    def g():
        class Inner:
            def __init__(self): self.a, self.b, self.c, self.d = 1, 2, 3, 4
        return N, C, Inner, N in {"a", "b", "c"}
    def f(): return g()
    print(json.dumps(reached(f, 1)))
    """
    program.write({"script.py": text})
    started, again = (told(str(program.directory / "script.py"), PYTHONHASHSEED=seed) for seed in "12")
    assert started == again
    as_module = told("-m", "script", PYTHONPATH=os.pathsep.join([str(program.directory), *sys.path]))
    imported = told("-c", "import script", PYTHONPATH=os.pathsep.join([str(program.directory), *sys.path]))
    assert started == as_module == imported
    assert "function script.g" in dict(started[0])


def test_functions_typed_at_a_prompt_or_made_by_exec_are_known_by_what_they_do():
    names = {"__name__": "prompt"}
    for text in ("N = 1", "def g(): return N", "def f(): return g()"):
        exec(compile(text + "\n", "<stdin>", "single"), names)
    before = dict(reached(names["f"], 1)[0])
    exec(compile("def g(): return N + 1\n", "<stdin>", "single"), names)
    after = dict(reached(names["f"], 1)[0])
    assert {name for name in before if before[name] != after[name]} == {"function prompt.g"}


SITE = """
import json, sys
sys.path[:0] = [{directory!r}]
import app
from jobstamps._native import reached
print(json.dumps(reached(app.f, 1)))
"""


@pytest.mark.parametrize(
    ("files", "name", "new"),
    [
        (
            {"numpy_like/__init__.py": "def g(): return 1", "numpy_like-1.0.dist-info/METADATA": ""},
            "numpy_like",
            "numpy_like-1.1.dist-info",
        ),
        (
            {"yamlish.py": "def g(): return 1", "PyYamlish-1.0.dist-info/RECORD": "yamlish.py,sha256=x,1\n"},
            "yamlish",
            "PyYamlish-1.1.dist-info",
        ),
        (
            {"old/__init__.py": "def g(): return 1", "Old_Egg-1.0.egg-info/top_level.txt": "old\n"},
            "old",
            "Old_Egg-1.1.egg-info",
        ),
    ],
)
def test_an_installed_package_counts_by_its_version(program, files, name, new):
    site = program.directory / "lib" / "site-packages"
    program.write({f"lib/site-packages/{path}": text for path, text in files.items()})
    program.write({"app.py": f"import sys\nsys.path.append({str(site)!r})\nimport {name}\ndef f(): return {name}.g()"})
    tell = SITE.format(directory=str(program.directory))
    parts, unseen, _, _ = told("-c", tell)
    assert sorted(dict(parts)) == ["function app.f", f"package {name}"]
    assert unseen == [f"edits inside the installed package `{name}` (it counts by its version)"]
    module = next(path for path in files if path.endswith(".py"))
    program.write({f"lib/site-packages/{module}": "def g(): return 2"})
    assert told("-c", tell)[0] == parts
    described = next(path for path in files if not path.endswith(".py")).split("/")[0]
    (site / described).rename(site / new)
    again = dict(told("-c", tell)[0])
    assert {part for part in again if again[part] != dict(parts)[part]} == {f"package {name}"}


def test_a_function_of_an_installed_package_counts_by_its_own_code_and_the_packages_version(program):
    text = "def g(): return 1\ndef f(): return g()"
    program.write({"lib/site-packages/app/__init__.py": text, "lib/site-packages/app-1.0.dist-info/METADATA": ""})
    parts = dict(told("-c", SITE.format(directory=str(program.directory / "lib" / "site-packages")))[0])
    assert sorted(parts) == ["function app.f", "package app"]


def test_what_lies_among_packages_without_a_version_is_the_users_own(program):
    program.write({"lib/site-packages/loose.py": "def g(): return 1"})
    site = program.directory / "lib" / "site-packages"
    program.write({"app.py": f"import sys\nsys.path.append({str(site)!r})\nimport loose\ndef f(): return loose.g()"})
    parts, _, _, _ = told("-c", SITE.format(directory=str(program.directory)))
    assert sorted(dict(parts)) == ["function app.f", "function loose.g"]


HOSTILE = """
RAN = []
def said(*args, **kwargs):
    RAN.append(args)
    raise RuntimeError("code of the user's ran")
class M(type):
    __getattribute__ = __eq__ = __hash__ = __instancecheck__ = __subclasscheck__ = said
class C(metaclass=M):
    x = 1
class O:
    __getattr__ = __eq__ = __repr__ = __reduce__ = __reduce_ex__ = __getstate__ = __iter__ = __len__ = __bool__ = said
    __hash__ = None
class G:
    __getattribute__ = said
class P:
    @property
    def __dict__(self): return said()
    @property
    def __class__(self): return said()
class L(list):
    __iter__ = __len__ = __getitem__ = said
class D(dict):
    __iter__ = __len__ = __getitem__ = items = keys = said
class S(str):
    __eq__ = __str__ = __repr__ = encode = said
    __hash__ = str.__hash__
class I(int):
    __repr__ = __int__ = __index__ = said
def descriptor():
    class N: __get__ = __set_name__ = said
    return N
NAMES = [C, O(), G(), P(), L([1]), D(a=1), I(3), {"o": O()}, object()]
TEXT = S("a")
def __getattr__(name): said()
def f(): return NAMES, TEXT, nothing
"""


def test_no_code_of_the_users_runs_while_it_is_looked_at(program):
    main = program.write(HOSTILE).load()
    for _ in range(2):
        found, _, _, holds = reached(main.f, 3)
        assert holds
        assert main.RAN == []
    assert {"class main.C", "class main.O", "class main.G", "global main.NAMES"} <= set(dict(found))


UNSEEN = listed("unseen.txt")


@pytest.mark.parametrize("told", UNSEEN)
def test_what_is_not_seen_is_told(program, told):
    assert told in program.unseen(UNSEEN[told][0])


def test_what_is_plain_leaves_nothing_untold(program):
    text = """
    import collections, dataclasses, datetime, decimal, enum, functools, json, logging, pathlib, re, typing
    LOG, LIMIT, MISSING = logging.getLogger("main"), decimal.Decimal(1), object()
    @dataclasses.dataclass(frozen=True)
    class D:
        x: typing.List[int] = dataclasses.field(default_factory=list)
        y: "typing.Optional[int]" = None
    class E(enum.IntFlag): A = 1
    class T(typing.NamedTuple): a: int = 1
    N = [D(), E.A, T(), pathlib.Path("a"), re.compile("a"), datetime.date(1, 1, 1)]
    N += [functools.partial(print, 1), collections.Counter("a")]
    def f(): return N, LOG, LIMIT, MISSING, json.dumps, T, E, D
    """
    assert program.unseen(text) == []


def test_what_is_remembered_of_a_function_made_inside_keeps_nothing_alive():
    class Large:
        pass

    large = Large()

    def make(value):
        return lambda: value

    gone = weakref.ref(large)
    f = make(large)
    assert reached(f, 1)[3]
    del f, large
    gc.collect()
    assert gone() is None


def test_many_threads_may_look_at_once_while_others_edit(program):
    text = "N = {i: [i] for i in range(50)}\ndef f(): return N, g()\n" + "def g(): return 1\n"
    main = program.write(text).load()
    failed = []

    def look():
        try:
            for _ in range(200):
                reached(main.f, 1)
        except BaseException as error:
            failed.append(error)

    def edit():
        for n in range(2000):
            main.N[n % 70] = [n]
            main.N.pop(n % 60, None)
            main.g = lambda n=n: n

    threads = [threading.Thread(target=target) for target in (look, look, look, edit, edit)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
