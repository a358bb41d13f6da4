"""Tables, columns, models and tensors of other libraries: their content counts, not how it lies in memory."""

from __future__ import annotations

import datetime
import decimal
import pickle

import jobs
import pytest
from jobstamps._native import encode


def needs(*names):
    """Imports libraries, or skips the test visibly."""
    return [pytest.importorskip(name, reason=f"SKIPPED: {name} is not installed") for name in names]


def all_equal(*groups):
    """Each group holds equal values, made in different ways; no two groups hold the same."""
    seen = []
    for group in groups:
        encoded = {encode(value) for value in group}
        assert len(encoded) == 1, repr(group)
        seen += encoded
    assert len(set(seen)) == len(groups)


def test_how_a_table_of_pandas_was_made_does_not_count():
    (pd,) = needs("pandas")
    columns = {"a": [1, 2, 3], "b": [4, 5, 6], "c": ["x", "y", None], "d": [0.5, None, -0.0]}
    whole = pd.DataFrame(columns)
    grown = pd.DataFrame(index=range(3))
    for name, items in columns.items():
        grown[name] = items
    longer = pd.DataFrame({name: [items[0], *items, items[0]] for name, items in columns.items()})
    part = longer.iloc[1:4].reset_index(drop=True).astype(whole.dtypes)
    noted = whole.copy()
    noted.attrs["source"] = "here"
    all_equal(
        [whole, grown, part, whole.copy(), pickle.loads(pickle.dumps(whole)), whole[list("dcba")][list("abcd")]],
        [whole.rename(columns={"a": "z"})],
        [whole.astype({"a": "float"})],
        [whole.iloc[::-1], whole.iloc[[2, 1, 0]]],
        [whole.set_index("a")],
        [whole[["b", "a", "c", "d"]]],
        [whole.assign(d=[0.5, None, 0.0])],
        [whole.iloc[:2]],
        [noted],
        [pd.DataFrame()],
    )


def test_how_a_column_of_pandas_was_made_does_not_count():
    pd, np = needs("pandas", "numpy")

    def tail(*items, **kinds):
        return pd.Series(items, **kinds).iloc[1:].reset_index(drop=True)

    days = pd.date_range("2025-12-31", periods=3)
    all_equal(
        [pd.Series([1, 2]), tail(0, 1, 2), pd.Series(np.array([1, 9, 2, 9])[::2])],
        [pd.Series([1, 2], name="a")],
        [pd.Series([1, 2], index=[1, 2])],
        [pd.Series([1.0, 2.0])],
        [pd.Series([1, None], dtype="Int64"), tail(5, 1, None, dtype="Int64")],
        [pd.Series([1, 1], dtype="Int64"), tail(None, 1, 1, dtype="Int64")],
        [pd.Series([True, None], dtype="boolean"), tail(False, True, None, dtype="boolean")],
        [pd.Series(["a", None]), tail("x", "a", None)],
        [pd.Series(["a", ""])],
        [pd.Series(["a", None], dtype=object), tail("x", "a", None, dtype=object)],
        [pd.Series(["a", "b"], dtype="category"), tail("b", "a", "b", dtype="category")],
        [pd.Series(days[1:]).rename(None), tail(*days)],
        [pd.Series(days[1:].tz_localize("UTC")), tail(*days.tz_localize("UTC"))],
        [pd.Series(days[1:].tz_localize("Asia/Tokyo"))],
        [pd.Index([1, 2]), pd.Index(np.array([1, 9, 2, 9])[::2])],
        [pd.Index(["a", "b"]), pd.Index(["x", "a", "b"])[1:]],
        [pd.MultiIndex.from_tuples([(1, "a"), (2, "b")])],
    )
    used = pd.Index([1, 2])
    assert used.get_loc(2) == 1
    assert encode(used) == encode(pd.Index([1, 2]))


def test_how_an_array_of_arrow_was_made_does_not_count():
    (pa,) = needs("pyarrow")

    def ways(items, kind=None):
        whole, longer = pa.array(items, kind), pa.array([*items[-1:], *items, *items[:1]], kind)
        again = pa.concat_arrays([whole[:1], longer[2 : len(items) + 1]])
        return [whole, longer[1 : len(items) + 1], longer.slice(1, len(items)), again]

    all_equal(
        ways([1, 2, 3]),
        ways([1, None, 3]),
        ways([1, 0, 3]),
        ways([1, 2, 3], pa.int32()),
        ways([1.0, -0.0, 3.0]),
        ways([1.0, 0.0, 3.0]),
        ways([True, None, False]),
        ways(["x", "yy", None]),
        ways(["x", "yy", ""]),
        ways(["xy", "y", None]),
        ways(["x", "yy", None], pa.large_string()),
        ways([b"x", b"yy", None]),
        ways([[1], [2, 3], None]),
        ways([[1], [2, 3], []]),
        ways([[1, 2], [3], []]),
        ways([{"a": 1}, {"a": None}, None]),
        ways([{"a": 1}, {"a": None}, {"a": None}]),
        ways([decimal.Decimal("1.5"), None, decimal.Decimal("2.5")]),
        ways([datetime.datetime(2026, 1, 1), None], pa.timestamp("us")),
        ways([datetime.datetime(2026, 1, 1), None], pa.timestamp("ns")),
        ways([[("a", 1)], []], pa.map_(pa.string(), pa.int8())),
        [pa.array(["a", "b", "a"]).dictionary_encode(), pa.array(["b", "a", "b", "a"]).dictionary_encode()[1:]],
        [pa.nulls(3)],
        [pa.nulls(4)],
        [pa.array([])],
    )


