//! Values that are memory: numpy arrays, and anything else that shows a buffer.
//!
//! The stable interface of Python 3.9 has no buffers, so a `memoryview` is asked for its bytes a piece at a time: each
//! piece is still in the processor's cache when it is hashed, and 100 MB are never copied as a whole. No buffer is
//! borrowed while other Python code may run.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice, PyString};

use super::wire::Chunks;
use super::{At, Encoder, Keyed, Tag};

/// How many bytes are hashed at a time.
const PIECE: isize = 256 * 1024;

impl<'py> Encoder<'py> {
    /// Writes a numpy array: its dtype, its shape, and all its content in C order, whatever its strides.
    pub(super) fn array(&mut self, array: &Bound<'py, PyAny>) -> Keyed<()> {
        let py = self.py;
        let dtype = array.getattr(intern!(py, "dtype"))?;
        let opaque = dtype.getattr(intern!(py, "hasobject"))?.is_truthy()?
            || dtype
                .getattr(intern!(py, "kind"))?
                .cast::<PyString>()
                .is_ok_and(|kind| kind == "T");
        self.inside(array, Tag::Array, |encoder| {
            encoder.value(&dtype).at(|| ".dtype".to_owned())?;
            encoder.value(&array.getattr(intern!(py, "shape"))?)?;
            if opaque {
                let items = array
                    .call_method1(intern!(py, "reshape"), (-1,))?
                    .call_method0(intern!(py, "tolist"))?;
                return encoder.value(&items);
            }
            if dtype.getattr(intern!(py, "itemsize"))?.extract::<usize>()? == 0 {
                return encoder.atom(Tag::Bytes, &[]);
            }
            // As plain bytes: dates, records and half floats have no buffer that a memoryview could read.
            let numpy = py.import(intern!(py, "numpy"))?;
            let whole = numpy.call_method1(intern!(py, "ascontiguousarray"), (array,))?;
            let flat = whole.call_method1(intern!(py, "reshape"), (-1,))?;
            let bytes = PyMemoryView::from(&flat.call_method1(intern!(py, "view"), (intern!(py, "u1"),))?)?;
            encoder.memory(bytes.as_any())
        })
    }

    /// Writes an object by the buffer that it shows: class, item format, shape and content.
    pub(super) fn buffer(&mut self, value: &Bound<'py, PyAny>, view: &Bound<'py, PyMemoryView>) -> Keyed<()> {
        let py = self.py;
        self.inside(value, Tag::Buffer, |encoder| {
            encoder.class(&value.get_type())?;
            encoder.value(&view.getattr(intern!(py, "format"))?)?;
            encoder.value(&view.getattr(intern!(py, "shape"))?)?;
            if view.getattr(intern!(py, "c_contiguous"))?.is_truthy()? && view.getattr("nbytes")?.is_truthy()? {
                encoder.memory(&view.call_method1(intern!(py, "cast"), (intern!(py, "B"),))?)
            } else {
                let bytes = view.call_method0(intern!(py, "tobytes"))?;
                encoder.atom(Tag::Bytes, bytes.cast::<PyBytes>()?.as_bytes())
            }
        })
    }

    /// Writes the bytes of a one-dimensional memoryview of bytes.
    fn memory(&mut self, view: &Bound<'py, PyAny>) -> Keyed<()> {
        let py = self.py;
        let length = isize::try_from(view.len()?).map_err(PyErr::from)?;
        let mut chunks = Chunks::new();
        let mut start = 0;
        while start < length {
            let end = length.min(start + PIECE);
            let piece = view
                .get_item(PySlice::new(py, start, end, 1))?
                .call_method0(intern!(py, "tobytes"))?;
            chunks.push(piece.cast::<PyBytes>()?.as_bytes());
            start = end;
        }
        chunks.finish(Tag::Bytes, &mut self.wire);
        Ok(())
    }
}
