//! What a code object does, without where and how it was written down.
//!
//! Comments, docstrings and line moves do not count. It is read from the code object that runs, never from a source
//! file: after an edit on disk the old code still runs, and its result must not be filed under the new text.
//!
//! Covered: instructions, the constants they load (nested code too), names, flags and the exception table. Constants are
//! numbered by first use, so an unused one (a docstring) leaves no trace and does not move the others.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCode, PyTuple};

use crate::canonical::{Tag, Wire, constant};
use crate::reach::opcodes::{Does, Opcodes, Step};

/// The function has a docstring (since 3.13).
const HAS_DOCSTRING: u32 = 0x0400_0000;
/// The names under which a class body stores what says nothing about what it does.
const UNTOLD: [&str; 3] = ["__doc__", "__firstlineno__", "__static_attributes__"];

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
    let steps = Opcodes::of(code.py())?.steps(bytes.cast::<PyBytes>()?.as_bytes());
    let constants = code.getattr("co_consts")?;
    write_steps(&mut wire, &steps, constants.cast::<PyTuple>()?, &names[0])?;
    Ok(wire.into_bytes())
}

fn write_steps(wire: &mut Wire, steps: &[Step], constants: &Bound<'_, PyTuple>, names: &[String]) -> PyResult<()> {
    let opcodes = Opcodes::of(constants.py())?;
    let mut used: Vec<u32> = Vec::new();
    let mut payload = Vec::with_capacity(steps.len() * 5);
    for (index, &step) in steps.iter().enumerate() {
        let (operation, argument) = step;
        let next = steps.get(index + 1);
        let untold = next.is_some_and(|&next| {
            opcodes.does(next) == Does::StoreName
                && names
                    .get(next.1 as usize)
                    .is_some_and(|name| UNTOLD.contains(&name.as_str()))
        });
        let argument = if untold {
            u32::MAX
        } else if opcodes.does(step) == Does::LoadConstant {
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
