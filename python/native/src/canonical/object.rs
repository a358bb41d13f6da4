//! Every other value: by what it says of itself, else by the state that copying and pickling it would use.
//!
//! Refused: what would be consumed by looking at it, what stands for something outside (an open file, a lock, a
//! thread), and what has nothing but an address.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyCFunction, PyDict, PyFrozenSet, PyFunction, PyIterator, PyMemoryView, PyModule, PySet, PyString, PyTuple, PyType,
};

use super::function::is_bare;
use super::{At, Encoder, Entries, Keyed, Refusal, Reprs, Tag};

impl<'py> Encoder<'py> {
    /// Writes a value that is not of a builtin type.
    pub(super) fn object(&mut self, value: &Bound<'py, PyAny>) -> Keyed<()> {
        if let Ok(function) = value.cast_exact::<PyFunction>() {
            return self.function(function);
        }
        if let Ok(function) = value.cast_exact::<PyCFunction>() {
            return self.builtin(function);
        }
        if let Ok(module) = value.cast_exact::<PyModule>() {
            return self.module(module);
        }
        let class = value.get_type();
        if let Some(key) = class.getattr_opt(intern!(self.py, "__jobstamp_key__"))? {
            return self.inside(value, Tag::Keyed, |encoder| {
                encoder.class(&class)?;
                encoder
                    .value(&key.call1((value,))?)
                    .at(|| ".__jobstamp_key__()".to_owned())
            });
        }
        let module = class.getattr(intern!(self.py, "__module__"))?;
        let module: String = module.extract().unwrap_or_default();
        match (module.as_str(), class.name()?.to_string().as_str()) {
            ("collections", "OrderedDict") => self.ordered_dict(value),
            ("collections", "defaultdict") => self.default_dict(value),
            ("builtins", "method") => self.method(value),
            ("builtins", "mappingproxy") => self.view(value, &class, py_dict(value)?.as_any()),
            ("builtins", "dict_keys" | "dict_values" | "dict_items") => {
                let items = self.py.get_type::<pyo3::types::PyList>().call1((value,))?;
                self.view(value, &class, &items)
            }
            ("numpy", "ndarray") => self.array(value),
            _ => self.instance(value, &class),
        }
    }

    fn ordered_dict(&mut self, dict: &Bound<'py, PyAny>) -> Keyed<()> {
        self.inside(dict, Tag::OrderedDict, |encoder| {
            for item in dict.call_method0(intern!(encoder.py, "items"))?.try_iter()? {
                encoder.entry(&item?, Entries::Items)?;
            }
            Ok(())
        })
    }

    fn default_dict(&mut self, dict: &Bound<'py, PyAny>) -> Keyed<()> {
        self.inside(dict, Tag::DefaultDict, |encoder| {
            let factory = dict.getattr(intern!(encoder.py, "default_factory"))?;
            encoder.value(&factory).at(|| ".default_factory".to_owned())?;
            encoder.dict_items(dict.cast::<PyDict>()?, Entries::Items)
        })
    }

    fn view(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>, shown: &Bound<'py, PyAny>) -> Keyed<()> {
        self.inside(value, Tag::View, |encoder| {
            encoder.class(class)?;
            encoder.value(shown)
        })
    }

