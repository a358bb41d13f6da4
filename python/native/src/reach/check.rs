//! Whether what was reached is still what it was: pointers compared with pointers, without running any Python code.
//!
//! Each check holds what it compares with, so no address is used again meanwhile. A check that fails says little: what it
//! was made for is then looked at again, and may well come out the same.

use std::collections::HashSet;
use std::path::PathBuf;

use jobstamps::disk::{Look, look};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString, PyType};

use super::fields::{Fields, Words};
use super::names;

/// One thing that must be as it was.
enum Check {
    /// A dict has this under a name, or nothing.
    Entry {
        dict: Py<PyAny>,
        name: Py<PyAny>,
        held: Option<Py<PyAny>>,
    },
    /// A function has its code and defaults.
    Function {
        function: Py<PyAny>,
        words: Words,
    },
    /// As `Function`, where Python has to be asked.
    AskedFunction {
        function: Py<PyAny>,
        held: [Py<PyAny>; 3],
    },
    Cell {
        cell: Py<PyAny>,
        word: usize,
    },
    /// As `Cell`, where Python has to be asked.
    AskedCell {
        cell: Py<PyAny>,
        held: Option<Py<PyAny>>,
    },
    List {
        list: Py<PyAny>,
        items: Box<[Py<PyAny>]>,
    },
    /// A dict, or an instance of a subclass, has these keys and values in this order.
    Dict {
        dict: Py<PyAny>,
        entries: Box<[(Py<PyAny>, Py<PyAny>)]>,
    },
    /// A set or deque gives these items in this order.
    Items {
        holder: Py<PyAny>,
        items: Box<[Py<PyAny>]>,
    },
    /// As `Items`, for what a class gives that a subclass of it may hide.
    ItemsAs {
        holder: Py<PyAny>,
        class: Py<PyAny>,
        items: Box<[Py<PyAny>]>,
    },
    /// An object is of this class.
    Class {
        object: Py<PyAny>,
        class: Py<PyAny>,
    },
    /// An object has this in a slot.
    Slot {
        object: Py<PyAny>,
        name: Py<PyString>,
        held: Option<Py<PyAny>>,
    },
    /// An array holds these bytes.
    Buffer {
        array: Py<PyAny>,
        bytes: Py<PyBytes>,
    },
    /// A class has these bases.
    Bases {
        class: Py<PyAny>,
        held: Py<PyAny>,
    },
    /// A file that is not yet imported looks as it did.
    File {
        path: PathBuf,
        seen: Option<Look>,
    },
}

/// All that must be as it was.
#[derive(Default)]
pub(super) struct Checks {
    all: Vec<Check>,
    /// What the words of fields point to.
    kept: Vec<Py<PyAny>>,
    known: HashSet<(usize, usize)>,
}

impl Checks {
    fn is_new(&mut self, object: &Bound<'_, PyAny>, name: usize) -> bool {
        self.known.insert((object.as_ptr() as usize, name))
    }

    /// Ends the making of checks.
    pub(super) fn close(&mut self) {
        self.known = HashSet::new();
        self.all.shrink_to_fit();
    }

