//! What standard input is for a job: as its key has it, and as its process gets it.

use std::fs::File;
use std::io;

use jobstamps::job::{Input, PipeState as State};

use crate::execute::{self, Inherited};
use crate::options::Stdin;
use crate::stdin::{self, FileInput, Kind, PipeState};
use crate::voice::Voice;

/// What standard input is for a job.
pub struct Source {
    /// As the key has it; `None` where no run may be stored.
    pub input: Option<Input>,
    /// As the process gets it.
    pub given: execute::Input,
}

impl Source {
    /// Looks at our standard input. Only under `--stdin key` is anything read from a pipe, and what does not fit into
    /// memory goes where `make_file` says.
    pub fn of(
        wanted: Stdin,
        inherited: &Inherited,
        make_file: &mut dyn FnMut() -> io::Result<File>,
        voice: &mut Voice,
    ) -> Self {
        let kind = if inherited.closed(0) {
            Kind::Closed
        } else {
            Kind::of_standard_input()
        };
        match (wanted, kind) {
            (Stdin::None, _) => Self {
                input: Some(Input::Nothing),
                given: execute::Input::Null,
            },
            (_, Kind::Closed) => Self {
                input: Some(Input::Closed),
                given: execute::Input::Inherit,
            },
            (_, Kind::None) => Self {
                input: Some(Input::Nothing),
                given: execute::Input::Inherit,
            },
            (Stdin::Key, _) => {
                let spooled = stdin::read_ahead(stdin::Patience::KEY, make_file);
                if !spooled.is_whole() {
                    voice.warn("standard input cannot be kept; not cached");
                }
                Self {
                    input: spooled.digest().map(Input::Whole),
                    given: execute::Input::Ahead(spooled),
                }
            }
            (Stdin::Auto, Kind::Terminal) => Self {
                input: Some(Input::Terminal),
                given: execute::Input::Terminal,
            },
            (Stdin::Auto, Kind::File) => match FileInput::of_standard_input() {
                Ok(FileInput { digest, offset }) => Self {
                    input: Some(Input::File { digest, offset }),
                    given: execute::Input::File,
                },
                Err(error) => {
                    voice.warn(format_args!("cannot read standard input: {error}; not cached"));
                    Self {
                        input: None,
                        given: execute::Input::Inherit,
                    }
                }
            },
            (Stdin::Auto, Kind::Pipe) => Self {
                input: Some(Input::Pipe(pipe_state())),
                given: execute::Input::Relay,
            },
            (Stdin::Auto, Kind::Other) => {
                voice.warn("standard input is neither a file, a pipe nor a terminal; not cached (see --stdin)");
                Self {
                    input: None,
                    given: execute::Input::Inherit,
                }
            }
        }
    }
}

fn pipe_state() -> State {
    match PipeState::of_standard_input() {
        PipeState::Data => State::Data,
        PipeState::Empty => State::Empty,
        PipeState::Idle => State::Idle,
    }
}
