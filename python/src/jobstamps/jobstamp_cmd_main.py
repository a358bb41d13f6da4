"""The command `jobstamp` for callers in Python: `main(argv)`, as jobstamps 0.0.20 had it.

It starts the program that was installed together with this package, never one of that name on PATH.
"""

from __future__ import annotations

import codecs
import io
import os
import subprocess
import sys
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO, TextIO

__all__ = ["main"]

PROGRAM = "jobstamp.exe" if os.name == "nt" else "jobstamp"
PIECE = 64 * 1024


def main(argv: Sequence[str] | None = None) -> int:
    """Runs ``jobstamp`` with the words after ``argv[0]`` and returns its exit code; 128 + n if signal n ended it.

    Without `argv`, `sys.argv` is taken. What the job says goes to `sys.stdout` and `sys.stderr` as they are now, as it
    comes: as bytes where they take bytes, else as text. Standard input, directory and `os.environ` are the caller's.
    """
    words = list(argv or sys.argv)[1:]
    out, err = Sink(sys.stdout), Sink(sys.stderr)
    process = subprocess.Popen([find_program(), *words], stdout=out.target, stderr=err.target)
    relays = [out.relay(process.stdout), err.relay(process.stderr)]
    try:
        code = wait(process)
    finally:
        for relay in relays:
            if relay is not None:
                relay.join()
    return code if code >= 0 else 128 - code


def wait(process: subprocess.Popen[bytes]) -> int:
    """Waits for the end of a process, through Ctrl-C: that reaches both, and the job may want to end well."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise


class Sink:
    """Where a stream of the job goes: straight to a file descriptor, or through us to what stands in its place."""

    def __init__(self, stream: TextIO | None) -> None:
        """Takes `sys.stdout` or `sys.stderr`; None, as under pythonw, swallows what comes."""
        self.stream = stream
        self.target: int = subprocess.DEVNULL if stream is None else subprocess.PIPE
        if stream is None:
            return
        stream.flush()
        buffer = getattr(stream, "buffer", None)
        # Exactly the types that Python itself puts there: then nobody in between would miss the bytes, and one file for
        # both streams keeps their order.
        if (type(buffer) is io.BufferedWriter and type(buffer.raw) is io.FileIO) or type(buffer) is io.FileIO:
            self.target = buffer.fileno()

    def relay(self, source: IO[bytes] | None) -> Thread | None:
        """Starts passing on what comes from `source`, if this goes through us."""
        if source is None or self.stream is None:
            return None
        relay = Thread(target=self.pump, args=(source, self.stream), daemon=True)
        relay.start()
        return relay

    @staticmethod
    def pump(source: IO[bytes], stream: TextIO) -> None:
        """Passes on bytes until the end; after the stream refused some, reads on, so that the job is not held up."""
        buffer = getattr(stream, "buffer", None)
        # It keeps the first half of a character that was cut in two until the second half comes.
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        refused = False
        with source:
            while piece := os.read(source.fileno(), PIECE):
                if refused:
                    continue
                try:
                    if buffer is not None:
                        buffer.write(piece)
                        buffer.flush()
                    else:
                        stream.write(decoder.decode(piece))
                        stream.flush()
                except (OSError, ValueError):
                    refused = True
            if buffer is None and not refused:
                stream.write(decoder.decode(b"", final=True))


def find_program() -> str:
    """Returns the path of the program that was installed with this package.

    Raises:
        FileNotFoundError: the installation is not whole.
    """
    for path in places():
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        f"the program {PROGRAM} that belongs to {os.path.dirname(__file__)} is missing; reinstall it"
    )


def places() -> Iterator[str]:
    """Yields where the program may be, nearest first."""
    package = os.path.dirname(os.path.abspath(__file__))
    yield os.path.join(package, PROGRAM)
    # What the installer wrote down for the environment that this package was imported from.
    for folder in [os.path.dirname(package), *sys.path]:
        yield from recorded(folder or os.curdir, package)


def recorded(folder: str, package: str) -> Iterator[str]:
    """Yields the program's places in the lists of installed files below `folder`, if these speak of `package`."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith("jobstamps-") and name.endswith(".dist-info")]
    except OSError:
        return
    for name in names:
        try:
            with open(os.path.join(folder, name, "RECORD"), encoding="utf-8") as record:
                files = [line.rsplit(",", 2)[0].strip('"') for line in record]
        except OSError:
            continue
        # An editable installation lists a .pth file instead of the package.
        if os.path.dirname(package) != os.path.abspath(folder) and not any(leads_to(folder, f, package) for f in files):
            continue
        for file in files:
            if os.path.basename(file) == PROGRAM:
                yield os.path.normpath(os.path.join(folder, file))


def leads_to(folder: str, file: str, package: str) -> bool:
    """Tells whether `file` is a .pth file by which `package` is found."""
    if not file.endswith(".pth"):
        return False
    try:
        with open(os.path.join(folder, file), encoding="utf-8") as lines:
            return any(os.path.abspath(line.strip()) == os.path.dirname(package) for line in lines)
    except (OSError, UnicodeError):
        return False
