//! Turns Python values into bytes: equal values into equal bytes, different values into different ones.
//!
//! The bytes depend on exact types and on what a value holds, never on addresses, hash seeds, the order in which a set
//! or dict was filled, or whether two parts of a value happen to be one object. docs/canonical-arguments.md is the
//! specification, with the test vectors that the tests read.
//!
//! Not seen: what an object keeps out of its own reduce state. The code of functions and classes is no part of the bytes where
//! their names lead to them: who encodes is told which were met, and depends on their code.

mod arguments;
mod array;
mod attributes;
mod class;
mod function;
mod library;
mod name;
mod object;
mod refusal;
mod repr;
mod text;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyComplex, PyDict, PyEllipsis, PyFloat, PyFrozenSet, PyInt, PyList, PyNone,
    PyNotImplemented, PySet, PyString, PyTuple, PyType,
};

pub(crate) use arguments::{Argument, arguments};
pub(crate) use class::{BOOKKEEPING, is_made};
pub(crate) use function::{constant, is_bare};
pub(crate) use name::{is_found_by_name, is_local, modules, real_module};
pub(crate) use object::name_of_mock;
pub(crate) use refusal::{At, Keyed, Refusal};
use text::Short;
pub(crate) use wire::{Tag, Wire};

/// Values nested deeper than this are refused, before the stack of a small thread (256 KiB) is used up.
const DEEPEST: usize = 100;

/// What to do with an object whose state cannot be had.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reprs {
    /// Refuse it.
    Refused,
    /// Take what its own class's `__repr__` says, unless that is an address: programs written for 0.0.20 rely on it.
    Trusted,
}

