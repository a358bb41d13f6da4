//! The memory behind objects that show a buffer, without copies where that can be had.
//!
//! The stable interface of Python 3.9 has no buffers. A `memoryview` can be asked for its bytes a piece at a time, which
//! copies each; numpy, where it is loaded, also tells where the memory of an array is, and makes an array of any buffer.
//!
//! Whoever reads memory here holds the array and with it the buffer, as `hashlib` and `file.write` do: it stays where it
//! is, also while other threads run. They may write into it meanwhile; that is between them and the caller.

use std::ffi::{c_char, c_int, c_void};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PySlice, PyType};

use crate::canonical::is_made;

/// How much of a memoryview is copied at a time: small enough to be still in the processor's cache when it is read.
const PIECE: isize = 128 * 1024;

/// Hands out the bytes of a one-dimensional memoryview of bytes, one piece after the other.
///
/// # Errors
///
/// There is no memory for a piece.
pub(crate) fn each_piece<'py>(flat: &Bound<'py, PyAny>, take: &mut dyn FnMut(&[u8])) -> PyResult<()> {
    let py = flat.py();
    let length = isize::try_from(flat.len()?).map_err(PyErr::from)?;
    if length > PIECE
        && let Some(array) = as_array(flat)
        && let Some(held) = Held::of(&array)?
    {
        take(held.bytes());
        return Ok(());
    }
    let mut start = 0;
    while start < length {
        let end = length.min(start + PIECE);
        let piece = flat
            .get_item(PySlice::new(py, start, end, 1))?
            .call_method0(intern!(py, "tobytes"))?;
        take(piece.cast::<PyBytes>()?.as_bytes());
        start = end;
    }
    Ok(())
}

/// Returns a buffer as an array of numpy, if numpy is loaded.
fn as_array<'py>(flat: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = flat.py();
    let modules = py
        .import(intern!(py, "sys"))
        .ok()?
        .getattr(intern!(py, "modules"))
        .ok()?;
    let numpy = modules.cast::<PyDict>().ok()?.get_item(intern!(py, "numpy")).ok()??;
    numpy
        .call_method1(intern!(py, "frombuffer"), (flat, intern!(py, "u1")))
        .ok()
}

/// The memory of an array, in one stretch and in C order.
pub(crate) struct Held<'py> {
    start: *const u8,
    length: usize,
    /// Keeps the array, and so the memory.
    _array: Bound<'py, PyCapsule>,
}

/// What numpy tells in C of an array.
///
/// Source: <https://numpy.org/doc/stable/reference/arrays.interface.html#c-struct-access>.
#[repr(C)]
struct ArrayInterface {
    two: c_int,
    dimensions: c_int,
    kind: c_char,
    item_size: c_int,
    flags: c_int,
    shape: *const isize,
    strides: *const isize,
    data: *const c_void,
}

impl<'py> Held<'py> {
    /// Returns the memory of an array; None if it does not lie in one stretch, or is not numpy's very own type of array.
    ///
    /// # Errors
    ///
    /// numpy cannot tell.
    pub(crate) fn of(array: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        const C_CONTIGUOUS: c_int = 1;
        let py = array.py();
        // What a subclass says of its memory could be anything.
        if !is_numpys_own(&array.get_type())? {
            return Ok(None);
        }
        let capsule = array.getattr(intern!(py, "__array_struct__"))?;
        let capsule = capsule.cast_into::<PyCapsule>().map_err(PyErr::from)?;
        let interface = capsule.pointer_checked(None)?.cast::<ArrayInterface>();
        // SAFETY: the capsule comes from numpy's own `ndarray`, whose documented interface this is, and lives on.
        let interface = unsafe { interface.as_ref() };
        if interface.two != 2 || interface.flags & C_CONTIGUOUS == 0 || interface.data.is_null() {
            return Ok(None);
        }
        let dimensions = usize::try_from(interface.dimensions).unwrap_or_default();
        let shape = if dimensions == 0 {
            &[]
        } else {
            // SAFETY: the shape has one number for each dimension.
            unsafe { std::slice::from_raw_parts(interface.shape, dimensions) }
        };
        let sizes = shape.iter().copied().chain([interface.item_size as isize]);
        let length = sizes.map(usize::try_from).try_fold(1, |product: usize, size| {
            size.ok().and_then(|size| product.checked_mul(size))
        });
        Ok(length.map(|length| Self {
            start: interface.data.cast(),
            length,
            _array: capsule,
        }))
    }

    /// Returns the bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the array is held, and its items lie one behind the other.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// Tells whether a class is the array type of numpy's C half: no class made in Python can be it, whatever its name.
fn is_numpys_own(class: &Bound<'_, PyType>) -> PyResult<bool> {
    Ok(class.name()? == "ndarray" && class.module()? == "numpy" && !is_made(class)?)
}
