//! Every other value: by what it says of itself, else by the state that copying and pickling it would use.
//!
//! Refused: what would be consumed by looking at it, what stands for something outside (an open file, a lock, a
//! thread), and what has nothing but an address.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyCFunction, PyDict, PyFrozenSet, PyFunction, PyIterator, PyList, PyMemoryView, PyModule, PySet, PyString, PyTuple,
    PyType,
};

use super::array::{Below, is_scalar};
use super::attributes::unsaid;
use super::class::is_made;
use super::function::is_bare;
use super::library::is_taken_apart;
use super::name::{is_found, modules};
use super::repr::own_repr;
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
        if says_its_key(&class)? {
            let key = class.getattr(intern!(self.py, "__jobstamp_key__"))?;
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
                let items = self.py.get_type::<PyList>().call1((value,))?;
                self.view(value, &class, &items)
            }
            ("numpy", "ndarray") => self.array(value),
            ("numpy", _) if is_scalar(&class)? => self.scalar(value, &class),
            (module, _) if is_taken_apart(module) => self.of_library(value, &class),
            // Keeps what was found when it was looked up first.
            ("typing" | "annotationlib", "ForwardRef") => self.inside(value, Tag::Keyed, |encoder| {
                encoder.class(&class)?;
                encoder.value(&value.getattr(intern!(encoder.py, "__forward_arg__"))?)
            }),
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

    /// Writes a Mock object that goes by its own name: what it went through does not count.
    pub(crate) fn named(&mut self, mock: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> Keyed<()> {
        let bases = mock.get_type().getattr(intern!(self.py, "__bases__"))?;
        // Each Mock object has a class of its own, made for it alone.
        let class = bases.get_item(bases.len()? - 1)?;
        self.inside(mock, Tag::Named, |encoder| {
            encoder.value(&class)?;
            encoder.value(name)
        })
    }

    pub(super) fn instance(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Keyed<()> {
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
        if is_enum_member(value)? {
            return self.inside(value, Tag::Enum, |encoder| {
                encoder.class(class)?;
                encoder.value(&value.getattr(intern!(py, "_name_"))?)?;
                encoder
                    .value(&value.getattr(intern!(py, "_value_"))?)
                    .at(|| ".value".to_owned())
            });
        }
        let in_order;
        let value = match Below::numpys(value, class)? {
            Below::Nothing => value,
            Below::Array(plain) => return self.array_by_another_name(value, class, &plain),
            Below::Reordered(copy) => {
                in_order = copy;
                &in_order
            }
        };
        let error = match self.state_of(value, class) {
            Ok(reduced) => return self.reduced(value, class, reduced),
            // What is said instead of a state must not hide one: a lock in it stays a refusal, with the way to it.
            Err(error) if error.is_instance_of::<PyException>(py) => error,
            Err(error) => return Err(error.into()),
        };
        if let Ok(view) = PyMemoryView::from(value) {
            return self.buffer(value, &view);
        }
        match self.reprs {
            Reprs::Trusted => match own_repr(value, class)? {
                Some(text) => self.inside(value, Tag::Repr, |encoder| {
                    encoder.class(class)?;
                    encoder.value(text.as_any())
                }),
                None => Err(error.into()),
            },
            Reprs::Refused => Err(error.into()),
        }
    }

    /// Asks an object for its reduce state: how to make one, with what, and what to put into it.
    fn state_of(&self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let copyreg = match modules(py).get_item(intern!(py, "copyreg"))? {
            Some(copyreg) => copyreg,
            None => py.import(intern!(py, "copyreg"))?.into_any(),
        };
        let registered = copyreg.getattr(intern!(py, "dispatch_table"))?;
        match registered.cast::<PyDict>()?.get_item(class)? {
            Some(reduce) => reduce.call1((value,)),
            None => value.call_method1(intern!(py, "__reduce_ex__"), (4,)),
        }
    }

    /// Writes an object by its reduce state.
    fn reduced(
        &mut self,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
        reduced: Bound<'py, PyAny>,
    ) -> Keyed<()> {
        let py = self.py;
        if let Ok(name) = reduced.cast::<PyString>() {
            return self.inside(value, Tag::Global, |encoder| {
                encoder.class(class)?;
                encoder.module_name(&value.getattr(intern!(py, "__module__"))?)?;
                encoder.value(name.as_any())?;
                // A wrapper (functools.lru_cache) goes by the name of what it wraps.
                match value.getattr_opt(intern!(py, "__wrapped__"))? {
                    Some(wrapped) => encoder.value(&wrapped).at(|| ".__wrapped__".to_owned()),
                    None if is_found(value, name)? => Ok(()),
                    None => Err(Refusal::because("it is not what its name leads to")),
                }
            });
        }
        let parts = reduced.cast_into::<PyTuple>().map_err(PyErr::from)?;
        self.inside(value, Tag::Reduced, |encoder| {
            encoder.class(class)?;
            let make = parts.get_item(0)?;
            match make.cast_exact::<PyFunction>() {
                Ok(function) => encoder.maker(function)?,
                Err(_) => encoder.value(&make)?,
            }
            let arguments = parts.get_item(1)?;
            match items_of_set(value, &arguments)? {
                // In the order of this process's hash seed.
                Some(items) => encoder.group(Tag::Set, |encoder| encoder.unordered(&items))?,
                None => encoder.value(&arguments)?,
            }
            for (index, part) in parts.iter().enumerate().skip(2) {
                encoder.part(value, index, &part)?;
            }
            match unsaid(value, class, &parts)? {
                Some(attributes) => encoder.state(attributes.as_any()),
                None => Ok(()),
            }
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

/// Returns the items of a set, if a list of them is all that it would be made of again.
fn items_of_set<'py>(value: &Bound<'py, PyAny>, arguments: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !value.is_instance_of::<PySet>() && !value.is_instance_of::<PyFrozenSet>() {
        return Ok(None);
    }
    let Ok((items,)) = arguments.extract::<(Bound<'py, PyAny>,)>() else {
        return Ok(None);
    };
    let Ok(listed) = items.cast_exact::<PyList>() else {
        return Ok(None);
    };
    if listed.len() != value.len()? {
        return Ok(None);
    }
    for (one, other) in value.try_iter()?.zip(listed.iter()) {
        if !one?.is(&other) {
            return Ok(None);
        }
    }
    Ok(Some(items))
}

/// Returns the name that was given to a Mock object, of unittest or of the package that it came from.
///
/// Its state is what it went through, and its class is made for it alone; programs that run one as a job, as the tests
/// of 0.0.20 do, mean the name.
pub(crate) fn name_of_mock<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = value.py();
    let mut is_mock = false;
    for class in value.get_type().mro().iter() {
        is_mock |= class.getattr(intern!(py, "__name__"))?.eq("NonCallableMock")?
            && class
                .getattr(intern!(py, "__module__"))?
                .extract::<String>()
                .is_ok_and(|module| matches!(module.as_str(), "unittest.mock" | "mock.mock" | "mock"));
    }
    if !is_mock {
        return Ok(None);
    }
    let attributes = value.getattr(intern!(py, "__dict__"))?;
    Ok(attributes
        .cast::<PyDict>()?
        .get_item(intern!(py, "__name__"))?
        .filter(PyAnyMethods::is_instance_of::<PyString>))
}

/// Tells whether a class, or one that it is made of, defines `__jobstamp_key__`.
fn says_its_key(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    // Not by asking the class: that makes an exception of each one that has none, which takes ten times as long.
    for base in class.mro().iter() {
        let base = base.cast_into::<PyType>()?;
        if is_made(&base)
            && base
                .getattr(intern!(py, "__dict__"))?
                .contains(intern!(py, "__jobstamp_key__"))?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_enum_member(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Enums have a metaclass.
    if value.get_type().get_type().is(value.py().get_type::<PyType>()) {
        return Ok(false);
    }
    is_instance_of(value, "enum", "Enum")
}

fn is_ordered_dict(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    is_instance_of(value, "collections", "OrderedDict")
}

/// Tells whether a value is of a class in a module that need not be imported: if it is not, nothing is of that class.
fn is_instance_of(value: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    match modules(value.py()).get_item(module)? {
        Some(module) => match module.getattr_opt(class)? {
            Some(class) => value.is_instance(&class),
            None => Ok(false),
        },
        None => Ok(false),
    }
}
