"""Takes tables, columns and tensors apart, into what counts of them. Only imported when such a value is met.

Equal data lie in memory in many ways: as one block or several, in chunks, as a slice of something larger, with anything
where a value is missing. The parts that are returned here are the same for all of them.
"""

from __future__ import annotations

import sys
from typing import Any

Parts = tuple[Any, ...]


def parts_of(value: Any) -> Parts | None:
    """Returns what `value` is made of; None where its own state will do."""
    take_apart = LIBRARIES[type(value).__module__.partition(".")[0]]
    return take_apart(value, type(value).__name__)


def of_pandas(value: Any, kind: str) -> Parts | None:
    """Takes frames, series, indexes and their columns apart; they are stored in blocks, and cache what was asked."""
    pandas = sys.modules["pandas"]
    if type(value) is pandas.DataFrame:
        columns = [column.array for _, column in value.items()]
        return value.columns, value.index, columns, value.attrs, value.flags.allows_duplicate_labels
    if type(value) is pandas.Series:
        return value.name, value.index, value.array, value.attrs, value.flags.allows_duplicate_labels
    if type(value) is pandas.Index:
        return value.name, value.array
    if not isinstance(value, pandas.api.extensions.ExtensionArray):
        return None
    if kind in ("NumpyExtensionArray", "PandasArray"):
        return (value.to_numpy(),)
    if kind in ("IntegerArray", "FloatingArray", "BooleanArray"):
        # Where nothing is there may be anything.
        return value.dtype, value.isna(), value.to_numpy(dtype=value.dtype.numpy_dtype, na_value=0)
    if kind.startswith("Arrow"):
        return value.dtype, value.__arrow_array__()
    return None


def of_arrow(value: Any, _kind: str) -> Parts | None:
    """Takes arrays and tables apart; they come in chunks, and are windows on their buffers."""
    arrow = sys.modules["pyarrow"]
    if isinstance(value, arrow.Array):
        return value.type, column(value)
    if isinstance(value, arrow.ChunkedArray):
        return value.type, column(joined(value))
    if isinstance(value, arrow.Table):
        return value.schema, value.num_rows, [column(joined(chunks)) for chunks in value.columns]
    if isinstance(value, arrow.RecordBatch):
        return value.schema, value.num_rows, [column(array) for array in value.columns]
    return None


def joined(chunks: Any) -> Any:
    """Returns the chunks of an Arrow column as one array."""
    if chunks.num_chunks == 1:
        return chunks.chunk(0)
    arrow = sys.modules["pyarrow"]
    return arrow.concat_arrays(chunks.chunks) if chunks.num_chunks else arrow.array([], chunks.type)


def column(array: Any) -> Parts:
    """Returns what an Arrow array holds: its length, what is missing, and items of one form for each type."""
    arrow = sys.modules["pyarrow"]
    types, kind = arrow.types, array.type
    if isinstance(array, arrow.ExtensionArray):
        return column(array.storage)
    if types.is_dictionary(kind):
        return column(array.dictionary_decode())
    missing = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    if types.is_boolean(kind):
        return len(array), missing, numbers(array, fill=False)
    if types.is_primitive(kind) and kind.bit_width in (8, 16, 32, 64):
        # By their bits: 0.0 and -0.0 are two numbers.
        return len(array), missing, numbers(array.view(f"int{kind.bit_width}"), fill=0)
    if types.is_string(kind) or types.is_large_string(kind):
        return len(array), missing, *texts(array.fill_null("") if array.null_count else array)
    if types.is_binary(kind) or types.is_large_binary(kind):
        return len(array), missing, *texts(array.fill_null(b"") if array.null_count else array)
    if types.is_list(kind) or types.is_large_list(kind):
        return len(array), missing, numbers(array.value_lengths(), fill=0), column(array.flatten())
    if types.is_struct(kind):
        return len(array), missing, [column(field) for field in array.flatten()]
    return len(array), missing, array.to_pylist()


def numbers(array: Any, fill: Any) -> Any:
    """Returns an Arrow array as one of numpy, with `fill` where nothing is."""
    return (array.fill_null(fill) if array.null_count else array).to_numpy(zero_copy_only=False)


def texts(array: Any) -> Parts:
    """Returns the lengths of strings in an Arrow array, and all of them one behind the other."""
    import numpy

    _, offsets, data = array.buffers()
    if not len(array):
        return ()
    wide = array.type in (sys.modules["pyarrow"].large_string(), sys.modules["pyarrow"].large_binary())
    places = numpy.frombuffer(offsets, "i8" if wide else "i4")[array.offset : array.offset + len(array) + 1]
    content = memoryview(data or b"").cast("B")[places[0] : places[-1]]
    return numpy.diff(places), content


def of_polars(value: Any, _kind: str) -> Parts | None:
    """Takes frames and series apart; they come in chunks, and are windows on their buffers."""
    polars = sys.modules["polars"]
    if type(value) is polars.DataFrame:
        return value.height, value.get_columns()
    if type(value) is not polars.Series:
        return None
    return value.name, value.dtype, len(value), *items(value.rechunk())


def items(series: Any) -> Parts:
    """Returns what a series of polars holds: what is missing, and items of one form for each type."""
    polars = sys.modules["polars"]
    kind = series.dtype
    missing = series.is_null().to_numpy() if series.null_count() else None
    if kind.is_nested() or kind == polars.Null:
        raise TypeError(kind)
    if kind == polars.Boolean:
        return missing, series.fill_null(value=False).to_numpy()
    if kind.is_numeric() and not kind.is_decimal():
        return missing, series.fill_null(0).to_numpy()
    if kind.is_temporal():
        return missing, series.to_physical().fill_null(0).to_numpy()
    if kind in (polars.String, polars.Categorical, polars.Enum):
        series = series.cast(polars.String).fill_null("")
        return missing, series.str.len_bytes().to_numpy(), "".join(series.to_list())
    return missing, series.to_list()


def of_torch(value: Any, _kind: str) -> Parts | None:
    """Takes tensors apart; they are windows on a storage, and pickle its address."""
    torch = sys.modules["torch"]
    if type(value) not in (torch.Tensor, torch.nn.Parameter) or value.layout is not torch.strided or value.is_quantized:
        return None
    here = value.detach().resolve_conj().resolve_neg().cpu().contiguous()
    content = here.reshape(-1).view(torch.uint8).numpy()
    return str(value.dtype), str(value.device), value.requires_grad, tuple(value.shape), content


LIBRARIES = {"pandas": of_pandas, "polars": of_polars, "pyarrow": of_arrow, "torch": of_torch}
