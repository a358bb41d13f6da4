"""Arguments that look alike and are not, or look different and are equal."""

from __future__ import annotations

from ..trap import Trap, calls, once


def told_apart(name: str, *values: str, before: str = "", **more: object) -> Trap:
    """Returns a trap that passes different values; the function tells what it was given."""
    return passed(name, values, before, len(values), **more)


def equal(name: str, *values: str, before: str = "", **more: object) -> Trap:
    """Returns a trap that passes equal values: one run is enough for all, in both processes."""
    return passed(name, values, before, 1, **more)


def passed(name: str, values: tuple[str, ...], before: str, runs: int, **more: object) -> Trap:
    """Returns a trap that passes each value in turn to a function that shows its type and what `tell` makes of it."""
    program = (
        "tell = repr\n" + before + "\n@keep\ndef f(value):\n    ran()\n    return type(value).__name__, tell(value)\n"
    )
    return calls(name, program + "".join(f"show(f({value}))\n" for value in values), runs, **more)


SORTED = "def tell(value): return repr(sorted(value, key=str))"
STATE = "def tell(value): return sorted(vars(value).items())"
TWO_CLASSES = """
import sys, types
for number in (1, 2):
    module = types.ModuleType(f"module{number}")
    module.show_as = number
    exec("class Point:\\n    def __init__(self, x): self.x = x\\n    def name(self): return show_as", module.__dict__)
    sys.modules[module.__name__] = module
import module1, module2
def tell(value): return value.__class__.__module__, value.x
"""

