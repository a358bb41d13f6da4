//! Where a function object keeps its code and its defaults, and a cell what is in it.
//!
//! Python's stable interface has no way to ask for them that takes less than 40 ns, which would be most of a hit. So two
//! functions and two cells of our own are looked at, once a process: the one word that holds what Python says is there.
//! Where that is not exactly one, and the same in both, Python is asked each time.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The fields' places, in words from the beginning of the object.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// Code, defaults and keyword-only defaults of a function.
    function: [usize; 3],
    cell: usize,
}

static FIELDS: PyOnceLock<Option<Fields>> = PyOnceLock::new();

/// What a function's fields are called.
const NAMES: [&str; 3] = ["__code__", "__defaults__", "__kwdefaults__"];

/// The words that stand in a function's fields.
pub(super) type Words = [usize; 3];

impl Fields {
    /// Returns the places, if they could be found.
    pub(super) fn of(py: Python<'_>) -> Option<Self> {
        *FIELDS.get_or_init(py, || Self::found(py).ok().flatten())
    }

    fn found<'py>(py: Python<'py>) -> PyResult<Option<Self>> {
        let made = |n: u8| {
            py.eval(
                &std::ffi::CString::new(format!("(lambda c: lambda a={n}000, *, b=1: c)(1.{n})"))?,
                None,
                None,
            )
        };
        let (one, other) = (made(1)?, made(2)?);
        let cell = |function: &Bound<'py, PyAny>| function.getattr("__closure__")?.get_item(0);
        let (one_cell, other_cell) = (cell(&one)?, cell(&other)?);
        let mut function = [0; 3];
        for (place, name) in function.iter_mut().zip(NAMES) {
            let Some(found) = both(&[&one, &other], &[one.getattr(name)?, other.getattr(name)?])? else {
                return Ok(None);
            };
            *place = found;
        }
        let contents = intern!(py, "cell_contents");
        let cell = both(
            &[&one_cell, &other_cell],
            &[one_cell.getattr(contents)?, other_cell.getattr(contents)?],
        )?;
        Ok(cell.map(|cell| Self { function, cell }))
    }

    /// Returns what stands in the fields of a function.
    pub(super) fn function(self, function: &Py<PyAny>) -> Words {
        // SAFETY: the object is a function, as those were in which the places were found, all within its size.
        self.function.map(|place| unsafe { word(function.as_ptr(), place) })
    }

    /// Returns what stands in a cell.
    pub(super) fn cell(self, cell: &Py<PyAny>) -> usize {
        // SAFETY: as above, for a cell.
        unsafe { word(cell.as_ptr(), self.cell) }
    }
}

/// Returns the one place that holds the right word in both objects.
fn both(objects: &[&Bound<'_, PyAny>; 2], held: &[Bound<'_, PyAny>; 2]) -> PyResult<Option<usize>> {
    let size: usize = objects[0].get_type().getattr("__basicsize__")?.extract()?;
    let first = std::mem::size_of::<ffi::PyObject>() / size_of::<usize>();
    let mut places = (first..size / size_of::<usize>()).filter(|&place| {
        // SAFETY: the place lies within the objects, which are alive and of a fixed size.
        objects
            .iter()
            .zip(held)
            .all(|(object, held)| unsafe { word(object.as_ptr(), place) } == held.as_ptr() as usize)
    });
    Ok(places.next().filter(|_| places.next().is_none()))
}

/// Reads one word of an object.
///
/// # Safety
///
/// The place must lie within the object.
unsafe fn word(object: *mut ffi::PyObject, place: usize) -> usize {
    // SAFETY: the caller's promise; objects are aligned to words.
    unsafe { object.cast::<usize>().add(place).read_volatile() }
}