def test_how_a_table_of_arrow_was_made_does_not_count():
    (pa,) = needs("pyarrow")
    whole = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    chunked = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    longer = pa.table({"a": [0, 1, 2, 3], "b": ["q", "x", None, "z"]})
    all_equal(
        [whole, chunked, longer.slice(1)],
        [whole.rename_columns(["a", "c"])],
        [whole.replace_schema_metadata({"k": "v"})],
        [whole.select(["b", "a"])],
        [whole.slice(1), chunked.slice(1)],
        [whole.to_batches()[0], longer.slice(1).to_batches()[0]],
        [whole.column("a"), chunked.column("a"), pa.chunked_array([[1, 2], [], [3]])],
        [pa.chunked_array([], pa.int64())],
        [whole.schema],
    )


def test_how_a_table_of_polars_was_made_does_not_count():
    pl, _ = needs("polars", "numpy")

    def ways(items, kind=None):
        whole = pl.Series("s", items, dtype=kind)
        longer = pl.Series("s", [items[-1], *items, items[0]], dtype=kind)
        return [whole, longer[1 : len(items) + 1], pl.concat([whole[:1], whole[1:]], rechunk=False)]

    groups = [
        ways([1, 2, 3]),
        ways([1, None, 3]),
        ways([1, 0, 3]),
        ways([1.0, -0.0]),
        ways([1.0, 0.0]),
        ways([True, None]),
        ways(["x", "yy", None]),
        ways(["xy", "y", None]),
        ways(["x", "yy", ""]),
        ways(["x", "y"], pl.Categorical),
        ways(["x", "y"], pl.Enum(["x", "y"])),
        ways([b"x", None]),
        ways([decimal.Decimal("1.5"), None]),
        ways([datetime.datetime(2026, 1, 1), None], pl.Datetime("us")),
        ways([datetime.datetime(2026, 1, 1), None], pl.Datetime("ns")),
        ways([datetime.date(2026, 1, 1), None]),
    ]
    all_equal(*groups)
    tables = [[pl.DataFrame({"a": series}) for series in group] for group in groups]
    lazy = [[table.lazy().filter(pl.col("a") > n)] for n, (table, *_) in enumerate(tables[:2])]
    all_equal(*tables, *lazy, [pl.DataFrame()], [pl.col("a")])


def test_how_a_tensor_lies_in_memory_does_not_count():
    torch, _ = needs("torch", "numpy")
    whole = torch.arange(12.0).reshape(3, 4)
    all_equal(
        [whole, torch.arange(24.0).reshape(3, 8)[:, :4] * 0 + whole, whole.T.contiguous().T, whole.clone()],
        [whole.T, whole.T.contiguous()],
        [whole.double()],
        [whole.bfloat16()],
        [whole.clone().requires_grad_()],
        [torch.nn.Parameter(whole)],
        [whole[1:], whole[1:].clone()],
    )


def test_models_differ_by_all_that_they_hold():
    attrs, pydantic = needs("attrs", "pydantic")

    @attrs.define
    class Defined:
        x: int
        y: list = attrs.field(factory=list)

    @attrs.frozen(cache_hash=True)
    class Frozen:
        x: int

    class Model(pydantic.BaseModel):
        a: int
        b: str = "x"
        _private: int = pydantic.PrivateAttr(default=0)

    class Open(pydantic.BaseModel, extra="allow"):
        a: int

    def private(model):
        model._private = 5
        return model

    def used(value):
        hash(value)
        return value

    def dumped(model):
        model.dict() if pydantic.VERSION.startswith("1.") else model.model_dump_json()
        return model

    all_equal(
        [Defined(1), Defined(1, [])],
        [Defined(1, [1])],
        [Defined(2)],
        [Frozen(1), used(Frozen(1))],
        [Frozen(2)],
        [Model(a=1), dumped(Model(a=1))],
        [Model(a=1, b="x")],  # It knows what was given: that is another model where only this is written out.
        [Model(a=1, b="y")],
        [private(Model(a=1))],
        [Open(a=1)],
        [Open(a=1, c=2)],
    )


def values_of_libraries():
    pd, pl, pa, np = needs("pandas", "polars", "pyarrow", "numpy")
    for length in (3, 50_000):
        numbers, texts = np.arange(length, dtype="f8"), [str(n) for n in range(length)]
        yield pd.DataFrame({"n": numbers, "t": texts}), lambda one, other: one.equals(other)
        yield pd.Series(texts, dtype="category"), lambda one, other: one.equals(other)
        yield pl.DataFrame({"n": numbers, "t": texts}), lambda one, other: one.equals(other)
        yield pa.table({"n": numbers, "t": texts}), lambda one, other: one.equals(other)
        yield pa.array(numbers)[1:], lambda one, other: one.equals(other)


def test_tables_come_back_equal(run, tally):
    made = list(values_of_libraries())
    for value, equal in made:
        for _ in range(3):
            again = run(jobs.give, value)
            assert type(again) is type(value)
            assert equal(again, value), value
    tally.ran(len(made))