    /// Writes an object that goes by its own name: nothing else of it counts.
    pub(crate) fn named(&mut self, value: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> Keyed<()> {
        self.inside(value, Tag::Named, |encoder| {
            encoder.class(&value.get_type())?;
            encoder.value(name)
        })
    }

    fn instance(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Keyed<()> {
        let py = self.py;
        if value.cast::<PyIterator>().is_ok() {
            return Err(Refusal::because(format!(
                "looking at a `{}` would consume it",
                class.name()?
            )));
        }
        if is_bare(value) {
            return Err(Refusal::because("an `object()` has nothing but an address"));
        }
        // Of an argument that is no Mock object, the state counts too: a wrong hit is worse than a miss.
        if let Some(name) = own_name(value)?
            && is_mock(class)?
        {
            return self.named(value, &name);
        }
        if is_enum_member(value)? {
            return self.inside(value, Tag::Enum, |encoder| {
                encoder.class(class)?;
                encoder.value(&value.getattr(intern!(py, "_name_"))?)?;
                encoder
                    .value(&value.getattr(intern!(py, "_value_"))?)
                    .at(|| ".value".to_owned())
            });
        }
        let start = self.wire.len();
        let refusal = match self.reduced(value, class) {
            Err(refusal) if refusal.is_about_the_value(py) => refusal,
            written => return written,
        };
        self.wire.truncate(start);
        if let Ok(view) = PyMemoryView::from(value) {
            return self.buffer(value, &view);
        }
        match self.reprs {
            Reprs::Trusted => match own_repr(value, class)? {
                Some(text) => self.inside(value, Tag::Repr, |encoder| {
                    encoder.class(class)?;
                    encoder.value(text.as_any())
                }),
                None => Err(refusal),
            },
            Reprs::Refused => Err(refusal),
        }
    }

    /// Writes an object by its reduce state: how to make one, with what, and what to put into it.
    fn reduced(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Keyed<()> {
        let py = self.py;
        let reduced = {
            let registered = py
                .import(intern!(py, "copyreg"))?
                .getattr(intern!(py, "dispatch_table"))?;
            match registered.cast::<PyDict>()?.get_item(class)? {
                Some(reduce) => reduce.call1((value,))?,
                None => value.call_method1(intern!(py, "__reduce_ex__"), (4,))?,
            }
        };
        if let Ok(name) = reduced.cast::<PyString>() {
            return self.inside(value, Tag::Global, |encoder| {
                encoder.class(class)?;
                encoder.module_name(&value.getattr(intern!(py, "__module__"))?)?;
                encoder.value(name.as_any())?;
                // A wrapper (functools.lru_cache) goes by the name of what it wraps.
                match value.getattr_opt(intern!(py, "__wrapped__"))? {
                    Some(wrapped) => encoder.value(&wrapped).at(|| ".__wrapped__".to_owned()),
                    None => Ok(()),
                }
            });
        }
        let parts = reduced.cast_into::<PyTuple>().map_err(PyErr::from)?;
        self.inside(value, Tag::Reduced, |encoder| {
            encoder.class(class)?;
            let make = parts.get_item(0)?;
            match make.cast_exact::<PyFunction>() {
                Ok(function) => encoder.function_by_name(function)?,
                Err(_) => encoder.value(&make)?,
            }
            if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
                // The list of its items that it reduces to is in the order of this process's hash seed.
                encoder.group(Tag::Set, |encoder| encoder.unordered(value))?;
            } else {
                encoder.value(&parts.get_item(1)?)?;
            }
            for (index, part) in parts.iter().enumerate().skip(2) {
                encoder.part(value, index, &part)?;
            }
            Ok(())
        })
    }

    fn part(&mut self, value: &Bound<'py, PyAny>, index: usize, part: &Bound<'py, PyAny>) -> Keyed<()> {
        if part.is_none() {
            return self.atom(Tag::None, &[]);
        }
        match index {
            2 => self.state(part),
            3 => self.group(Tag::List, |encoder| {
                for (index, item) in part.try_iter()?.enumerate() {
                    encoder.value(&item?).at(|| format!("[{index}]"))?;
                }
                Ok(())
            }),
            4 => {
                let ordered = is_ordered_dict(value)?;
                let mut entries = part.try_iter()?;
                if ordered {
                    self.group(Tag::OrderedDict, |encoder| {
                        entries.try_for_each(|item| encoder.entry(&item?, Entries::Items))
                    })
                } else {
                    self.group(Tag::Dict, |encoder| {
                        encoder.sorted(entries, |encoder, item| encoder.entry(&item?, Entries::Items))
                    })
                }
            }
            _ => self.value(part),
        }
    }

    /// Writes an object's state; its names are attributes in the path to a refused value.
    fn state(&mut self, state: &Bound<'py, PyAny>) -> Keyed<()> {
        if let Ok(attributes) = state.cast_exact::<PyDict>() {
            return self.dict(attributes, Entries::Attributes);
        }
        match state.cast_exact::<PyTuple>() {
            // Instance dict and slots.
            Ok(both)
                if both.len() == 2
                    && both
                        .iter()
                        .all(|part| part.is_none() || part.is_instance_of::<PyDict>()) =>
            {
                self.inside(state, Tag::Tuple, |encoder| {
                    for part in both.iter() {
                        encoder.state(&part)?;
                    }
                    Ok(())
                })
            }
            _ => self.value(state),
        }
    }
}

fn py_dict<'py>(mapping: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    mapping.py().get_type::<PyDict>().call1((mapping,))
}

/// Returns the `__name__` in the instance's own dict, as Mock objects have it; what wraps a function does not count.
pub(crate) fn own_name<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = value.py();
    let Some(attributes) = value.getattr_opt(intern!(py, "__dict__"))? else {
        return Ok(None);
    };
    let Ok(attributes) = attributes.cast_exact::<PyDict>() else {
        return Ok(None);
    };
    if attributes.contains(intern!(py, "__wrapped__"))? {
        return Ok(None);
    }
    Ok(attributes
        .get_item(intern!(py, "__name__"))?
        .filter(PyAnyMethods::is_instance_of::<PyString>))
}

