//! Decides whether a run may be remembered.
//!
//! Only what the command itself would do again is remembered: never a death by a signal, never a run whose reader went
//! away or whose input nobody could watch.

use std::io;

use jobstamps::job::Input;
use jobstamps::{Digest, InputUse};

use crate::execute::{Ended, How};
use crate::stdin::Use;

/// What is asked of a run before it is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Demands {
    /// Only success counts.
    pub discard_failures: bool,
    /// What the key says of standard input.
    pub input: Input,
}

/// Why a run is not remembered.
#[derive(Debug, PartialEq, Eq)]
pub enum Unkept {
    /// As it should be: said only to those who asked for explanations.
    Expected(&'static str),
    /// Worth a warning.
    News(String),
}

/// Returns the exit code to remember and what the run did with its input; or why it is not remembered.
pub fn worth(ended: &Ended, demands: Demands) -> Result<(u8, InputUse), Unkept> {
    let code = match ended.how {
        How::Signal(signal) if is_sent_to_end(signal) => return Err(Unkept::Expected("a signal ended it")),
        How::Signal(signal) => return Err(Unkept::News(format!("killed by {}; not cached", signal_name(signal)))),
        How::Code(code) => code,
    };
    if code != 0 && demands.discard_failures {
        return Err(Unkept::Expected("it failed, and failures are discarded"));
    }
    if matches!(&ended.lost, Some((_, error)) if error.kind() == io::ErrorKind::BrokenPipe) {
        return Err(Unkept::Expected("the reader of its output went away"));
    }
    if let Some(error) = &ended.unrecorded {
        return Err(Unkept::News(format!("cannot record the output: {error}; not cached")));
    }
    input_use(ended.input, demands).map(|input| (code, input))
}

/// Returns whether a signal is one that somebody sends to end a command: that is no news.
pub fn is_sent_to_end(signal: i32) -> bool {
    matches!(signal, 1 | 2 | 3 | 13 | 15)
}

const PART: Unkept = Unkept::Expected("it took a part of its input, or none after it had waited for it");

fn input_use(did: Use, demands: Demands) -> Result<InputUse, Unkept> {
    // Elsewhere than on Linux nobody can tell whether a terminal was read: a limit that the manual names.
    let nobody_can_tell = cfg!(not(target_os = "linux"));
    if let Input::Bytes(known) = demands.input {
        let took_it_all = match did {
            Use::Reader { digest, .. } => digest == known,
            Use::Empty => known == Digest::of(b""),
            _ => false,
        };
        // Who leaves some of it for the next reader cannot be replayed by somebody who takes it all.
        return if took_it_all { Ok(InputUse::Known) } else { Err(PART) };
    }
    match (did, demands.input) {
        (Use::Lost, _) => Err(Unkept::Expected("its input was lost")),
        (_, Input::Closed | Input::Nothing | Input::Whole(_)) | (Use::Terminal { read: Some(false) }, _) => {
            Ok(InputUse::Known)
        }
        (Use::Terminal { read: None }, _) if nobody_can_tell => Ok(InputUse::Known),
        (Use::Terminal { read: None }, _) => Err(Unkept::News("cannot watch the terminal; not cached".to_owned())),
        (Use::Reader { digest, .. }, _) => Ok(InputUse::Read(digest)),
        (Use::NonReader, _) => Ok(InputUse::NotRead),
        (Use::Empty, _) => Ok(InputUse::Empty),
        (Use::Idle, _) => Ok(InputUse::Idle),
        (Use::File { offset }, _) => Ok(InputUse::Left(offset)),
        (Use::Partial, _) => Err(PART),
        (Use::Terminal { read: Some(true) }, _) => Err(Unkept::Expected(
            "the terminal was read meanwhile (`--stdin none` gives the command no input)",
        )),
        (Use::Unwatched, _) => {
            let why = "standard input cannot be watched here; not cached (say `--stdin key` or `--stdin none`)";
            Err(Unkept::News(why.to_owned()))
        }
    }
}

/// Returns the name of a signal, as signal(7) has it.
pub fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        14 => "SIGALRM",
        _ if cfg!(target_os = "linux") => match signal {
            7 => "SIGBUS",
            10 => "SIGUSR1",
            12 => "SIGUSR2",
            24 => "SIGXCPU",
            25 => "SIGXFSZ",
            31 => "SIGSYS",
            _ => return format!("signal {signal}"),
        },
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobstamps::Stream;
    use jobstamps::job::PipeState;

