import datetime
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, Literal, TypeVar, final, overload, type_check_only

from typing_extensions import Concatenate, ParamSpec, Self, TypeAlias, Unpack

from jobstamps.answers import CacheInfo, Explanation, Reason, Stats
from jobstamps.declared import Glob, Path, Tree
from jobstamps.jobstamp import HashMethod, MTimeMethod

_P = ParamSpec("_P")
_Q = ParamSpec("_Q")
_R = TypeVar("_R", covariant=True)
_T = TypeVar("_T")
# A function's first parameter; what a coroutine function's caller awaits; what to give back instead of a value.
_First = TypeVar("_First")
_Awaited = TypeVar("_Awaited")
_Default = TypeVar("_Default")

_Dependency: TypeAlias = Path | Glob | Tree
# As they are, or a function that makes them of the bound arguments, which it is given as keywords.
_Dependencies: TypeAlias = (
    _Dependency | Iterable[_Dependency] | Callable[..., _Dependency | Iterable[_Dependency] | None]
)
_Outputs: TypeAlias = Path | Iterable[Path] | Callable[..., Path | Iterable[Path] | None]
# The arguments of a call, and behind the positional ones what to give back instead of a value.
_ThenDefault: TypeAlias = tuple[Unpack[tuple[Any, ...]], _Default]
_MethodName: TypeAlias = Literal["mtime", "hash", "paranoid"]
_Duration: TypeAlias = float | str | datetime.timedelta
_Code: TypeAlias = Literal["deep", "shallow", "off"]
_Paths: TypeAlias = Path | Iterable[Path]
_Method: TypeAlias = type[MTimeMethod | HashMethod]
_Mmap: TypeAlias = Literal["copy", "read"] | None

__all__ = [
    "BoundStamped",
    "Stamped",
    "Stamps",
    "__version__",
    "counted",
    "encode",
    "fail_in",
    "identify",
    "one_line",
    "out_of_date",
    "reached",
    "run",
    "stamp",
]

__version__: str

@final
class Stamped(Generic[_P, _R]):
    __name__: str
    __qualname__: str
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    def stale(self, *args: _P.args, **kwargs: _P.kwargs) -> Reason | None: ...
    def explain(self, *args: _P.args, **kwargs: _P.kwargs) -> Explanation: ...
    @overload
    def peek(
        self: Stamped[_P, Coroutine[Any, Any, _Awaited]], *args: Unpack[_ThenDefault[_Default]], **kwargs: Any
    ) -> _Awaited | _Default: ...
    @overload
    def peek(self, *args: Unpack[_ThenDefault[_Default]], **kwargs: Any) -> _R | _Default: ...
    def rerun(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    # Of a coroutine function; what returns anything may return a coroutine too.
    @overload
    def warm(  # type: ignore[overload-overlap]
        self: Stamped[_P, Coroutine[Any, Any, Any]], *args: _P.args, **kwargs: _P.kwargs
    ) -> Coroutine[Any, Any, bool]: ...
    @overload
    def warm(self, *args: _P.args, **kwargs: _P.kwargs) -> bool: ...
    def forget(self, *args: _P.args, **kwargs: _P.kwargs) -> bool: ...
    def cache_info(self) -> CacheInfo: ...
    def cache_clear(self) -> int: ...
    @property
    def __wrapped__(self) -> Callable[_P, _R]: ...
    # On an instance.
    @overload
    def __get__(
        self: Callable[Concatenate[_First, _Q], _T], instance: _First, owner: type[Any] | None = None, /
    ) -> BoundStamped[_Q, _T]: ...
    # A class method: its first parameter is the class.
    @overload
    def __get__(
        self: Callable[Concatenate[_First, _Q], _T], instance: object, owner: _First, /
    ) -> BoundStamped[_Q, _T]: ...
    # On the class, or a static method.
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None, /) -> Self: ...