/// Tells whether objects of a class are Mock objects, of unittest or of the package that it came from.
fn is_mock(class: &Bound<'_, PyType>) -> PyResult<bool> {
    class.mro().iter().try_fold(false, |found, class| {
        Ok(found || class.getattr(intern!(class.py(), "__name__"))?.eq("NonCallableMock")?)
    })
}

fn is_enum_member(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    is_instance_of(value, "enum", "Enum")
}

fn is_ordered_dict(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    is_instance_of(value, "collections", "OrderedDict")
}

/// Tells whether a value is of a class in a module that need not be imported: if it is not, nothing is of that class.
fn is_instance_of(value: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    let py = value.py();
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    match modules.cast::<PyDict>()?.get_item(module)? {
        Some(module) => match module.getattr_opt(class)? {
            Some(class) => value.is_instance(&class),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

/// Returns what the class's own `__repr__` says, unless that tells nothing lasting.
fn own_repr<'py>(value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Option<Bound<'py, PyString>>> {
    let py = value.py();
    let body = class.getattr(intern!(py, "__dict__"))?;
    let Ok(repr) = body.get_item(intern!(py, "__repr__")) else {
        return Ok(None);
    };
    // An open file or socket is not what it prints.
    if !repr.is_instance_of::<PyFunction>() || value.hasattr(intern!(py, "fileno"))? || is_from_python(class)? {
        return Ok(None);
    }
    let text = match value.repr() {
        Ok(text) => text,
        // It tells nothing; why the state could not be had is worth more.
        Err(error) if error.is_instance_of::<PyException>(py) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(if shows_an_address(&text.to_string_lossy()) {
        None
    } else {
        Some(text)
    })
}

/// Tells whether a class is from Python's own library: its objects print themselves for people (a thread, a socket).
fn is_from_python(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let home = |module: &Bound<'_, PyAny>| -> PyResult<Option<std::path::PathBuf>> {
        let file = module
            .getattr_opt(intern!(py, "__file__"))?
            .filter(|file| !file.is_none());
        file.map(|file| file.extract::<std::path::PathBuf>()).transpose()
    };
    let library = home(py.import(intern!(py, "os"))?.as_any())?;
    let module = modules
        .cast::<PyDict>()?
        .get_item(class.getattr(intern!(py, "__module__"))?)?;
    let Some(module) = module else { return Ok(false) };
    Ok(
        match (library.as_deref().and_then(std::path::Path::parent), home(&module)?) {
            (Some(library), Some(file)) => {
                file.starts_with(library) && !file.starts_with(library.join("site-packages"))
            }
            (_, None) => false,
            (None, Some(_)) => true,
        },
    )
}

fn shows_an_address(text: &str) -> bool {
    text.match_indices("0x")
        .any(|(start, _)| text[start + 2..].chars().take_while(char::is_ascii_hexdigit).count() >= 6)
}
