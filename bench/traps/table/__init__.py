"""The traps, by what is different."""

from .arguments import ARGUMENTS
from .arrays import ARRAYS
from .code import CODE
from .files import FILES
from .names import NAMES
from .now import NOW
from .reach import REACH
from .store import STORE
from .together import TOGETHER
from .values import VALUES

__all__ = ["TRAPS"]

TRAPS = {
    "Arguments": ARGUMENTS + ARRAYS,
    "Functions of one name": NAMES,
    "Its own code is edited": CODE,
    "What it reaches is edited": REACH,
    "What it reaches is changed while the process runs": NOW,
    "Values and exceptions": VALUES,
    "Files": FILES,
    "The store": STORE,
    "Threads and processes": TOGETHER,
}