    /// Looks a name up in a dict, and remembers what was found.
    pub(super) fn entry<'py>(&mut self, dict: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = dict.py();
        let name = PyString::intern(py, name);
        let held = dict.get_item(&name)?;
        if self.is_new(dict.as_any(), name.as_ptr() as usize) {
            self.all.push(Check::Entry {
                dict: dict.clone().into_any().unbind(),
                name: name.into_any().unbind(),
                held: held.clone().map(Bound::unbind),
            });
        }
        Ok(held)
    }

    /// Remembers a function's code and defaults.
    pub(super) fn function(&mut self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        if !self.is_new(function, 0) {
            return Ok(());
        }
        let py = function.py();
        let held = [
            intern!(py, "__code__"),
            intern!(py, "__defaults__"),
            intern!(py, "__kwdefaults__"),
        ]
        .map(|name| function.getattr(name));
        let [code, defaults, by_name] = held;
        let held = [code?.unbind(), defaults?.unbind(), by_name?.unbind()];
        let function = function.clone().unbind();
        match Fields::of(py) {
            Some(fields) => {
                let words = fields.function(&function);
                self.kept.extend(held);
                self.all.push(Check::Function { function, words });
            }
            None => self.all.push(Check::AskedFunction { function, held }),
        }
        Ok(())
    }

    /// Remembers what is in a cell; None for an empty one.
    pub(super) fn cell<'py>(&mut self, cell: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        let py = cell.py();
        let held = cell.getattr(intern!(py, "cell_contents")).ok();
        if self.is_new(cell, 0) {
            let (cell, kept) = (cell.clone().unbind(), held.clone().map(Bound::unbind));
            match Fields::of(py) {
                Some(fields) => {
                    let word = fields.cell(&cell);
                    self.kept.extend(kept);
                    self.all.push(Check::Cell { cell, word });
                }
                None => self.all.push(Check::AskedCell { cell, held: kept }),
            }
        }
        held
    }

    /// Remembers the items of a list.
    pub(super) fn list(&mut self, list: &Bound<'_, PyAny>, items: &[Bound<'_, PyAny>]) {
        if self.is_new(list, 0) {
            self.all.push(Check::List {
                list: list.clone().unbind(),
                items: unbound(items),
            });
        }
    }

    /// Remembers the items of a set or deque.
    pub(super) fn items(&mut self, holder: &Bound<'_, PyAny>, items: &[Bound<'_, PyAny>]) {
        if self.is_new(holder, 1) {
            self.all.push(Check::Items {
                holder: holder.clone().unbind(),
                items: unbound(items),
            });
        }
    }

    /// Remembers the items of a set, deque or ordered dict as the class `class` gives them.
    pub(super) fn items_as(&mut self, holder: &Bound<'_, PyAny>, class: &Bound<'_, PyAny>, items: &[Bound<'_, PyAny>]) {
        if self.is_new(holder, 1) {
            self.all.push(Check::ItemsAs {
                holder: holder.clone().unbind(),
                class: class.clone().unbind(),
                items: unbound(items),
            });
        }
    }

    /// Remembers the class of an object.
    pub(super) fn class_of(&mut self, object: &Bound<'_, PyAny>) {
        if self.is_new(object, 2) {
            self.all.push(Check::Class {
                object: object.clone().unbind(),
                class: object.get_type().into_any().unbind(),
            });
        }
    }

    /// Remembers the entries of a dict.
    pub(super) fn dict(&mut self, dict: &Bound<'_, PyAny>, entries: &[(Bound<'_, PyAny>, Bound<'_, PyAny>)]) {
        if self.is_new(dict, 0) {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone().unbind(), value.clone().unbind()))
                .collect();
            self.all.push(Check::Dict {
                dict: dict.clone().unbind(),
                entries,
            });
        }
    }

    /// Looks at an object's slot, whose class runs no code for that, and remembers what was found.
    pub(super) fn slot<'py>(&mut self, object: &Bound<'py, PyAny>, name: &str) -> Option<Bound<'py, PyAny>> {
        let name = PyString::intern(object.py(), name);
        let held = names::of_object(object, &name);
        if self.is_new(object, name.as_ptr() as usize) {
            self.all.push(Check::Slot {
                object: object.clone().unbind(),
                name: name.unbind(),
                held: held.clone().map(Bound::unbind),
            });
        }
        held
    }

    /// Remembers what a small array of Python's own or numpy's holds; tells whether it is small.
    pub(super) fn buffer(&mut self, array: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(bytes) = bytes_of(array)? else {
            return Ok(false);
        };
        if self.is_new(array, 0) {
            self.all.push(Check::Buffer {
                array: array.clone().unbind(),
                bytes: bytes.unbind(),
            });
        }
        Ok(true)
    }

    /// Remembers the bases of a class.
    pub(super) fn bases(&mut self, class: &Bound<'_, PyType>, held: &Bound<'_, PyAny>) {
        self.all.push(Check::Bases {
            class: class.clone().into_any().unbind(),
            held: held.clone().unbind(),
        });
    }

    /// Remembers how a file looks.
    pub(super) fn file(&mut self, path: PathBuf) {
        let seen = look(&path).ok().flatten();
        self.all.push(Check::File { path, seen });
    }

    /// Tells whether all is as it was.
    pub(super) fn hold(&self, py: Python<'_>) -> bool {
        let fields = Fields::of(py);
        self.all.iter().all(|check| check.holds(py, fields))
    }

    /// Returns how many things are compared.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}

