//! Every decoder of jobstamps, handed any bytes: one function for each.
//!
//! A function returns if all is well: nothing panicked, nothing was read that is not there, what could be read is written
//! again as it was, and no more memory was taken than some times the length of the bytes ([`memory`]). The functions are
//! called by `tests/` with bytes of proptest's making, and by `../targets` with those of libFuzzer.
//!
//! Not decoded by anybody, and so not here: the encoding of canonical arguments (it is only hashed), the user's key (32
//! bytes as they are) and `JOBSTAMPS_KEY` (hashed), pickles (Python's own; only under the user's tag), and the shards'
//! sizes (numbers as they are).

#![allow(clippy::disallowed_methods, reason = "plants files in stores of its own")]

pub mod memory;
pub mod seal;
mod stamp;
mod texts;
mod value;
mod words;

// The command is no library: its decoders are taken in as they are.
#[path = "../../../cli/src/arguments/mod.rs"]
#[allow(dead_code, reason = "the command uses all of it")]
mod arguments;
#[path = "../../../cli/src/definitions/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the command uses all of it")]
mod definitions;
#[path = "../../../cli/src/lists.rs"]
#[allow(dead_code, reason = "the command uses all of it")]
mod lists;
#[path = "../../../cli/src/options.rs"]
#[allow(dead_code, reason = "the command uses all of it")]
mod options;

pub use stamp::{TAG_KEY, job, planted_file, planted_stamp, sealed_stamp, seeds, stamp_file};
pub use texts::{encoding, ledger, makers, names, pattern, process, program, shown, tape, tree_table};
pub use value::value_layout;
pub use words::{command_line, dependency_list, settings};

/// What takes any bytes.
pub type Decoder = fn(&[u8]);

/// All decoders by name: the names are those of `../targets`.
pub const ALL: [(&str, Decoder); 17] = [
    ("command_line", command_line),
    ("dependency_list", dependency_list),
    ("encoding", encoding),
    ("ledger", ledger),
    ("makers", makers),
    ("names", names),
    ("pattern", pattern),
    ("planted_stamp", planted_stamp),
    ("process", process),
    ("program", program),
    ("sealed_stamp", sealed_stamp),
    ("settings", settings),
    ("shown", shown),
    ("stamp_file", stamp_file),
    ("tape", tape),
    ("tree_table", tree_table),
    ("value_layout", value_layout),
];
