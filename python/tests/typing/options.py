"""Options: what `stamp` takes, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from jobstamps import Glob, Ignore, Key, Tree, stamp


class Log: ...


class Database:
    url = ""


@stamp(dependencies="schema.json", outputs=b"out")
def one_path(count: int) -> None: ...


@stamp(dependencies=["schema.json", Path("a"), b"b", Glob("rules/*.yml"), Tree(Path("src"))], outputs=(Path("out"),))
def many_paths(count: int) -> None: ...


@stamp(dependencies=Tree("src"), outputs=lambda out, **_: [out])
def of_its_arguments(out: Path) -> None: ...


@stamp(dependencies=(name for name in ["a"]), ignore=("log",), expires=timedelta(hours=1), version=("v", 2))
def all_sorts(count: int, log: Log) -> None: ...


@stamp(method="paranoid", code="off", directory=Path("stamps"), mmap="read", expires=60)
def words(database: Annotated[Database, Key(lambda database: database.url)], log: Annotated[Log, Ignore]) -> None: ...


@stamp(ttl=60, stale=timedelta(seconds=5), scope="branch", force=False, verify=True, quiet=None, method=None)
def wishes(count: int) -> None: ...


@stamp(stale=0.5)
async def awaited(count: int) -> str:
    return ""


reveal_type(wishes.warm(1))  # bool


async def warmed() -> None:
    reveal_type(await awaited.warm(1))  # bool


reveal_type(one_path)  # Stamped[(count: int), None]
reveal_type(of_its_arguments(Path()))  # None
reveal_type(words(Database(), Log()))  # None
reveal_type(Glob("*").pattern)  # str | bytes | PathLike[str] | PathLike[bytes]

stamp(method="md5")  # refused: call-overload reportArgumentType
stamp(code="very deep")  # refused: call-overload reportArgumentType
stamp(mmap="write")  # refused: call-overload reportArgumentType
stamp(dependencies=[1])  # refused: list-item reportArgumentType
stamp(dependencys=["a"])  # refused: call-overload reportCallIssue
stamp(outputs=Glob("*.o"))  # refused: call-overload reportArgumentType
stamp(expires=b"1h")  # refused: call-overload reportArgumentType
stamp(stale=[1])  # refused: call-overload reportArgumentType
stamp(scope=3)  # refused: call-overload reportArgumentType
stamp(force="yes")  # refused: call-overload reportArgumentType
wishes.warm("a")  # refused: arg-type reportArgumentType
stamp(1)  # refused: call-overload reportCallIssue+reportArgumentType
Glob()  # refused: call-arg reportCallIssue
