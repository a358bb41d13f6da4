//! Values that are memory: numpy arrays, and anything else that shows a buffer.
//!
//! What counts of an array is what is seen of it: dtype, shape and items, however these lie in memory. Bytes that no item
//! has a share in (gaps between the fields of a record, the padding of a long double) hold whatever was there before and
//! are left out.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice, PyString, PyTuple, PyType};

use super::class::is_made;
use super::wire::Chunks;
use super::{At, Encoder, Keyed, Tag};
use crate::memory::{each_piece, each_stretch, is_numpys_own};

/// Of a long double of the x86 family, so many bytes count; numpy keeps it in 12 or 16.
const LONG_DOUBLE: usize = 10;

/// What the items of an array are to us.
enum Items<'py> {
    /// Bytes, all of which count.
    Bytes,
    /// Python objects.
    Objects,
    /// Records with gaps, or with items that have some: the names of the fields.
    Records(Bound<'py, PyTuple>),
    /// Long doubles of so many bytes, of which the first ones or the last ones count.
    LongDoubles { size: usize, swapped: bool },
}

impl<'py> Encoder<'py> {
    /// Writes a numpy array: its dtype, its shape, and all its items in C order, whatever its strides.
    pub(super) fn array(&mut self, array: &Bound<'py, PyAny>) -> Keyed<()> {
        let py = self.py;
        let dtype = array.getattr(intern!(py, "dtype"))?;
        self.inside(array, Tag::Array, |encoder| {
            encoder.dtype(&dtype).at(|| ".dtype".to_owned())?;
            encoder.value(&array.getattr(intern!(py, "shape"))?)?;
            match Items::of(&dtype)? {
                Items::Bytes => encoder.items_as_bytes(array),
                Items::Objects => encoder.value(&flat(array)?.call_method0(intern!(py, "tolist"))?),
                Items::Records(names) => encoder.group(Tag::List, |encoder| {
                    for name in names.iter() {
                        let field = array.get_item(&name)?;
                        encoder.array(&field).at(|| format!("[{name:?}]"))?;
                    }
                    Ok(())
                }),
                Items::LongDoubles { size, swapped } => {
                    let numpy = py.import(intern!(py, "numpy"))?;
                    let whole = numpy.call_method1(intern!(py, "ascontiguousarray"), (array,))?;
                    let bytes = flat(&whole)?.call_method1(intern!(py, "view"), (intern!(py, "u1"),))?;
                    let rows = bytes.call_method1(intern!(py, "reshape"), (-1, size))?;
                    let start = if swapped { size - LONG_DOUBLE } else { 0 };
                    let counting = PySlice::new(py, start.cast_signed(), (start + LONG_DOUBLE).cast_signed(), 1);
                    encoder.items_as_bytes(&rows.get_item((PySlice::full(py), counting))?)
                }
            }
        })
    }

    /// Writes the type of an array's items: by the word that numpy has for it, if that says all.
    fn dtype(&mut self, dtype: &Bound<'py, PyAny>) -> Keyed<()> {
        // The numbers of numpy's own types. From 24 on, they are made by programs.
        const OBJECT: u32 = 17;
        const VOID: u32 = 20;
        const FIRST_OF_OTHERS: u32 = 24;
        let py = self.py;
        let number: u32 = dtype.getattr(intern!(py, "num"))?.extract()?;
        let is_simple = number < FIRST_OF_OTHERS && number != OBJECT && number != VOID;
        if is_simple && dtype.getattr(intern!(py, "metadata"))?.is_none() {
            self.value(&dtype.getattr(intern!(py, "str"))?)
        } else {
            self.value(dtype)
        }
    }

    /// Writes an object of a class below numpy's array by what it is as an array.
    pub(super) fn array_by_another_name(
        &mut self,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
        plain: &Bound<'py, PyAny>,
    ) -> Keyed<()> {
        self.inside(value, Tag::Reduced, |encoder| {
            encoder.class(class)?;
            encoder.array(plain)
        })
    }

