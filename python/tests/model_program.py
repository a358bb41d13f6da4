"""The program whose calls the model makes, in all its versions; and how a process makes one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jobs
from jobstamps import jobstamp, stamp

# What a version of the program can differ in. The last two make no difference to what it does.
PARTS = ("body", "value", "default", "factor", "helper", "doc", "comment")
MAIN = '''
"""{doc}"""
import helper
# {comment}
VALUE = {value}
TABLE = {{"value": [VALUE]}}
class Scale:
    factor = {factor}
    def of(self, number):
        return number * self.factor
def f(number, roots, made, watch, more={default}):
    """{doc}"""
    watch.begin()
    found = [helper.look(root, made) for root in roots]
    if made in roots:
        helper.format(made)
        found = helper.look(made, None)
    elif made:
        helper.write(made, "made")
    watch.end(found)
    return [number + {body}, VALUE, TABLE["value"], more, Scale().of(number), helper.help(number), found]
'''
HELPER = """
import os
import stat
HELP = {helper}
def help(number):
    return number + HELP
def look(root, made):
    if "*" in root:
        base, end = root.split("*")
        names = sorted(os.listdir(base)) if os.path.isdir(base) else []
        return [look(base + name, made) for name in names if name.endswith(end) and base + name != made]
    link = os.readlink(root) if os.path.islink(root) else None
    return [root, link, inside(root, made)]
def inside(path, made):
    if os.path.isdir(path):
        found = []
        for name in sorted(os.listdir(path)):
            below = os.path.join(path, name)
            if os.path.islink(below):
                found.append([name, os.readlink(below)] if below != made else [])
            elif below != made:
                found.append([name, inside(below, made)])
        return [entry for entry in found if entry]
    if not os.path.isfile(path):
        return os.path.exists(path)
    try:
        with open(path) as file:
            return [file.read(), bool(os.stat(path).st_mode & 0o111)]
    except OSError:
        return "cannot be read"
def write(path, text):
    if os.path.isfile(path) or not os.path.lexists(path):
        try:
            with open(path, "w") as file:
                file.write(text)
        except OSError:
            pass
def format(path):
    if os.path.isfile(path):
        with open(path) as file:
            text = file.read()
        if not text.endswith("!"):
            write(path, text + "!")
"""


def write(directory, version):
    """Writes a version of the program."""
    directory.mkdir(exist_ok=True)
    (directory / "main.py").write_text(MAIN.format(**version))
    (directory / "helper.py").write_text(HELPER.format(**version))


class Watch(jobs.Holder):
    """Sees when the function truly runs, and can do something meanwhile. All are equal for the key."""

    def __init__(self, begin=None, end=None):
        super().__init__(runs=[], at_begin=begin, at_end=end)

    def __jobstamp_key__(self):
        return "watch"

    def begin(self):
        self.runs.append(1)
        if self.at_begin:
            self.at_begin()

    def end(self, found):
        if self.at_end:
            self.at_end(found)


def plain(function, how):
    """Returns what the function returns without us. What it makes stays what it was."""
    made = how["made"] and Path(how["made"])
    there = made and made.is_file()
    before = made.read_bytes() if there else None
    value = function(how["number"], how["roots"], how["made"], Watch())
    if there and made.read_bytes() != before:
        made.write_bytes(before)
    elif made and not there and made.is_file():
        made.unlink()
    return value


class Caller:
    """Makes calls of one function as a program would."""

    def __init__(self, function, store):
        self.function = function
        self.store = store
        self.stamped = {}

    def _stamp(self, how):
        """A stamped function is made once, like any other."""
        method = how["method"]
        if method not in self.stamped:
            self.stamped[method] = stamp(
                self.function,
                dependencies=lambda roots, **_: roots,
                outputs=lambda made, **_: [made] if made else [],
                method=method,
                directory=self.store,
            )
        return self.stamped[method]

    def _keywords(self, how):
        return {
            "jobstamps_dependencies": how["roots"],
            "jobstamps_output_files": [how["made"]] if how["made"] else [],
            "jobstamps_cache_output_directory": self.store,
            "jobstamps_method": jobstamp.MTimeMethod if how["method"] == "mtime" else jobstamp.HashMethod,
        }

    def stale(self, how):
        arguments = (how["number"], how["roots"], how["made"], Watch())
        if how["way"] == "stamp":
            return self._stamp(how).stale(*arguments)
        return jobstamp.out_of_date(self.function, *arguments, **self._keywords(how))

    def call(self, how, watch):
        # The same call, however it is spelled.
        arguments, named = (how["number"], how["roots"]), {"watch": watch, "made": how["made"]}
        if how["way"] == "stamp":
            return self._stamp(how)(*arguments, **named)
        return jobstamp.run(self.function, *arguments, **named, **self._keywords(how))


def main(directory, store, how):
    """What a process of its own does: one call; says its value and how often it ran."""
    sys.path.insert(0, directory)
    import main

    how = json.loads(how)
    watch = Watch()
    is_plain = how["way"] == "plain"
    value = plain(main.f, how) if is_plain else Caller(main.f, store).call(how, watch)
    sys.stdout.write(json.dumps([value, len(watch.runs)]))


if __name__ == "__main__":
    # By its own name, as the tests know it: its class is an argument.
    from model_program import main

    sys.exit(main(*sys.argv[1:]))
