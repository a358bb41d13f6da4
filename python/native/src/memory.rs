//! The memory behind objects that show a buffer, without copies where that can be had.
//!
//! The stable interface of Python 3.9 has no buffers. A `memoryview` can be asked for its bytes a piece at a time, which
//! copies each; numpy, where it is loaded, also tells where the memory of an array is, and makes an array of any buffer.
//!
//! Whoever reads memory here holds the array, and with it the buffer, as `hashlib` and `file.write` do. Where other threads
//! may have run meanwhile, numpy is asked again where the memory is. That they write into it is between them and the caller.

use std::ffi::{c_char, c_int, c_void};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PySlice, PyType};

use crate::canonical::{is_made, modules};

/// How much is copied at a time, where something is: small enough to be still in the processor's cache when it is read.
const PIECE: usize = 128 * 1024;
/// How much is read before other threads have a turn: some 5 ms of hashing, which is the interpreter's own measure.
const TURN: usize = 32 << 20;

/// Hands out the bytes of a one-dimensional memoryview of bytes, one piece after the other.
///
/// # Errors
///
/// There is no memory for a piece.
pub(crate) fn each_piece<'py>(flat: &Bound<'py, PyAny>, take: &mut dyn FnMut(&[u8])) -> PyResult<()> {
    let py = flat.py();
    let length = flat.len()?;
    if length > PIECE
        && let Some(array) = as_array(flat)
        && let Some(held) = Held::of(&array)?
    {
        take(held.bytes());
        return Ok(());
    }
    let place = |place: usize| isize::try_from(place).map_err(PyErr::from);
    for start in (0..length).step_by(PIECE) {
        let end = length.min(start + PIECE);
        let piece = flat
            .get_item(PySlice::new(py, place(start)?, place(end)?, 1))?
            .call_method0(intern!(py, "tobytes"))?;
        take(piece.cast::<PyBytes>()?.as_bytes());
    }
    Ok(())
}

/// Hands out the items of an array of numpy in C order, whatever their order in memory, one stretch after the other.
///
/// # Errors
///
/// There is no memory for a copy; or the array was made another one meanwhile.
pub(crate) fn each_stretch<'py>(array: &Bound<'py, PyAny>, take: &mut dyn FnMut(&[u8])) -> PyResult<()> {
    let py = array.py();
    if let Some(held) = Held::of(array)? {
        return held.in_turns(array, take);
    }
    let bytes: usize = array.getattr(intern!(py, "nbytes"))?.extract()?;
    let shape: Vec<usize> = array.getattr(intern!(py, "shape"))?.extract()?;
    let (Some(&rows), true) = (shape.first(), bytes > PIECE) else {
        let whole = array.call_method1(intern!(py, "tobytes"), (intern!(py, "C"),))?;
        take(whole.cast::<PyBytes>()?.as_bytes());
        return Ok(());
    };
    // A copy of a part at a time, and not of the whole.
    let step = (PIECE / (bytes / rows)).max(1);
    for start in (0..rows).step_by(step) {
        let part = if step == 1 && shape.len() > 1 {
            array.get_item(start)?
        } else {
            let place = |place: usize| isize::try_from(place).map_err(PyErr::from);
            array.get_item(PySlice::new(py, place(start)?, place(rows.min(start + step))?, 1))?
        };
        each_stretch(&part, take)?;
    }
    Ok(())
}

/// Returns a buffer as an array of numpy, if numpy is loaded.
fn as_array<'py>(flat: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = flat.py();
    let numpy = modules(py).get_item(intern!(py, "numpy")).ok()??;
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

    /// Hands out the bytes, and lets other threads run now and then.
    fn in_turns(self, array: &Bound<'py, PyAny>, take: &mut dyn FnMut(&[u8])) -> PyResult<()> {
        let py = array.py();
        let mut held = self;
        let mut read = 0;
        loop {
            let end = held.length.min(read + TURN);
            take(&held.bytes()[read..end]);
            read = end;
            if read == held.length {
                return Ok(());
            }
            py.detach(std::thread::yield_now);
            py.check_signals()?;
            let now = Self::of(array)?.filter(|now| (now.start, now.length) == (held.start, held.length));
            held = now.ok_or_else(|| PyRuntimeError::new_err("it was resized while it was looked at"))?;
        }
    }

    /// Returns the bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the array is held, and its items lie one behind the other.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// Tells whether a class is the array type of numpy's C half: no class made in Python can be it, whatever its name.
pub(crate) fn is_numpys_own(class: &Bound<'_, PyType>) -> PyResult<bool> {
    Ok(!is_made(class) && class.name()? == "ndarray" && class.module()? == "numpy")
}
