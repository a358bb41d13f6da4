"""Arrays and tables: views, orders, types and what a repr leaves out."""

from __future__ import annotations

from .arguments import equal, told_apart

NUMPY = {"before": "import numpy as np\ntell = lambda array: (array.shape, str(array.dtype), array.tolist())"}
NUMPY_SUM = {"before": "import numpy as np\ntell = lambda array: float(array.sum())"}
PANDAS = {"before": "import pandas as pd\ntell = lambda frame: (frame.to_dict(), [str(t) for t in frame.dtypes])"}

ARRAYS = (
    told_apart(
        "arrays: another shape", "np.arange(6).reshape(2, 3)", "np.arange(6).reshape(3, 2)", needs=("numpy",), **NUMPY
    ),
    told_apart(
        "arrays: another type of the same bytes",
        "np.arange(4, dtype='<i4')",
        "np.arange(4, dtype='<i4').view('<f4')",
        "np.arange(4, dtype='<i4').view('<i8')",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: the other byte order",
        "np.arange(4, dtype='<i4')",
        "np.arange(4, dtype='<i4').view('>i4')",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: views of one buffer",
        "np.arange(8)[::2]",
        "np.arange(8)[:4]",
        "np.arange(8)[::-1]",
        "np.arange(8)[4:]",
        needs=("numpy",),
        **NUMPY,
    ),
    equal(
        "arrays: a view and its copy",
        "np.arange(8)[::2]",
        "np.arange(8)[::2].copy()",
        "np.array([0, 2, 4, 6])",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: turned over",
        "np.arange(4).reshape(2, 2)",
        "np.arange(4).reshape(2, 2).T",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: a difference in the middle of many",
        "np.zeros(5000)",
        "np.where(np.arange(5000) == 2500, 1.0, 0.0)",
        needs=("numpy",),
        **NUMPY_SUM,
    ),
    told_apart(
        "arrays: a difference in the last digit",
        "np.array([1.0])",
        "np.array([1.0 + 2 ** -52])",
        needs=("numpy",),
        before="import numpy as np\ntell = lambda array: float(array[0]).hex()",
    ),
    told_apart(
        "arrays: of objects",
        "np.array([{'a': 1}, None], dtype=object)",
        "np.array([{'a': 2}, None], dtype=object)",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: names of fields",
        "np.zeros(2, dtype=[('x', '<i4'), ('y', '<i4')])",
        "np.zeros(2, dtype=[('y', '<i4'), ('x', '<i4')])",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: days or seconds",
        "np.array([1], dtype='M8[D]')",
        "np.array([1], dtype='M8[s]')",
        needs=("numpy",),
        **NUMPY,
    ),
    told_apart(
        "arrays: an array of one, a number of numpy and a number",
        "np.array(1.0)",
        "np.array([1.0])",
        "np.float64(1.0)",
        "1.0",
        needs=("numpy",),
        before="import numpy as np\ntell = lambda array: np.shape(array)",
    ),
    told_apart(
        "arrays: another mask over the same numbers",
        "np.ma.array([1, 2], mask=[0, 1])",
        "np.ma.array([1, 2], mask=[1, 0])",
        needs=("numpy",),
        before="import numpy as np\ntell = lambda array: array.tolist()",
    ),
    told_apart(
        "tables: another type, order or name of columns",
        "pd.DataFrame({'a': [1], 'b': [2]})",
        "pd.DataFrame({'b': [2], 'a': [1]})",
        "pd.DataFrame({'a': [1.0], 'b': [2]})",
        "pd.DataFrame({'a': [1], 'b': [2]}, index=[7])",
        needs=("pandas",),
        **PANDAS,
    ),
)