impl Check {
    fn holds(&self, py: Python<'_>, fields: Option<Fields>) -> bool {
        match self {
            Self::Entry { dict, name, held } => {
                // SAFETY: a dict and a str, both alive; what is found is only compared.
                let found = unsafe { ffi::PyDict_GetItemWithError(dict.as_ptr(), name.as_ptr()) };
                found == pointer(held.as_ref())
            }
            Self::Function { function, words } => fields.is_some_and(|fields| fields.function(function) == *words),
            Self::Cell { cell, word } => fields.is_some_and(|fields| fields.cell(cell) == *word),
            Self::List { list, items } => {
                // SAFETY: a list that is alive; the place lies within its size.
                let size = unsafe { ffi::PyList_Size(list.as_ptr()) };
                usize::try_from(size) == Ok(items.len())
                    && (0..size)
                        .zip(items)
                        .all(|(place, item)| unsafe { ffi::PyList_GetItem(list.as_ptr(), place) } == item.as_ptr())
            }
            Self::Dict { dict, entries } => dict_has(dict, entries),
            Self::Items { holder, items } => gives(holder.bind(py), items),
            Self::ItemsAs { holder, class, items } => class
                .bind(py)
                .call_method1(intern!(py, "__iter__"), (holder,))
                .is_ok_and(|given| gives(&given, items)),
            Self::Class { object, class } => object.bind(py).get_type_ptr().cast() == class.as_ptr(),
            Self::AskedFunction { function, held } => {
                let names = [
                    intern!(py, "__code__"),
                    intern!(py, "__defaults__"),
                    intern!(py, "__kwdefaults__"),
                ];
                names
                    .into_iter()
                    .zip(held)
                    .all(|(name, held)| function.bind(py).getattr(name).is_ok_and(|now| now.is(held)))
            }
            Self::AskedCell { cell, held } => {
                let now = cell.bind(py).getattr(intern!(py, "cell_contents")).ok();
                now.as_ref().map(Bound::as_ptr) == held.as_ref().map(Py::as_ptr)
            }
            Self::Slot { object, name, held } => {
                let now = names::of_object(object.bind(py), name.bind(py));
                now.as_ref().map(Bound::as_ptr) == held.as_ref().map(Py::as_ptr)
            }
            Self::Buffer { array, bytes } => {
                let now = bytes_of(array.bind(py)).ok().flatten();
                now.is_some_and(|now| now.as_bytes() == bytes.as_bytes(py))
            }
            Self::Bases { class, held } => {
                // SAFETY: a class that was made when the program ran, and is alive.
                let now = unsafe { ffi::PyType_GetSlot(class.as_ptr().cast(), ffi::Py_tp_bases) };
                now.cast() == held.as_ptr()
            }
            Self::File { path, seen } => look(path).ok().flatten() == *seen,
        }
    }
}

fn pointer(object: Option<&Py<PyAny>>) -> *mut ffi::PyObject {
    object.map_or(std::ptr::null_mut(), Py::as_ptr)
}

fn unbound(items: &[Bound<'_, PyAny>]) -> Box<[Py<PyAny>]> {
    items.iter().map(|item| item.clone().unbind()).collect()
}

fn dict_has(dict: &Py<PyAny>, entries: &[(Py<PyAny>, Py<PyAny>)]) -> bool {
    let (mut place, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: a dict that is alive; its keys and values are only compared, and nothing runs in between.
    let mut next = || {
        unsafe { ffi::PyDict_Next(dict.as_ptr(), &raw mut place, &raw mut key, &raw mut value) != 0 }
            .then_some((key, value))
    };
    entries
        .iter()
        .all(|(key, value)| next() == Some((key.as_ptr(), value.as_ptr())))
        && next().is_none()
}

/// Tells whether a set or deque gives these items.
fn gives(holder: &Bound<'_, PyAny>, items: &[Py<PyAny>]) -> bool {
    let Ok(mut given) = holder.try_iter() else { return false };
    items
        .iter()
        .all(|item| matches!(given.next(), Some(Ok(given)) if given.is(item)))
        && given.next().is_none()
}

/// Returns what an array holds, unless that is much. No Python code runs for arrays of Python's own and numpy's.
fn bytes_of<'py>(array: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    const MOST: usize = 64 << 10;
    let py = array.py();
    if let Ok(array) = array.cast_exact::<PyByteArray>() {
        return Ok((array.len() <= MOST).then(|| PyBytes::new(py, &array.to_vec())));
    }
    let size: usize = match array.getattr_opt(intern!(py, "nbytes"))? {
        Some(size) => size.extract()?,
        None => array.len()? * array.getattr(intern!(py, "itemsize"))?.extract::<usize>()?,
    };
    if size > MOST {
        return Ok(None);
    }
    Ok(Some(array.call_method0(intern!(py, "tobytes"))?.cast_into()?))
}