/// Writes the canonical encoding of values.
pub(crate) struct Encoder<'py> {
    py: Python<'py>,
    wire: Wire,
    reprs: Reprs,
    /// The values that are being encoded, outermost first: where a value contains itself.
    enclosing: Vec<Bound<'py, PyAny>>,
    /// The outermost place in `enclosing` that was pointed back to from inside the current value.
    reached: usize,
    /// Long items by the value's address; holding the value keeps the address from being used again.
    seen: BTreeMap<usize, (Bound<'py, PyAny>, wire::Long)>,
    /// Classes that their names lead to, as they are written.
    named_classes: BTreeMap<usize, (Bound<'py, PyType>, Vec<u8>)>,
    /// Digests of classes that their names do not lead to, like `seen`.
    classes: BTreeMap<usize, (Bound<'py, PyType>, [u8; 32])>,
    /// The functions and classes that were met: their code is a dependency.
    met: Vec<Bound<'py, PyAny>>,
    met_before: BTreeSet<usize>,
}

/// What the keys of a dict are called in the path to a refused value.
#[derive(Clone, Copy)]
enum Entries {
    Items,
    Attributes,
}

impl<'py> Encoder<'py> {
    /// Starts with nothing written.
    pub(crate) fn new(py: Python<'py>, reprs: Reprs) -> Self {
        Self {
            py,
            wire: Wire::with_room(),
            reprs,
            enclosing: Vec::new(),
            reached: usize::MAX,
            seen: BTreeMap::new(),
            named_classes: BTreeMap::new(),
            classes: BTreeMap::new(),
            met: Vec::new(),
            met_before: BTreeSet::new(),
        }
    }

    /// Returns what was written, and the functions and classes that were met.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<Bound<'py, PyAny>>) {
        (self.wire.into_bytes(), self.met)
    }

    /// Notes a function or class whose code is a dependency.
    fn meet(&mut self, object: &Bound<'py, PyAny>) {
        if self.met_before.insert(object.as_ptr() as usize) {
            self.met.push(object.clone());
        }
    }

    /// Writes one value.
    pub(crate) fn value(&mut self, value: &Bound<'py, PyAny>) -> Keyed<()> {
        if let Ok(text) = value.cast_exact::<PyString>() {
            self.text(text)
        } else if let Ok(number) = value.cast_exact::<PyInt>() {
            self.integer(number)
        } else if value.is_exact_instance_of::<PyNone>() {
            self.atom(Tag::None, &[])
        } else if value.is_exact_instance_of::<PyBool>() {
            self.atom(if value.is_truthy()? { Tag::True } else { Tag::False }, &[])
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            // By its bits: 0.0 and -0.0 differ, and so do NaNs whose bits differ; a NaN equals itself.
            self.atom(Tag::Float, &number.value().to_bits().to_le_bytes())
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            self.inside(value, Tag::Tuple, |encoder| encoder.tuple_items(tuple))
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            self.inside(value, Tag::List, |encoder| encoder.list_items(list))
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            self.dict(dict, Entries::Items)
        } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
            self.atom(Tag::Bytes, bytes.as_bytes())
        } else if let Ok(bytes) = value.cast_exact::<PyByteArray>() {
            // SAFETY: no Python code runs and no other thread has a turn while they are read.
            self.atom(Tag::ByteArray, unsafe { bytes.as_bytes() })
        } else if value.is_exact_instance_of::<PySet>() {
            self.inside(value, Tag::Set, |encoder| encoder.unordered(value))
        } else if value.is_exact_instance_of::<PyFrozenSet>() {
            self.inside(value, Tag::FrozenSet, |encoder| encoder.unordered(value))
        } else if let Ok(number) = value.cast_exact::<PyComplex>() {
            let mut bits = [0; 16];
            bits[..8].copy_from_slice(&number.real().to_bits().to_le_bytes());
            bits[8..].copy_from_slice(&number.imag().to_bits().to_le_bytes());
            self.atom(Tag::Complex, &bits)
        } else if value.is_exact_instance_of::<PyEllipsis>() {
            self.atom(Tag::Ellipsis, &[])
        } else if value.is_exact_instance_of::<PyNotImplemented>() {
            self.atom(Tag::NotImplemented, &[])
        } else if let Ok(class) = value.cast::<PyType>() {
            self.class(class)
        } else {
            self.object(value)
        }
    }

    /// Writes an item whose payload is what `write` writes.
    pub(crate) fn group(&mut self, tag: Tag, write: impl FnOnce(&mut Self) -> Keyed<()>) -> Keyed<()> {
        let open = self.wire.open(tag);
        write(self)?;
        self.wire.close(open);
        Ok(())
    }

    /// Writes a str of ours.
    pub(crate) fn word(&mut self, text: &str) {
        self.wire.item(Tag::Str, text.as_bytes());
    }

    /// Writes items that were written before.
    pub(crate) fn raw(&mut self, items: &[u8]) {
        self.wire.raw(items);
    }

    /// Writes an item without parts.
    #[expect(clippy::unnecessary_wraps, reason = "so that every arm of `value` reads the same")]
    pub(crate) fn atom(&mut self, tag: Tag, payload: &[u8]) -> Keyed<()> {
        self.wire.item(tag, payload);
        Ok(())
    }

    /// Writes a value that has parts, unless it is one of those that we are inside of.
    fn inside(&mut self, value: &Bound<'py, PyAny>, tag: Tag, write: impl FnOnce(&mut Self) -> Keyed<()>) -> Keyed<()> {
        let address = value.as_ptr() as usize;
        if let Some((_, item)) = self.seen.get(&address) {
            self.wire.long(*item);
            return Ok(());
        }
        let depth = self.enclosing.len();
        if let Some(place) = self.enclosing.iter().rposition(|enclosing| enclosing.is(value)) {
            // Relative, so that a value that contains itself is written the same wherever it stands.
            let levels = u32::try_from(depth - place).expect("the depth is bounded");
            self.reached = self.reached.min(place);
            return self.atom(Tag::Enclosing, &levels.to_le_bytes());
        }
        if depth == DEEPEST {
            return Err(Refusal::because(format!(
                "it is nested more than {DEEPEST} levels deep"
            )));
        }
        self.enclosing.push(value.clone());
        let reached = std::mem::replace(&mut self.reached, usize::MAX);
        let open = self.wire.open(tag);
        let written = write(self);
        let closed = self.is_closed();
        self.enclosing.pop();
        if let Err(refusal) = written {
            // As if it had not been looked at.
            self.reached = reached;
            return Err(refusal);
        }
        let item = self.wire.close(open);
        if closed {
            // Nothing in it points out of it, so it is the same item wherever else it occurs. Without this, a list that
            // holds one list twice, which holds one list twice, and so on, would take exponential time.
            if let Some(item) = item {
                self.seen.insert(address, (value.clone(), item));
            }
            self.reached = reached;
        } else {
            self.reached = reached.min(self.reached);
        }
        Ok(())
    }

    /// Tells whether nothing in the value that is being encoded points to one around it.
    fn is_closed(&self) -> bool {
        self.reached >= self.enclosing.len() - 1
    }

    /// Writes apart from what is around it, and returns that.
    fn apart(&mut self, write: impl FnOnce(&mut Self) -> Keyed<()>) -> Keyed<Vec<u8>> {
        let outside = std::mem::take(&mut self.wire);
        let written = write(self);
        let bytes = std::mem::replace(&mut self.wire, outside).into_bytes();
        written.map(|()| bytes)
    }

    fn text(&mut self, text: &Bound<'py, PyString>) -> Keyed<()> {
        if let Some(short) = Short::of(text) {
            self.wire.item(Tag::Str, short.as_bytes());
        } else if let Ok(utf8) = text.to_cow() {
            self.wire.item(Tag::Str, utf8.as_bytes());
        } else {
            // A lone surrogate, as in a file name that is not UTF-8.
            let bytes = text.call_method1(intern!(self.py, "encode"), ("utf-8", "surrogatepass"))?;
            self.wire.item(Tag::Str, bytes.cast::<PyBytes>()?.as_bytes());
        }
        Ok(())
    }

    fn integer(&mut self, number: &Bound<'py, PyInt>) -> Keyed<()> {
        if let Ok(small) = number.extract::<i64>() {
            let bytes = small.to_le_bytes();
            return self.atom(Tag::Int, &bytes[..shortest(small)]);
        }
        let bits: usize = number.call_method0(intern!(self.py, "bit_length"))?.extract()?;
        let signed = PyDict::new(self.py);
        signed.set_item(intern!(self.py, "signed"), true)?;
        let bytes = number.call_method(intern!(self.py, "to_bytes"), (bits / 8 + 1, "little"), Some(&signed))?;
        self.atom(Tag::Int, bytes.cast::<PyBytes>()?.as_bytes())
    }

    fn tuple_items(&mut self, tuple: &Bound<'py, PyTuple>) -> Keyed<()> {
        for (index, item) in tuple.iter().enumerate() {
            self.value(&item).at(|| format!("[{index}]"))?;
        }
        Ok(())
    }

    fn list_items(&mut self, list: &Bound<'py, PyList>) -> Keyed<()> {
        // Not an iterator: the code of an item may change the list meanwhile.
        let mut index = 0;
        while index < list.len() {
            self.value(&list.get_item(index)?).at(|| format!("[{index}]"))?;
            index += 1;
        }
        Ok(())
    }

    fn dict(&mut self, dict: &Bound<'py, PyDict>, called: Entries) -> Keyed<()> {
        self.inside(dict.as_any(), Tag::Dict, |encoder| encoder.dict_items(dict, called))
    }

    fn dict_items(&mut self, dict: &Bound<'py, PyDict>, called: Entries) -> Keyed<()> {
        self.sorted(dict.items().iter(), |encoder, item| encoder.entry(&item, called))
    }

    /// Writes pieces in the order of their encodings: their own order says nothing.
    pub(crate) fn sorted<T>(
        &mut self,
        pieces: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Keyed<()>,
    ) -> Keyed<()> {
        let mut starts = Vec::with_capacity(pieces.size_hint().0);
        for piece in pieces {
            starts.push(self.wire.len());
            write(self, piece)?;
        }
        self.wire.sort(&starts);
        Ok(())
    }

    fn entry(&mut self, item: &Bound<'py, PyAny>, called: Entries) -> Keyed<()> {
        let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
        self.value(&key).at(|| format!(" key {}", shown(&key)))?;
        self.value(&value).at(|| match called {
            Entries::Items => format!("[{}]", shown(&key)),
            Entries::Attributes => format!(".{key}"),
        })
    }

    /// Writes the items of a set in the order of their encodings.
    fn unordered(&mut self, items: &Bound<'py, PyAny>) -> Keyed<()> {
        self.sorted(items.try_iter()?, |encoder, item| {
            let item = item?;
            encoder.value(&item).at(|| format!("{{{}}}", shown(&item)))
        })
    }
}

/// Returns how many bytes of its little-endian two's complement a number needs.
fn shortest(number: i64) -> usize {
    let magnitude = if number < 0 { !number } else { number };
    (64 - magnitude.leading_zeros() as usize) / 8 + 1
}

/// Returns a short text for a value in a path; a `repr` that fails must not hide what was found.
fn shown(value: &Bound<'_, PyAny>) -> String {
    match value.repr() {
        Ok(text) => text.to_string_lossy().chars().take(40).collect(),
        Err(_) => value
            .get_type()
            .name()
            .map_or_else(|_| "?".to_owned(), |name| name.to_string()),
    }
}
