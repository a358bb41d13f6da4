"""Edits to what a function reaches, between two processes."""

from __future__ import annotations

from ..trap import Step, Trap, dedent, edit

CALLS_H = """
{imports}
@keep
def f(x):
    ran()
    return {call}
show(f(1))
"""


def of_module(name: str, imports: str, call: str, text: str, old: str = "+ 1", new: str = "+ 2") -> Trap:
    """Returns a trap that edits the module `helper`."""
    return edit(name, CALLS_H.format(imports=imports, call=call), old, new, helper=text)


def of_main(name: str, before: str, call: str, old: str = "+ 1", new: str = "+ 2", runs: int = 2) -> Trap:
    """Returns a trap that edits what stands in the same module, before the function."""
    return edit(name, CALLS_H.format(imports=dedent(before), call=call), old, new, runs)


H = "def h(x): return x + 1\n"
CONFIG = """
class Config:
    limit = 1 + 1
    def __init__(self, n=10): self.n = n
    def scale(self, x): return x + 1 + self.n
    @property
    def doubled(self): return 2 * self.n + 1
    @staticmethod
    def still(x): return x + 1
    @classmethod
    def made(cls): return cls(5)
    def __add__(self, x): return self.n + 1 + x
    def other(self): return 77
"""

REACH = (
    of_main("a helper in the same module", H, "h(x)"),
    edit(
        "a helper that comes after",
        "@keep\ndef f(x): return ran(), h(x)\ndef h(x): return x + 1\nshow(f(1))\n",
        "+ 1",
        "+ 2",
    ),
    of_main("a helper of a helper", "def g(x): return x + 1\ndef h(x): return g(x)", "h(x)"),
    of_main(
        "two helpers that call each other",
        "def g(n): return n and h(n - 1) + 1\ndef h(n): return n and g(n - 1)",
        "h(x + 2)",
    ),
    of_module("a helper in another module", "import helper", "helper.h(x)", H),
    of_module("a helper by another name", "import helper as it", "it.h(x)", H),
    of_module("a helper imported by name", "from helper import h as helps", "helps(x)", H),
    of_module("a helper from `import *`", "from helper import *", "h(x)", H),
    edit(
        "a helper imported in the body",
        "@keep\ndef f(x):\n    ran()\n    from helper import h\n    return h(x)\nshow(f(1))\n",
        "+ 1",
        "+ 2",
        helper=H,
    ),
    edit(
        "a module imported in the body",
        "@keep\ndef f(x):\n    ran()\n    import helper\n    return helper.h(x)\nshow(f(1))\n",
        "+ 1",
        "+ 2",
        helper=H,
    ),
    edit(
        "a helper of a module that a helper imports",
        CALLS_H.format(imports="from helper import h", call="h(x)"),
        "+ 1",
        "+ 2",
        helper="import deeper\ndef h(x): return deeper.g(x)\n",
        deeper="def g(x): return x + 1\n",
    ),
    Trap(
        "a helper in a package, by a relative import",
        (
            Step(
                {
                    "main.py": "from package.job import f\nfrom keeping import keep\nshow(keep(f)(1))\n",
                    "package/__init__.py": "",
                    "package/job.py": "from witness import ran\nfrom .helper import h\ndef f(x): return ran(), h(x)\n",
                    "package/helper.py": H,
                }
            ),
            Step({"package/helper.py": H.replace("+ 1", "+ 2")}),
        ),
        2,
    ),
    of_module("a number in another module", "import helper", "x + helper.LIMIT", "LIMIT = 1 + 1\n"),
    of_module("a number imported by name", "from helper import LIMIT", "x + LIMIT", "LIMIT = 1 + 1\n"),
    of_module("a list in another module", "import helper", "x + sum(helper.LIMITS)", "LIMITS = [1, 1 + 1]\n"),
    of_module(
        "a method of a class in another module",
        "import helper",
        "helper.Config().scale(x)",
        CONFIG,
        "x + 1 +",
        "x + 2 +",
    ),
    of_main("a global number", "LIMIT = 1 + 1", "x + LIMIT"),
    of_main(
        "a global of a helper", "LIMIT = 1 + 1\ndef h(x): return x + LIMIT", "h(x)", "LIMIT = 1 + 1", "LIMIT = 1 + 2"
    ),
    of_main("a global dict", "OPTIONS = {'a': {'b': 1 + 1}}", "x + OPTIONS['a']['b']"),
    of_main("a global set", "ALLOWED = {1, 1 + 1}", "sorted(ALLOWED)"),
    of_main("a global tuple of texts", "NAMES = ('a', 'b')", "NAMES[x]", "'b'", "'c'"),
    of_main("a global regular expression", "import re\nWORD = re.compile('a+')", "WORD.findall('aab')", "'a+'", "'a'"),
    of_main("a global object of ours", CONFIG + "CONFIG = Config(10)", "CONFIG.n", "Config(10)", "Config(11)"),
    of_main("a method of a global object", CONFIG + "CONFIG = Config(10)", "CONFIG.scale(x)", "x + 1 +", "x + 2 +"),
    of_main(
        "a global object that is called",
        "class Adds:\n    def __call__(self, x): return x + 1\nadds = Adds()",
        "adds(x)",
    ),
    of_main("a global lambda", "h = lambda x: x + 1", "h(x)"),
    of_main(
        "a global partial", "import functools\ndef add(a, b): return a + b\nh = functools.partial(add, 1 + 1)", "h(x)"
    ),
    of_main(
        "the function of a partial",
        "import functools\ndef add(a, b): return a + b + 1\nh = functools.partial(add, 1)",
        "h(x)",
    ),
    of_main("a bound method of ours", CONFIG + "h = Config().scale", "h(x)", "x + 1 +", "x + 2 +"),
    of_main("a helper found in a dict", H + "TABLE = {'h': h}", "TABLE['h'](x)"),
    of_main("a helper found in a list", "STEPS = [lambda x: x * 2, lambda x: x + 1]", "[step(x) for step in STEPS]"),
    of_main("a helper of `map`", H, "list(map(h, [x]))"),
    of_main("a helper in a comprehension", H, "[h(n) for n in range(x)]"),
    of_main("a helper in a lambda in the body", H, "(lambda y: h(y))(x)"),
    of_main("a default of a helper", "def h(x, n=1 + 1): return x + n", "h(x)"),
    of_main("a keyword default of a helper", "def h(x, *, n=1 + 1): return x + n", "h(x)"),
    of_main(
        "the closure of a helper",
        "def make(n):\n    def h(x): return x + n\n    return h\nh = make(1 + 1)",
        "h(x)",
        "make(1 + 1)",
        "make(1 + 2)",
    ),
    of_main(
        "a helper under `functools.wraps`",
        "import functools\ndef plain(function):\n    @functools.wraps(function)\n"
        "    def call(*a): return function(*a)\n"
        "    return call\n@plain\ndef h(x): return x + 1",
        "h(x)",
    ),
    of_main(
        "the decorator of a helper",
        "import functools\ndef plain(function):\n    @functools.wraps(function)\n"
        "    def call(*a): return function(*a) + 1\n"
        "    return call\n@plain\ndef h(x): return x",
        "h(x)",
    ),
    of_main(
        "a helper under `functools.lru_cache`",
        "import functools\n@functools.lru_cache()\ndef h(x): return x + 1",
        "h(x)",
    ),
    of_main(
        "a helper under `functools.singledispatch`",
        "import functools\n@functools.singledispatch\ndef h(x): return 0\n@h.register(int)\ndef _(x): return x + 1",
        "h(x)",
    ),
    of_main("a helper that is kept too", "@keep\ndef h(x): return x + 1", "h(x)"),
    of_main(
        "a context manager", "import contextlib\n@contextlib.contextmanager\ndef h(x): yield x + 1", "h(x).__enter__()"
    ),
    of_main("a generator", "def h(x): yield x + 1", "list(h(x))"),
    of_main("a method of a class", CONFIG, "Config().scale(x)", "x + 1 +", "x + 2 +"),
    of_main("`__init__`", CONFIG.replace("self.n = n", "self.n = n + 1 + 0"), "Config().n", "n + 1 + 0", "n + 2 + 0"),
    of_main("an attribute of a class", CONFIG, "Config.limit", "limit = 1 + 1", "limit = 1 + 2"),
    of_main("a property", CONFIG, "Config().doubled", "self.n + 1\n", "self.n + 2\n"),
    of_main("a static method", CONFIG, "Config.still(x)", "return x + 1\n", "return x + 2\n"),
    of_main("a class method", CONFIG, "Config.made().n", "cls(5)", "cls(6)"),
    of_main("an operator", CONFIG, "Config() + x", "self.n + 1 + x", "self.n + 2 + x"),
    of_main("a method of a base class", CONFIG + "class Mine(Config): pass", "Mine().scale(x)", "x + 1 +", "x + 2 +"),
    of_main(
        "a method reached by super()",
        CONFIG + "class Mine(Config):\n    def scale(self, x): return super().scale(x)",
        "Mine().scale(x)",
        "x + 1 +",
        "x + 2 +",
    ),
    of_main("other bases", "class A:\n    n = 1\nclass B:\n    n = 2\nclass C(A): pass", "C().n", "C(A)", "C(B)"),
    of_main("a helper that a method calls", H + "class C:\n    def m(self, x): return h(x)", "C().m(x)"),
    of_main(
        "a cached property",
        "import functools\nclass C:\n    @functools.cached_property\n    def m(self): return 1 + 1",
        "C().m",
    ),
    of_main("a descriptor", "class D:\n    def __get__(self, o, t=None): return 1 + 1\nclass C:\n    d = D()", "C().d"),
    of_main("a metaclass", "class M(type):\n    def size(cls): return 1 + 1\nclass C(metaclass=M): pass", "C.size()"),
    of_main(
        "the default of a dataclass",
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    n: int = 1 + 1",
        "C().n",
    ),
    of_main("a value of an enum", "import enum\nclass E(enum.Enum):\n    A = 1 + 1", "E.A.value"),
    of_main("the default of a NamedTuple", "import typing\nclass C(typing.NamedTuple):\n    n: int = 1 + 1", "C().n"),
    of_main(
        "an abstract method's body",
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): return 1 + 1\n"
        "class C(A):\n    def m(self): return super().m()",
        "C().m()",
    ),
    of_main("a builtin of a name that is taken", "", "len('abc')", "@keep", "def len(text): return 7\n@keep"),
    edit(
        "a name that was missing",
        "@keep\ndef f(x):\n    ran()\n    try: return x + missing\n    except NameError: return x\nshow(f(1))\n",
        "@keep",
        "missing = 5\n@keep",
    ),
    edit(
        "the class of an argument",
        CONFIG + "@keep\ndef f(config): return ran(), config.scale(1)\nshow(f(Config()))\n",
        "x + 1 +",
        "x + 2 +",
    ),
    edit(
        "a function that is an argument",
        "def h(x): return x + 1\n@keep\ndef f(function): return ran(), function(1)\nshow(f(h))\n",
        "+ 1",
        "+ 2",
    ),
    edit(
        "a helper of a function that is an argument",
        "def g(x): return x + 1\ndef h(x): return g(x)\n@keep\ndef f(given): return ran(), given(1)\nshow(f(h))\n",
        "+ 1",
        "+ 2",
    ),
    edit(
        "a function in an argument",
        "def h(x): return x + 1\n@keep\ndef f(given): return ran(), given['f'][0](1)\nshow(f({'f': [h]}))\n",
        "+ 1",
        "+ 2",
    ),
    edit(
        "another method of `self`",
        "class C:\n    def g(self): return 1 + 1\n    @keep\n    def f(self): return ran(), self.g()\nshow(C().f())\n",
        "+ 1",
        "+ 2",
    ),
    edit(
        "a base of the class of `self`, in another module",
        "import helper\nclass C(helper.Base):\n    @keep\n    def f(self): return ran(), self.g()\nshow(C().f())\n",
        "+ 1",
        "+ 2",
        helper="class Base:\n    def g(self): return 1 + 1\n",
    ),
    edit(
        "an attribute of `cls`",
        "class C:\n    n = 1 + 1\n    @classmethod\n    @keep\n    def f(cls): return ran(), cls.n\nshow(C.f())\n",
        "+ 1",
        "+ 2",
    ),
    edit(
        "a helper that `self` holds",
        "def h(x): return x + 1\nclass C:\n    def __init__(self): self.step = h\n"
        "    @keep\n    def f(self): return ran(), self.step(1)\n"
        "show(C().f())\n",
        "+ 1",
        "+ 2",
    ),
    of_main("a comment in a helper", H, "h(x)", "def h(x): return", "def h(x):\n    # Adds.\n    return", runs=1),
    of_main("a docstring in a helper", H, "h(x)", "def h(x): return", "def h(x):\n    'Adds.'\n    return", runs=1),
    of_main("a docstring of a class", CONFIG, "Config().n", "class Config:", "class Config:\n    'Is.'", runs=1),
    of_main("a global that nothing reaches", H + "UNUSED = 1", "h(x)", "UNUSED = 1", "UNUSED = 2", runs=1),
    edit(
        "a function in another module that nothing reaches",
        CALLS_H.format(imports="import helper", call="helper.h(x)"),
        "* 2",
        "* 3",
        1,
        helper=H + "def other(x): return x * 2\n",
    ),
)