    const INPUT: Input = Input::Pipe(PipeState::Idle);

    fn ended(how: How, input: Use) -> Ended {
        Ended {
            how,
            input,
            interrupted: None,
            lost: None,
            unrecorded: None,
        }
    }

    fn demands(input: Input) -> Demands {
        Demands {
            discard_failures: false,
            input,
        }
    }

    #[test]
    fn every_exit_code_is_remembered_and_no_death() {
        for code in 0..=u8::MAX {
            assert_eq!(
                worth(&ended(How::Code(code), Use::Idle), demands(INPUT)),
                Ok((code, InputUse::Idle))
            );
        }
        for (signal, news) in [
            (1, None),
            (2, None),
            (3, None),
            (13, None),
            (15, None),
            (6, Some("SIGABRT")),
            (9, Some("SIGKILL")),
            (11, Some("SIGSEGV")),
        ] {
            let expected = news.map_or(Unkept::Expected("a signal ended it"), |name| {
                Unkept::News(format!("killed by {name}; not cached"))
            });
            assert_eq!(
                worth(&ended(How::Signal(signal), Use::Idle), demands(INPUT)),
                Err(expected)
            );
        }
    }

    #[test]
    fn failures_are_left_out_on_request_only() {
        let strict = Demands {
            discard_failures: true,
            ..demands(INPUT)
        };
        assert_eq!(
            worth(&ended(How::Code(1), Use::Idle), strict),
            Err(Unkept::Expected("it failed, and failures are discarded"))
        );
        assert_eq!(worth(&ended(How::Code(0), Use::Idle), strict), Ok((0, InputUse::Idle)));
    }

    #[test]
    fn a_run_whose_reader_went_away_is_not_remembered_but_a_full_disk_is_not_the_jobs_fault() {
        let lost = |kind: io::ErrorKind| Ended {
            lost: Some((Stream::Out, kind.into())),
            ..ended(How::Code(0), Use::Idle)
        };
        assert_eq!(
            worth(&lost(io::ErrorKind::BrokenPipe), demands(INPUT)),
            Err(Unkept::Expected("the reader of its output went away"))
        );
        assert_eq!(
            worth(&lost(io::ErrorKind::StorageFull), demands(INPUT)),
            Ok((0, InputUse::Idle))
        );
    }

    #[test]
    fn what_a_run_did_with_its_input_decides_for_whom_it_speaks() {
        let digest = Digest::of(b"x");
        for (did, input, expected) in [
            (Use::Reader { digest, length: 1 }, INPUT, Some(InputUse::Read(digest))),
            (
                Use::Reader { digest, length: 1 },
                Input::Bytes(digest),
                Some(InputUse::Known),
            ),
            (Use::Partial, INPUT, None),
            (Use::Partial, Input::Bytes(digest), None),
            (Use::NonReader, Input::Bytes(digest), None),
            (Use::Partial, Input::Whole(digest), Some(InputUse::Known)),
            (Use::Lost, Input::Whole(digest), None),
            (Use::Lost, Input::Bytes(digest), None),
            (Use::Lost, INPUT, None),
            (Use::Empty, Input::Bytes(digest), None),
            (Use::Empty, Input::Bytes(Digest::of(b"")), Some(InputUse::Known)),
            (Use::NonReader, INPUT, Some(InputUse::NotRead)),
            (Use::Empty, INPUT, Some(InputUse::Empty)),
            (Use::Unwatched, Input::Nothing, Some(InputUse::Known)),
            (Use::Unwatched, INPUT, None),
            (Use::Terminal { read: Some(true) }, Input::Terminal, None),
            (
                Use::Terminal { read: Some(false) },
                Input::Terminal,
                Some(InputUse::Known),
            ),
            (
                Use::Terminal { read: None },
                Input::Terminal,
                cfg!(not(target_os = "linux")).then_some(InputUse::Known),
            ),
            (
                Use::File { offset: 3 },
                Input::File { digest, offset: 0 },
                Some(InputUse::Left(3)),
            ),
        ] {
            assert_eq!(
                worth(&ended(How::Code(0), did), demands(input))
                    .ok()
                    .map(|(_, input)| input),
                expected,
                "{did:?}"
            );
        }
    }
}
