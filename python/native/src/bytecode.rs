//! What a code object does, without where and how it was written down.
//!
//! Comments, docstrings and line moves do not count. It is read from the code object that runs, never from a source
//! file: after an edit on disk the old code still runs, and its result must not be filed under the new text.
//!
//! Covered: instructions, the constants they load (nested code too), names, flags and the exception table. Constants are
//! numbered by first use, so an unused one (a docstring) leaves no trace and does not move the others.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyCode, PyDict, PyTuple};

use crate::canonical::{Tag, Wire, constant};

/// The function has a docstring (since 3.13).
const HAS_DOCSTRING: u32 = 0x0400_0000;
/// The names under which a class body stores what says nothing about what it does.
const UNTOLD: [&str; 2] = ["__doc__", "__firstlineno__"];

/// Returns the code's normal form as bytes.
pub(crate) fn normal_form(code: &Bound<'_, PyCode>) -> PyResult<Vec<u8>> {
    let mut wire = Wire::default();
    for name in ["co_argcount", "co_posonlyargcount", "co_kwonlyargcount"] {
        wire.item(Tag::Int, &code.getattr(name)?.extract::<u32>()?.to_le_bytes());
    }
    let flags: u32 = code.getattr("co_flags")?.extract()?;
    wire.item(Tag::Int, &(flags & !HAS_DOCSTRING).to_le_bytes());
    let mut names = Vec::new();
    for list in ["co_names", "co_varnames", "co_cellvars", "co_freevars"] {
        let list: Vec<String> = code.getattr(list)?.extract()?;
        let open = wire.open(Tag::Tuple);
        for name in &list {
            wire.item(Tag::Str, name.as_bytes());
        }
        wire.close(open);
        names.push(list);
    }
    if let Some(table) = code.getattr_opt("co_exceptiontable")? {
        wire.item(Tag::Bytes, table.cast::<PyBytes>()?.as_bytes());
    }
    let bytes = code.getattr("co_code")?;
    let steps = steps_of(bytes.cast::<PyBytes>()?.as_bytes(), Opcodes::of(code.py())?);
    let constants = code.getattr("co_consts")?;
    write_steps(&mut wire, &steps, constants.cast::<PyTuple>()?, &names[0])?;
    Ok(wire.into_bytes())
}

fn write_steps(wire: &mut Wire, steps: &[Step], constants: &Bound<'_, PyTuple>, names: &[String]) -> PyResult<()> {
    let opcodes = Opcodes::of(constants.py())?;
    let mut used: Vec<u32> = Vec::new();
    let mut payload = Vec::with_capacity(steps.len() * 5);
    for (index, &(operation, argument)) in steps.iter().enumerate() {
        let next = steps.get(index + 1);
        let untold = next.is_some_and(|&(operation, name)| {
            operation == opcodes.store_name
                && names
                    .get(name as usize)
                    .is_some_and(|name| UNTOLD.contains(&name.as_str()))
        });
        let argument = if untold {
            u32::MAX
        } else if opcodes.loads_constant[usize::from(operation)] {
            let place = used
                .iter()
                .position(|&constant| constant == argument)
                .unwrap_or_else(|| {
                    used.push(argument);
                    used.len() - 1
                });
            u32::try_from(place).expect("a code object has fewer constants than bytes")
        } else {
            argument
        };
        payload.push(operation);
        payload.extend_from_slice(&argument.to_le_bytes());
    }
    wire.item(Tag::Instruction, &payload);
    for index in used {
        let value = constants.get_item(index as usize)?;
        match value.cast_exact::<PyCode>() {
            Ok(nested) => wire.item(Tag::Code, &normal_form(nested)?),
            Err(_) => wire.item(Tag::Tuple, &constant(&value)?),
        }
    }
    Ok(())
}

/// An instruction with its whole argument.
type Step = (u8, u32);

/// Reads instructions; the prefixes that make an argument longer are folded into it.
fn steps_of(code: &[u8], opcodes: &Opcodes) -> Vec<Step> {
    let mut steps = Vec::with_capacity(code.len() / 2);
    let mut high = 0;
    for pair in code.chunks_exact(2) {
        let argument = high | u32::from(pair[1]);
        if pair[0] == opcodes.extended_argument {
            high = argument << 8;
        } else {
            steps.push((pair[0], argument));
            high = 0;
        }
    }
    steps
}

/// The few opcodes that must be known; their numbers differ between versions of Python.
struct Opcodes {
    loads_constant: [bool; 256],
    store_name: u8,
    extended_argument: u8,
}

static OPCODES: PyOnceLock<Opcodes> = PyOnceLock::new();

impl Opcodes {
    fn of(py: Python<'_>) -> PyResult<&Self> {
        OPCODES.get_or_try_init(py, || {
            let module = py.import("opcode")?;
            let numbers = module.getattr("opmap")?;
            let numbers = numbers.cast::<PyDict>()?;
            let number = |name: &str| numbers.as_any().get_item(name)?.extract::<u8>();
            let mut loads_constant = [false; 256];
            for operation in module.getattr("hasconst")?.try_iter()? {
                // Pseudo-instructions of the compiler have numbers above 255 and never occur in code.
                if let Some(known) = loads_constant.get_mut(operation?.extract::<usize>()?) {
                    *known = true;
                }
            }
            Ok(Self {
                loads_constant,
                store_name: number("STORE_NAME")?,
                extended_argument: number("EXTENDED_ARG")?,
            })
        })
    }
}
