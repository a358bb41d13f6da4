"""A small hit beside the floor."""

from keeping import keep
from timing import VALUE, alternate, floor, tell

LIMIT = 3


def parse(path):
    """Something that the function reaches."""
    return [path] * LIMIT


def lint(path, strict=False):
    """Returns a small value, as a linter would."""
    return dict(VALUE) if parse(path) or strict else None


remembered = keep(lint)
assert remembered("lint.py") == VALUE == remembered("lint.py")
tell(alternate({"floor": floor(), "hit": lambda: remembered("lint.py")}, 1000, 100))
