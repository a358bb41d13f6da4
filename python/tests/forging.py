"""Stamps and pickles as an attacker would make them."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path

import pytest

HEAD = 72
ROW = 80


def forged(whole, pickled, claims_pickle, claims_tag):
    """Returns a stamp file with `pickled` as the value, as docs/stamp-format.md has it: only the tag is wrong."""
    xxhash = pytest.importorskip("xxhash", reason="SKIPPED: xxhash is not installed")

    def checksum(text):
        return xxhash.xxh3_128_intdigest(text).to_bytes(16, "little")

    def count(number):
        return number.to_bytes(8, "little")

    start, length, tagged = struct.unpack("<3Q", whole[HEAD : HEAD + 24])
    stamp, cold = whole[start : start + length], whole[start + length :]
    assert (int.from_bytes(whole[40:48], "little"), start, tagged) == (1, HEAD + ROW, 1)
    value = pickle.dumps("the value", 5)
    # A value that could run code, of one piece, inline.
    there = b"v\x01" + count(1) + b"\0" + count(len(value)) + value
    assert stamp.count(there) == 1

    def put_together(stamp, tagged, seal):
        row = count(HEAD + ROW) + count(len(stamp)) + count(tagged) + seal + count(len(cold)) + checksum(cold)
        head = whole[:48] + count(HEAD + ROW + len(stamp) + len(cold))
        return head + checksum(head + row) + row + stamp + cold

    seal = whole[HEAD + 24 : HEAD + 56]
    assert put_together(stamp, 1, seal) == whole, "the forger does not know the format"
    planted = b"v" + bytes([claims_pickle]) + count(1) + b"\0" + count(len(pickled)) + pickled
    stamp = stamp.replace(there, planted)
    return put_together(stamp, claims_tag, seal if claims_tag else checksum(stamp) + bytes(16))


class Marks:
    """Leaves a mark when it is made, or given its state."""

    def __new__(cls, path=None, *_, **__):
        if path is not None:
            Path(path).touch()
        return super().__new__(cls)

    def __setstate__(self, state):
        Path(state).touch()


class MarksToo(Marks):
    """Has a number of its own."""


class MarksAsWell(Marks):
    """Has a number of its own."""


def payloads(marker):
    """Returns pickles, by how they run code: each leaves a mark where it is loaded."""
    path = str(marker).encode()
    name = b"\x8c" + bytes([len(path)]) + path
    here = __name__.encode()
    text = b"V" + path + b"\n"
    found = {
        "GLOBAL REDUCE": b"cos\nmkdir\n(" + text + b"tR.",
        "STACK_GLOBAL REDUCE": b"\x80\x04\x8c\x02os\x8c\x05mkdir\x93" + name + b"\x85R.",
        "INST": b"(" + text + b"ios\nmkdir\n.",
        "OBJ": b"(cos\nmkdir\n" + text + b"o.",
        "NEWOBJ": b"\x80\x02c" + here + b"\nMarks\n" + text + b"\x85\x81.",
        "NEWOBJ_EX": b"\x80\x04c" + here + b"\nMarks\n" + text + b"\x85}\x92.",
        "BUILD": b"\x80\x02c" + here + b"\nMarks\n)\x81" + text + b"b.",
        "EXT1": b"\x80\x02\x82\xf0" + text + b"\x85R.",
        "EXT2": b"\x80\x02\x83\xf0\xf0" + text + b"\x85R.",
        "EXT4": b"\x80\x02\x84\xf0\xf0\xf0\x70" + text + b"\x85R.",
        "shell": b"cos\nsystem\n(Vtouch '" + path + b"'\ntR.",
        "frame": b"",
    }
    framed = found["STACK_GLOBAL REDUCE"][2:]
    found["frame"] = b"\x80\x05\x95" + len(framed).to_bytes(8, "little") + framed
    return found


# The numbers of classes in pickles, in programs that say so.
EXTENSIONS = {0xF0: "Marks", 0xF0F0: "MarksToo", 0x70F0F0F0: "MarksAsWell"}
# Without somebody to look them up these mean nothing, and must be as harmless.
PERSISTENT = {"PERSID": b"Pmark\n.", "BINPERSID": b"Vmark\nQ."}