@final
class BoundStamped(Generic[_P, _R]):
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    def stale(self, *args: _P.args, **kwargs: _P.kwargs) -> Reason | None: ...
    def explain(self, *args: _P.args, **kwargs: _P.kwargs) -> Explanation: ...
    @overload
    def peek(
        self: BoundStamped[_P, Coroutine[Any, Any, _Awaited]], *args: Unpack[_ThenDefault[_Default]], **kwargs: Any
    ) -> _Awaited | _Default: ...
    @overload
    def peek(self, *args: Unpack[_ThenDefault[_Default]], **kwargs: Any) -> _R | _Default: ...
    def rerun(self, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    # Of a coroutine function; what returns anything may return a coroutine too.
    @overload
    def warm(  # type: ignore[overload-overlap]
        self: BoundStamped[_P, Coroutine[Any, Any, Any]], *args: _P.args, **kwargs: _P.kwargs
    ) -> Coroutine[Any, Any, bool]: ...
    @overload
    def warm(self, *args: _P.args, **kwargs: _P.kwargs) -> bool: ...
    def forget(self, *args: _P.args, **kwargs: _P.kwargs) -> bool: ...
    def cache_info(self) -> CacheInfo: ...
    def cache_clear(self) -> int: ...
    @property
    def __func__(self) -> Stamped[Concatenate[Any, _P], _R]: ...
    @property
    def __self__(self) -> Any: ...
    @property
    def __wrapped__(self) -> Callable[_P, _R]: ...

# What `stamp` returns when it is called with keywords only.
@type_check_only
class Decorator:
    def __call__(self, function: Callable[_P, _R], /) -> Stamped[_P, _R]: ...

@overload
def stamp(
    function: None = None,
    /,
    *,
    dependencies: _Dependencies | None = (),
    outputs: _Outputs | None = (),
    ignore: str | Iterable[str] | None = (),
    method: _MethodName | None = None,
    code: _Code = "deep",
    version: object = None,
    expires: _Duration | None = None,
    ttl: _Duration | None = None,
    stale: _Duration | None = None,
    scope: str | None = None,
    force: bool | None = None,
    verify: bool | None = None,
    quiet: bool | None = None,
    record_arguments: bool | None = None,
    directory: Path | None = None,
    mmap: _Mmap = "copy",
) -> Decorator: ...
@overload
def stamp(
    function: Callable[_P, _R],
    /,
    *,
    dependencies: _Dependencies | None = (),
    outputs: _Outputs | None = (),
    ignore: str | Iterable[str] | None = (),
    method: _MethodName | None = None,
    code: _Code = "deep",
    version: object = None,
    expires: _Duration | None = None,
    ttl: _Duration | None = None,
    stale: _Duration | None = None,
    scope: str | None = None,
    force: bool | None = None,
    verify: bool | None = None,
    quiet: bool | None = None,
    record_arguments: bool | None = None,
    directory: Path | None = None,
    mmap: _Mmap = "copy",
) -> Stamped[_P, _R]: ...

@final
class Stamps:
    def __new__(
        cls,
        directory: Path | None = None,
        *,
        max_bytes: int | str | None = None,
        max_age: _Duration | None = None,
    ) -> Self: ...
    @overload
    def stamp(
        self,
        function: None = None,
        /,
        *,
        dependencies: _Dependencies | None = (),
        outputs: _Outputs | None = (),
        ignore: str | Iterable[str] | None = (),
        method: _MethodName | None = None,
        code: _Code = "deep",
        version: object = None,
        expires: _Duration | None = None,
        ttl: _Duration | None = None,
        stale: _Duration | None = None,
        scope: str | None = None,
        force: bool | None = None,
        verify: bool | None = None,
        quiet: bool | None = None,
        record_arguments: bool | None = None,
        mmap: _Mmap = "copy",
    ) -> Decorator: ...
    @overload
    def stamp(
        self,
        function: Callable[_P, _R],
        /,
        *,
        dependencies: _Dependencies | None = (),
        outputs: _Outputs | None = (),
        ignore: str | Iterable[str] | None = (),
        method: _MethodName | None = None,
        code: _Code = "deep",
        version: object = None,
        expires: _Duration | None = None,
        ttl: _Duration | None = None,
        stale: _Duration | None = None,
        scope: str | None = None,
        force: bool | None = None,
        verify: bool | None = None,
        quiet: bool | None = None,
        record_arguments: bool | None = None,
        mmap: _Mmap = "copy",
    ) -> Stamped[_P, _R]: ...
    def run(self, func: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R: ...
    def out_of_date(self, func: Callable[_P, Any], /, *args: _P.args, **kwargs: _P.kwargs) -> Reason | None: ...
    @property
    def directory(self) -> str: ...
    def stats(self) -> Stats: ...
    def sweep(self) -> Stats: ...

# One attempt at a call that is awaited, for `asynchronous`.
@type_check_only
class Attempt:
    @property
    def key(self) -> bytes: ...
    def look(self, beside: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool | None: ...
    def value(self) -> Any: ...
    def anew(
        self,
    ) -> tuple[Attempt, Callable[..., Coroutine[Any, Any, Any]], tuple[Any, ...], dict[str, Any]] | None: ...
    def keep(self, value: object) -> None: ...
    def give_up(self) -> None: ...
    def recursion(self) -> None: ...

# With one keyword of ours at least, nobody can say which of the others are the function's.
@overload
def run(
    func: Callable[..., _T],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None,
    jobstamps_output_files: _Paths | None = ...,
    jobstamps_cache_output_directory: Path | None = ...,
    jobstamps_method: _Method = ...,
    **kwargs: Any,
) -> _T: ...
@overload
def run(
    func: Callable[..., _T],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None = ...,
    jobstamps_output_files: _Paths | None,
    jobstamps_cache_output_directory: Path | None = ...,
    jobstamps_method: _Method = ...,
    **kwargs: Any,
) -> _T: ...
@overload
def run(
    func: Callable[..., _T],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None = ...,
    jobstamps_output_files: _Paths | None = ...,
    jobstamps_cache_output_directory: Path | None,
    jobstamps_method: _Method = ...,
    **kwargs: Any,
) -> _T: ...
@overload
def run(
    func: Callable[..., _T],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None = ...,
    jobstamps_output_files: _Paths | None = ...,
    jobstamps_cache_output_directory: Path | None = ...,
    jobstamps_method: _Method,
    **kwargs: Any,
) -> _T: ...

# Without, they all are.
@overload
def run(func: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T: ...
@overload
def out_of_date(
    func: Callable[..., Any],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None,
    jobstamps_output_files: _Paths | None = ...,
    jobstamps_cache_output_directory: Path | None = ...,
    jobstamps_method: _Method = ...,
    **kwargs: Any,
) -> Reason | None: ...
@overload
def out_of_date(
    func: Callable[..., Any],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None = ...,
    jobstamps_output_files: _Paths | None,
    jobstamps_cache_output_directory: Path | None = ...,
    jobstamps_method: _Method = ...,
    **kwargs: Any,
) -> Reason | None: ...
@overload
def out_of_date(
    func: Callable[..., Any],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None = ...,
    jobstamps_output_files: _Paths | None = ...,
    jobstamps_cache_output_directory: Path | None,
    jobstamps_method: _Method = ...,
    **kwargs: Any,
) -> Reason | None: ...
@overload
def out_of_date(
    func: Callable[..., Any],
    /,
    *args: Any,
    jobstamps_dependencies: _Paths | None = ...,
    jobstamps_output_files: _Paths | None = ...,
    jobstamps_cache_output_directory: Path | None = ...,
    jobstamps_method: _Method,
    **kwargs: Any,
) -> Reason | None: ...
@overload
def out_of_date(func: Callable[_P, Any], /, *args: _P.args, **kwargs: _P.kwargs) -> Reason | None: ...
def counted(
    directory: str,
) -> tuple[list[tuple[str, tuple[int, int, int], float, float]], list[tuple[str, int]]]: ...
def encode(value: object) -> bytes: ...
def fail_in(steps: int) -> int: ...
def one_line(text: str) -> str: ...
def identify(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[bytes, bytes]: ...
def reached(function: Callable[..., Any], times: int) -> tuple[list[tuple[str, str]], list[str], int, bool]: ...
