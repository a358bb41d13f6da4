"""What a function reaches is changed while the process runs."""

from __future__ import annotations

from ..trap import Step, Trap, calls, dedent, once


def changed(name: str, before: str, call: str, change: str, runs: int = 2, **more: object) -> Trap:
    """Returns a trap that calls, changes something, and calls again."""
    program = f"{dedent(before)}\n@keep\ndef f(x): return ran(), {call}\nshow(f(1))\n{change}\nshow(f(1), f(1))\n"
    return once(name, program, runs, **more)


H = "def h(x): return x + 1\n"
CLASS = "class C:\n    n = 1\n    def m(self, x): return x + self.n\n"

NOW = (
    changed("now: a global is bound to another number", "n = 1", "x + n", "n = 2"),
    changed("now: a helper is bound to another function", H, "h(x)", "h = lambda x: x + 2"),
    changed("now: a builtin is covered by a global", "", "len('abc')", "len = lambda text: 7"),
    changed("now: a global is taken away from a builtin", "len = lambda text: 7", "len('abc')", "del len"),
    changed("now: a builtin is replaced", "import builtins", "len('abc')", "builtins.len = lambda text: 7"),
    changed("now: an item of a global dict", "o = {'n': 1}", "x + o['n']", "o['n'] = 2"),
    changed(
        "now: an item deep in global containers", "o = {'a': [{'n': 1}]}", "x + o['a'][0]['n']", "o['a'][0]['n'] = 2"
    ),
    changed("now: a global list grows", "o = [1]", "x + sum(o)", "o.append(1)"),
    changed("now: two items of a global list change places", "o = [1, 2]", "x + o[0]", "o.reverse()"),
    changed("now: a global set loses one and gains one", "o = {1, 2}", "x + max(o)", "o.remove(2); o.add(3)"),
    changed("now: a function in a global dict", "o = {'h': lambda x: x + 1}", "o['h'](x)", "o['h'] = lambda x: x + 2"),
    changed("now: an attribute of a class", CLASS, "C().m(x)", "C.n = 2"),
    changed("now: a method of a class", CLASS, "C().m(x)", "C.m = lambda self, x: x + 5"),
    changed(
        "now: a method is added that covers an inherited one",
        CLASS + "class D(C): pass",
        "D().m(x)",
        "D.m = lambda self, x: 9",
    ),
    changed(
        "now: the bases of a class",
        CLASS + "class B:\n    n = 5\n    def m(self, x): return 5\nclass D(C): pass",
        "D().m(x)",
        "D.__bases__ = (B,)",
    ),
    changed("now: the code of a helper", H, "h(x)", "h.__code__ = (lambda x: x + 2).__code__"),
    changed("now: the defaults of a helper", "def h(x, n=1): return x + n", "h(x)", "h.__defaults__ = (2,)"),
    changed(
        "now: the keyword defaults of a helper", "def h(x, *, n=1): return x + n", "h(x)", "h.__kwdefaults__['n'] = 2"
    ),
    changed(
        "now: a global partial",
        "import functools\nh = functools.partial(pow, 2)",
        "h(x + 1)",
        "h = functools.partial(pow, 3)",
    ),
    changed(
        "now: an attribute of a module",
        "import types\nm = types.SimpleNamespace(n=1)",
        "x + m.n",
        "m = types.SimpleNamespace(n=2)",
    ),
    Trap(
        "now: a function of another module is replaced",
        (
            Step(
                {
                    "helper.py": H + "n = 1\n",
                    "main.py": "import helper\n@keep\ndef f(x): return ran(), helper.h(x), helper.n\n"
                    "show(f(1))\nhelper.h = lambda x: x + 2\nshow(f(1))\nhelper.n = 2\nshow(f(1), f(1))\n",
                }
            ),
        ),
        3,
    ),
    Trap(
        "now: a module is reloaded after an edit",
        (
            Step(
                {
                    "helper.py": H,
                    "main.py": "import helper, importlib, os\n@keep\ndef f(x): return ran(), helper.h(x)\nshow(f(1))\n"
                    "open('helper.py', 'w').write('def h(x): return x + 2\\n')\nimportlib.invalidate_caches()\n"
                    "importlib.reload(helper)\nshow(f(1), f(1))\n",
                }
            ),
        ),
        2,
    ),
    Trap(
        "now: a module is edited and not reloaded",
        (
            Step(
                {
                    "helper.py": H,
                    "main.py": "import helper\n@keep\ndef f(x): return ran(), helper.h(x)\n"
                    "open('helper.py', 'w').write('def h(x): return x + 2\\n')\nshow(f(1))\n",
                }
            ),
            Step(),
        ),
        2,
    ),
    once(
        "now: a helper is a Mock for a while",
        """
        from unittest import mock
        def h(x): return x + 1
        @keep
        def f(x): return ran(), h(x)
        show(f(1))
        with mock.patch(f"{__name__}.h", return_value=7):
            show(f(1))
        with mock.patch(f"{__name__}.h", return_value=8):
            show(f(1))
        show(f(1))
        """,
        3,
    ),
    once(
        "now: a change and its undoing",
        """
        n = 1
        @keep
        def f(x): return ran(), x + n
        show(f(1))
        n = 2
        show(f(1))
        n = 1
        show(f(1))
        """,
        2,
    ),
    calls(
        "a counter that the function itself counts up",
        """
        count = 0
        @keep
        def f(x):
            global count
            ran()
            count += 1
            return x
        show(f(1), f(1), f(1))
        """,
        1,
    ),
    calls(
        "a memory that a helper fills",
        """
        known = {}
        def square(x):
            if x not in known:
                known[x] = x * x
            return known[x]
        @keep
        def f(x): return ran(), square(x)
        show(f(3), f(3), f(4), f(3))
        """,
        2,
    ),
    calls(
        "a lazy global that a helper fills",
        """
        model = None
        def load():
            global model
            if model is None:
                model = [1, 2, 3]
            return model
        @keep
        def f(x): return ran(), load()[x]
        show(f(1), f(1), f(2))
        """,
        2,
    ),
    calls(
        "a global that cannot be keyed",
        """
        import threading
        lock = threading.Lock()
        @keep
        def f(x):
            with lock:
                return ran(), x
        show(f(1), f(1))
        """,
        1,
    ),
    calls(
        "a logger, an open file and a random generator among the globals",
        """
        import logging, random, sys
        log, out, dice = logging.getLogger("a"), open("/dev/null", "w"), random.Random(3)
        @keep
        def f(x):
            ran()
            log.debug("%s", x)
            print(x, file=out)
            return x + 0 * dice.randrange(6)
        show(f(1), f(1))
        dice.random()
        show(f(1))
        """,
        1,
    ),
)
