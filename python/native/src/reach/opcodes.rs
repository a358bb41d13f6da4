//! What the instructions of this interpreter are called.
//!
//! Their numbers, and how they pack a name's place into their argument, differ between versions of Python.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// An instruction with its whole argument.
pub(crate) type Step = (u8, u32);

/// What an instruction does, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Anything,
    LoadConstant,
    /// Loads its own argument.
    LoadNumber,
    LoadGlobal,
    /// As [`Does::LoadGlobal`], after the names of a class body that is being run.
    LoadName,
    LoadAttribute,
    LoadFast,
    /// Loads two variables, each named by half of the argument.
    LoadTwo,
    LoadFree,
    StoreFast,
    /// Stores into one variable and loads another, each named by half of the argument.
    StoreAndLoad,
    StoreTwo,
    StoreFree,
    StoreName,
    StoreGlobal,
    StoreAttribute,
    ImportName,
    ImportFrom,
    /// Copies what is on top of the stack.
    Copy,
    /// Moves or drops what is on the stack.
    Shuffle,
    /// Is no instruction: room that the interpreter keeps for itself.
    Room,
    /// Makes the next instruction's argument longer.
    Extend,
}

/// The instructions of this interpreter.
pub(crate) struct Opcodes {
    does: [Does; 256],
    /// By how many bits the place of a name is shifted: in `LOAD_GLOBAL`, and where attributes are loaded.
    global_shift: u32,
    attribute_shift: u32,
    attribute: Option<u8>,
    /// Cells and free variables are numbered together with the local variables.
    pub(crate) one_row: bool,
}

/// What the instructions that matter do; a name that this version does not have is of no effect.
const KNOWN: [(&str, Does); 39] = [
    ("LOAD_SMALL_INT", Does::LoadNumber),
    ("LOAD_GLOBAL", Does::LoadGlobal),
    ("LOAD_NAME", Does::LoadName),
    ("LOAD_FROM_DICT_OR_GLOBALS", Does::LoadName),
    ("LOAD_ATTR", Does::LoadAttribute),
    ("LOAD_METHOD", Does::LoadAttribute),
    ("LOAD_FAST", Does::LoadFast),
    ("LOAD_FAST_CHECK", Does::LoadFast),
    ("LOAD_FAST_AND_CLEAR", Does::LoadFast),
    ("LOAD_FAST_BORROW", Does::LoadFast),
    ("LOAD_FAST_LOAD_FAST", Does::LoadTwo),
    ("LOAD_FAST_BORROW_LOAD_FAST_BORROW", Does::LoadTwo),
    ("LOAD_DEREF", Does::LoadFree),
    ("LOAD_CLASSDEREF", Does::LoadFree),
    ("LOAD_FROM_DICT_OR_DEREF", Does::LoadFree),
    ("STORE_FAST", Does::StoreFast),
    ("STORE_FAST_MAYBE_NULL", Does::StoreFast),
    ("STORE_FAST_LOAD_FAST", Does::StoreAndLoad),
    ("STORE_FAST_STORE_FAST", Does::StoreTwo),
    ("STORE_DEREF", Does::StoreFree),
    ("STORE_NAME", Does::StoreName),
    ("STORE_GLOBAL", Does::StoreGlobal),
    ("DELETE_GLOBAL", Does::StoreGlobal),
    ("STORE_ATTR", Does::StoreAttribute),
    ("DELETE_ATTR", Does::StoreAttribute),
    ("IMPORT_NAME", Does::ImportName),
    ("IMPORT_FROM", Does::ImportFrom),
    ("DUP_TOP", Does::Copy),
    ("COPY", Does::Copy),
    ("SWAP", Does::Shuffle),
    ("ROT_TWO", Does::Shuffle),
    ("ROT_THREE", Does::Shuffle),
    ("POP_TOP", Does::Shuffle),
    ("PUSH_NULL", Does::Room),
    ("NOP", Does::Room),
    ("NOT_TAKEN", Does::Room),
    ("RESUME", Does::Room),
    ("CACHE", Does::Room),
    ("EXTENDED_ARG", Does::Extend),
];

static OPCODES: PyOnceLock<Opcodes> = PyOnceLock::new();

impl Opcodes {
    /// Returns those of this interpreter.
    pub(crate) fn of(py: Python<'_>) -> PyResult<&Self> {
        OPCODES.get_or_try_init(py, || {
            let module = py.import("opcode")?;
            let numbers = module.getattr("opmap")?;
            let numbers = numbers.cast::<PyDict>()?;
            let mut does = [Does::Anything; 256];
            for operation in module.getattr("hasconst")?.try_iter()? {
                // Pseudo-instructions of the compiler have numbers above 255 and never occur in code.
                if let Some(known) = does.get_mut(operation?.extract::<usize>()?) {
                    *known = Does::LoadConstant;
                }
            }
            for (name, what) in KNOWN {
                let number = numbers.get_item(name)?;
                let number = number.map(|number| number.extract::<usize>()).transpose()?;
                if let Some(known) = number.and_then(|number| does.get_mut(number)) {
                    *known = what;
                }
            }
            let version = py.version_info();
            let attribute = numbers.get_item("LOAD_ATTR")?;
            Ok(Self {
                does,
                global_shift: u32::from(version >= (3, 11)),
                attribute_shift: u32::from(version >= (3, 12)),
                attribute: attribute.map(|number| number.extract()).transpose()?,
                one_row: version >= (3, 11),
            })
        })
    }

    /// Tells what a step does.
    pub(crate) fn does(&self, step: Step) -> Does {
        self.does[usize::from(step.0)]
    }

    /// Returns the place in `co_names` of the name that a step is about.
    pub(crate) fn name(&self, step: Step) -> usize {
        let shift = match self.does(step) {
            Does::LoadGlobal => self.global_shift,
            // Not LOAD_METHOD, which has gone where the other has a shift.
            Does::LoadAttribute if self.attribute == Some(step.0) => self.attribute_shift,
            _ => 0,
        };
        (step.1 >> shift) as usize
    }

    /// Reads instructions; the prefixes that make an argument longer are folded into it.
    pub(crate) fn steps(&self, code: &[u8]) -> Vec<Step> {
        let mut steps = Vec::with_capacity(code.len() / 2);
        let mut high = 0;
        for pair in code.chunks_exact(2) {
            let argument = high | u32::from(pair[1]);
            if self.does((pair[0], 0)) == Does::Extend {
                high = argument << 8;
            } else {
                steps.push((pair[0], argument));
                high = 0;
            }
        }
        steps
    }
}