ARGUMENTS = (
    calls(
        "f(1, 23) and f(12, 3)",
        """
        @keep
        def f(a, b):
            ran()
            return a, b
        show(f(1, 23), f(12, 3))
        """,
        2,
    ),
    told_apart("True, 1 and 1.0", "True", "1", "1.0"),
    told_apart("0.0 and -0.0", "0.0", "-0.0"),
    equal("NaN is one value", "float('nan')", "float('nan') * 2", before="tell = lambda value: str(abs(value))"),
    told_apart("1, '1' and 'None', None", "1", "'1'", "'None'", "None"),
    told_apart("b'a', 'a' and bytearray(b'a')", "b'a'", "'a'", "bytearray(b'a')"),
    told_apart(
        "memoryview of other bytes",
        "memoryview(b'abc')",
        "memoryview(b'abd')",
        before="tell = bytes",
        refusable=True,
    ),
    told_apart("a list and a tuple", "[1, 2]", "(1, 2)"),
    told_apart("where an inner list ends", "[[1], [2]]", "[[1, 2]]", "[[1, [2]]]", "[[], [1, 2]]"),
    told_apart("text that looks like the end of a text", "['a', 'b']", "[\"a', 'b\"]"),
    told_apart("text with a null character", "'a\\0b'", "'a'", "['a', '\\0b']"),
    told_apart("1 and 1+0j, the sign of a complex zero", "1", "1+0j", "complex(1, -0.0)"),
    equal("a set, in whatever order", "{'a', 'b', 'c', 'd'}", "{'d', 'c', 'b', 'a'}", before=SORTED),
    equal("a set of frozensets", "{frozenset('abc'), frozenset('bcd')}", before="tell = len"),
    equal("a dict, in whatever order", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", before=SORTED),
    told_apart("a set and a frozenset", "{1}", "frozenset({1})"),
    told_apart(
        "an OrderedDict in other order",
        "OrderedDict([('a', 1), ('b', 2)])",
        "OrderedDict([('b', 2), ('a', 1)])",
        before="from collections import OrderedDict",
    ),
    told_apart(
        "a defaultdict with another factory",
        "defaultdict(int)",
        "defaultdict(list)",
        before="from collections import defaultdict\ntell = lambda value: value['absent']",
    ),
    told_apart(
        "a list that contains itself, and one that does not",
        "cyclic(1)",
        "cyclic(2)",
        "[1, [...]]",
        before="def cyclic(n):\n    made = [n]\n    made.append(made)\n    return made",
    ),
    equal(
        "a part that is there twice, and two equal parts",
        "[a, a]",
        "[a, ['x' * 3]]",
        before="a = ['x' * len('abc')]",
    ),
    equal(
        "equal texts that are two objects",
        "['word', 'word']",
        "['word', ''.join(['wo', 'rd'])]",
    ),
    told_apart(
        "a subclass of int, and bool",
        "1",
        "Celsius(1)",
        "Kelvin(1)",
        before="class Celsius(int): pass\nclass Kelvin(int): pass",
    ),
    told_apart("a subclass of str", "'a'", "Name('a')", before="class Name(str): pass"),
    told_apart(
        "a subclass of dict with attributes",
        "made(1)",
        "made(2)",
        before="class Bag(dict): pass\ndef made(n):\n    bag = Bag()\n    bag.n = n\n    return bag\n"
        "tell = lambda bag: bag.n",
    ),
    told_apart(
        "members of two enums",
        "Color.ONE",
        "Size.ONE",
        "1",
        before="import enum\nclass Color(enum.Enum): ONE = 1\nclass Size(enum.Enum): ONE = 1",
    ),
    told_apart(
        "Decimal('1.0') and Decimal('1.00')", "D('1.0')", "D('1.00')", before="from decimal import Decimal as D"
    ),
    told_apart(
        "the two hours of an autumn night, and other zones",
        "d(2026, 10, 25, 2, tzinfo=utc)",
        "d(2026, 10, 25, 2)",
        "d(2026, 10, 25, 2, fold=1)",
        "d(2026, 10, 25, 2, tzinfo=timezone(timedelta(0), 'Lisbon'))",
        before="from datetime import datetime as d, timezone, timedelta\nutc = timezone.utc\n"
        "tell = lambda t: (repr(t), t.fold, t.tzname())",
    ),
    told_apart("a date and a datetime", "date(2026, 1, 1)", "datetime(2026, 1, 1)", before="from datetime import *"),
    told_apart("a Path and a str", "Path('a')", "'a'", before="from pathlib import Path"),
    told_apart("half a character", "'\\ud800'", "'\\udc00'", "'?'", before="tell = ascii"),
    told_apart(
        "a number of 5,001 digits",
        "10 ** 5000",
        "10 ** 5000 + 1",
        before="tell = lambda value: value % 1000",
    ),
    equal("range(3) and range(0, 3)", "range(3)", "range(0, 3)", before="tell = list"),
    told_apart("a slice and a tuple", "slice(1, 2)", "(1, 2, None)", refusable=True),
    told_apart(
        "objects whose repr is the same",
        "P(1)",
        "P(2)",
        before="class P:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return 'P'\n" + STATE,
    ),
    told_apart(
        "objects that say they are all equal",
        "P(1)",
        "P(2)",
        before="class P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, other): return True\n"
        "    def __hash__(self): return 0\n" + STATE,
    ),
    equal(
        "objects with an address for a name",
        "P(1)",
        "P(1)",
        before="class P:\n    def __init__(self, x): self.x = x\n" + STATE,
    ),
    told_apart(
        "objects with slots",
        "P(1)",
        "P(2)",
        before="class P:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x\ntell = lambda value: value.x",
    ),
    told_apart("two classes of one name", "module1.Point(1)", "module2.Point(1)", before=TWO_CLASSES),
    told_apart(
        "a namedtuple and a tuple",
        "Point(1, 2)",
        "Size(1, 2)",
        "(1, 2)",
        before="from collections import namedtuple as n\nPoint = n('Point', 'x y')\nSize = n('Size', 'x y')",
    ),
    told_apart(
        "two dataclasses with the same fields",
        "Point(1)",
        "Size(1)",
        "Point(2)",
        before="from dataclasses import dataclass\n@dataclass\nclass Point: x: int\n@dataclass\nclass Size: x: int",
    ),
    told_apart(
        "two lambdas on one line",
        "one[0]",
        "one[1]",
        before="one = [lambda x: x + 1, lambda x: x + 2]\ntell = lambda function: function(1)",
    ),
    told_apart(
        "two closures of one function",
        "adds(1)",
        "adds(2)",
        before="def adds(n):\n    def add(x): return x + n\n    return add\ntell = lambda function: function(1)",
    ),
    told_apart(
        "two partials of one function",
        "partial(pow, 2)",
        "partial(pow, 3)",
        before="from functools import partial\ntell = lambda function: function(2)",
    ),
    told_apart(
        "methods of two objects as arguments",
        "'a'.join",
        "'b'.join",
        before="tell = lambda function: function('xy')",
    ),
    told_apart(
        "an exception and its text",
        "ValueError('a')",
        "KeyError('a')",
        "ValueError('b')",
    ),
    calls(
        "positional or by keyword, given or by default",
        """
        @keep
        def f(a, b=2, *, c=3):
            ran()
            return a, b, c
        show(f(1), f(a=1), f(1, 2), f(1, b=2), f(b=2, a=1), f(1, c=3))
        """,
        1,
    ),
    calls(
        "two arguments, or one that is a tuple of them",
        """
        @keep
        def f(*rest, **others):
            ran()
            return rest, others
        show(f(1, 2), f((1, 2)), f(1, x=2), f(1, {"x": 2}), f(1, ("x", 2)), f())
        """,
        6,
    ),
    calls(
        "a keyword with the name of a positional-only parameter",
        """
        @keep
        def f(a, /, **others):
            ran()
            return a, others
        show(f(1, a=2), f(2, a=1), f(1))
        """,
        3,
    ),
    calls(
        "keywords that the library knows too",
        """
        @keep
        def f(**keywords):
            ran()
            return sorted(keywords.items())
        for n in (1, 2):
            show(f(func=n), f(ignore=n), f(tag=n), f(expire=n), f(verbose=n), f(dependencies=n), f(directory=n))
            show(f(ignore_cache=n), f(overwrite_cache=n), f(max_age=None), f(verbose_cache=n), f(self=n), f(default=n))
        """,
        25,
    ),
    once(
        "an argument that the function changes",
        """
        @keep
        def f(items):
            ran()
            items.sort()
            return items[0]
        for given in ([3, 1, 2], [3, 1, 2], [1, 2, 3]):
            show(f(given))
        """,
        2,
    ),
    once(
        "an object that is changed between two calls",
        """
        class Config:
            limit = 1
        @keep
        def f(config):
            ran()
            return config.limit
        config = Config()
        show(f(config))
        config.limit = 2
        show(f(config))
        """,
        2,
    ),
    once(
        "a generator is not used up",
        """
        @keep
        def f(items):
            ran()
            return sum(items)
        show(f(n for n in (1, 2)), f(n for n in (3, 4)))
        """,
        2,
        refusable=True,
    ),
    once(
        "an open file is read by the function alone",
        """
        import io
        @keep
        def f(file):
            ran()
            return file.read()
        open("a", "w").write("one")
        open("b", "w").write("two")
        show(f(open("a")), f(open("b")))
        """,
        2,
        refusable=True,
    ),
    once(
        "an iterator in an argument",
        """
        @keep
        def f(pair):
            ran()
            return list(pair[0])
        show(f([iter("ab"), 1]), f([iter("cd"), 1]))
        """,
        2,
        refusable=True,
    ),
)