    /// Writes a scalar of numpy: as an array without dimensions.
    pub(super) fn scalar(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Keyed<()> {
        let py = self.py;
        let array = py
            .import(intern!(py, "numpy"))?
            .call_method1(intern!(py, "asarray"), (value,))?;
        self.array_by_another_name(value, class, &array)
    }

    /// Writes an object by the buffer that it shows: class, item format, shape and content.
    pub(super) fn buffer(&mut self, value: &Bound<'py, PyAny>, view: &Bound<'py, PyMemoryView>) -> Keyed<()> {
        let py = self.py;
        self.inside(value, Tag::Buffer, |encoder| {
            encoder.class(&value.get_type())?;
            encoder.value(&view.getattr(intern!(py, "format"))?)?;
            encoder.value(&view.getattr(intern!(py, "shape"))?)?;
            if view.getattr(intern!(py, "c_contiguous"))?.is_truthy()? && view.getattr("nbytes")?.is_truthy()? {
                let bytes = view.call_method1(intern!(py, "cast"), (intern!(py, "B"),))?;
                let mut chunks = Chunks::new();
                each_piece(&bytes, &mut |piece| chunks.push(piece))?;
                chunks.finish(Tag::Bytes, &mut encoder.wire);
                Ok(())
            } else {
                let bytes = view.call_method0(intern!(py, "tobytes"))?;
                encoder.atom(Tag::Bytes, bytes.cast::<PyBytes>()?.as_bytes())
            }
        })
    }

    fn items_as_bytes(&mut self, array: &Bound<'py, PyAny>) -> Keyed<()> {
        let mut chunks = Chunks::new();
        each_stretch(array, &mut |stretch| chunks.push(stretch))?;
        chunks.finish(Tag::Bytes, &mut self.wire);
        Ok(())
    }
}

impl<'py> Items<'py> {
    fn of(dtype: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = dtype.py();
        let kind = dtype.getattr(intern!(py, "kind"))?;
        match &*kind.cast::<PyString>()?.to_cow()? {
            // Texts of any length are objects too, though not Python's.
            "O" | "T" => Ok(Self::Objects),
            "f" | "c" => {
                let pair = kind.eq("c")?;
                let size = dtype.getattr(intern!(py, "itemsize"))?.extract::<usize>()? / if pair { 2 } else { 1 };
                if size <= LONG_DOUBLE || !cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
                    return Ok(Self::Bytes);
                }
                let swapped = dtype.getattr(intern!(py, "byteorder"))?.eq(">")?;
                Ok(Self::LongDoubles { size, swapped })
            }
            "V" => match dtype.getattr(intern!(py, "names"))?.cast_into::<PyTuple>() {
                Ok(names) if dtype.getattr(intern!(py, "hasobject"))?.is_truthy()? || have_gaps(dtype, &names)? => {
                    Ok(Self::Records(names))
                }
                _ => Ok(Self::Bytes),
            },
            _ => Ok(Self::Bytes),
        }
    }
}

/// Tells whether records have bytes that belong to no field, or fields that have bytes which do not count.
fn have_gaps(dtype: &Bound<'_, PyAny>, names: &Bound<'_, PyTuple>) -> PyResult<bool> {
    let py = dtype.py();
    let fields = dtype.getattr(intern!(py, "fields"))?;
    let mut places = Vec::with_capacity(names.len());
    for name in names.iter() {
        let field = fields.get_item(name)?;
        let kind = field.get_item(0)?;
        if !matches!(Items::of(&kind.getattr(intern!(py, "base"))?)?, Items::Bytes) {
            return Ok(true);
        }
        let size: usize = kind.getattr(intern!(py, "itemsize"))?.extract()?;
        places.push((field.get_item(1)?.extract::<usize>()?, size));
    }
    places.sort_unstable();
    let mut end = 0;
    for (start, size) in places {
        if start > end {
            return Ok(true);
        }
        end = end.max(start + size);
    }
    Ok(end < dtype.getattr(intern!(py, "itemsize"))?.extract()?)
}

/// What an object of a class below numpy's array is pickled as.
pub(super) enum Below<'py> {
    /// It is no such object.
    Nothing,
    /// The array, and nothing more.
    Array(Bound<'py, PyAny>),
    /// What the class says, and its items in the order that they lie in: so this copy in C order stands for it.
    Reordered(Bound<'py, PyAny>),
}

impl<'py> Below<'py> {
    /// Finds out what an object is pickled as.
    pub(super) fn numpys(value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Self> {
        let py = value.py();
        let Some(ndarray) = ndarray(class)? else {
            return Ok(Self::Nothing);
        };
        let mut says_more = false;
        for name in [intern!(py, "__reduce__"), intern!(py, "__reduce_ex__")] {
            says_more |= !class.getattr(name)?.is(&ndarray.getattr(name)?);
        }
        if !says_more {
            let plain = ndarray.call_method1(intern!(py, "view"), (value, &ndarray))?;
            return Ok(Self::Array(plain));
        }
        if value
            .getattr(intern!(py, "flags"))?
            .getattr(intern!(py, "fnc"))?
            .is_truthy()?
        {
            return Ok(Self::Reordered(value.call_method1(intern!(py, "copy"), ("C",))?));
        }
        Ok(Self::Nothing)
    }
}

/// Tells whether a class of numpy's is one of its scalars, but for texts: an empty one as an array is one of a null.
pub(super) fn is_scalar(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let name = class.name()?;
    if is_made(class) || name == "str_" || name == "bytes_" {
        return Ok(false);
    }
    for base in class.mro().iter() {
        if base.cast::<PyType>()?.name()? == "generic" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns numpy's own array type, if `class` is below it.
fn ndarray<'py>(class: &Bound<'py, PyType>) -> PyResult<Option<Bound<'py, PyType>>> {
    for base in class.mro().iter() {
        let base = base.cast_into::<PyType>()?;
        if is_numpys_own(&base)? {
            return Ok(Some(base));
        }
    }
    Ok(None)
}

fn flat<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    array.call_method1(intern!(array.py(), "reshape"), (-1,))
}
