//! The name a job is filed under.
//!
//! A key knows no time and no file contents: it says what the job *is*. It is the digest of a typed, length-prefixed
//! encoding, so that no two different jobs share one: `f(1, 23)` is not `f(12, 3)`, an unset variable is not an empty
//! one. An incomplete key is a security bug.

use std::ffi::OsStr;
use std::fmt;

use super::{Call, Command, Invocation};
use crate::digest::Digest;
use crate::encoding::Encoder;

/// The name a job is filed under.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey(Digest);

impl JobKey {
    /// Returns the key of `invocation`, in `scope` if there is one: it tells equal invocations apart.
    #[must_use]
    pub fn of(invocation: &Invocation, scope: Option<&OsStr>) -> Self {
        let mut encoder = Encoder::with_capacity(match invocation {
            Invocation::Command(_) => 0,
            Invocation::Call(call) => 64 + call.function.len() + call.arguments.len(),
        });
        encoder.bytes(b"jobstamps-v1");
        match invocation {
            Invocation::Command(command) => encode_command(&mut encoder, command),
            Invocation::Call(Call { function, arguments }) => {
                encoder.tag(b'f').bytes(function.as_bytes()).bytes(arguments);
            }
        }
        // Nothing where there is none: the keys are those of the time before there were scopes.
        if let Some(scope) = scope {
            encoder.tag(b'z').bytes(scope.as_encoded_bytes());
        }
        Self(Digest::of(encoder.encoded()))
    }

    /// Returns the key that 64 lower-case hexadecimal digits are of; nothing if it is anything else.
    #[must_use]
    pub(crate) fn from_hex(digits: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.bytes().all(is_hex) {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(Digest(bytes)))
    }

    /// Returns the key that these bytes are.
    #[must_use]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest(bytes))
    }

    /// Returns the key as 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }

    /// Returns its first bytes, by which jobs are counted: two of a million have the same once in 37 million stores.
    #[must_use]
    pub fn beginning(&self) -> [u8; 8] {
        self.0.0.first_chunk().copied().unwrap_or_default()
    }

    /// Returns the key as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.hex()
    }
}

impl fmt::Debug for JobKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.hex())
    }
}

fn encode_command(encoder: &mut Encoder, command: &Command) {
    let Command {
        arguments,
        program,
        directory,
        variables,
        input,
        joined,
    } = command;
    encoder.tag(b'c').count(arguments.len());
    for argument in arguments {
        encoder.bytes(argument.as_encoded_bytes());
    }
    encoder.bytes(program.as_os_str().as_encoded_bytes());
    encoder.optional(
        directory
            .as_ref()
            .map(|directory| directory.as_os_str().as_encoded_bytes()),
    );
    // Which variables count is a set: naming one twice, or in another order, is the same job.
    let mut variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (name.as_encoded_bytes(), value))
        .collect();
    variables.sort_unstable();
    variables.dedup();
    encoder.count(variables.len());
    for (name, value) in variables {
        encoder.bytes(name).optional(value.as_ref().map(|digest| &digest.0[..]));
    }
    input.encode(encoder);
    encoder.tag(if *joined { b'j' } else { b's' });
}

#[cfg(test)]
mod tests {
    use super::super::{Input, PipeState};
    use super::*;
    use std::collections::HashSet;

    fn command() -> Command {
        Command {
            arguments: vec!["lint".into(), "a".into()],
            program: "/bin/lint".into(),
            directory: Some("/w".into()),
            variables: vec![("LANG".into(), None), ("TZ".into(), Some(Digest::of(b"UTC")))],
            input: Input::Nothing,
            joined: false,
        }
    }

    fn key(change: impl FnOnce(&mut Command)) -> JobKey {
        let mut command = command();
        change(&mut command);
        JobKey::of(&Invocation::Command(command), None)
    }

    #[test]
    fn every_part_of_a_command_tells_it_from_others() {
        let digest = Digest::of(b"x");
        let keys = [
            key(|_| {}),
            key(|c| c.arguments = vec!["lint".into(), "b".into()]),
            key(|c| c.arguments = vec!["lint".into(), "a".into(), "".into()]),
            key(|c| c.arguments = vec!["linta".into()]),
            key(|c| c.program = "/usr/bin/lint".into()),
            key(|c| c.directory = Some("/".into())),
            key(|c| c.directory = None),
            key(|c| c.variables[0].1 = Some(Digest::of(b""))),
            key(|c| c.variables[1].1 = None),
            key(|c| c.variables.truncate(1)),
            key(|c| c.input = Input::Closed),
            key(|c| c.input = Input::Terminal),
            key(|c| c.input = Input::Pipe(PipeState::Data)),
            key(|c| c.input = Input::Bytes(digest)),
            key(|c| c.input = Input::Whole(digest)),
            key(|c| c.input = Input::File { digest, offset: 0 }),
            key(|c| c.input = Input::File { digest, offset: 1 }),
            key(|c| c.joined = true),
            JobKey::of(
                &Invocation::Call(Call {
                    function: "lint".into(),
                    arguments: b"a".to_vec(),
                }),
                None,
            ),
            JobKey::of(
                &Invocation::Call(Call {
                    function: "linta".into(),
                    arguments: Vec::new(),
                }),
                None,
            ),
        ];
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    }

    #[test]
    fn a_scope_tells_equal_jobs_apart_and_none_leaves_the_key_as_it_was() {
        let of = |scope: Option<&str>| JobKey::of(&Invocation::Command(command()), scope.map(OsStr::new));
        let keys = [of(None), of(Some("")), of(Some("a")), of(Some("ab"))];
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
        assert_eq!(of(None).hex(), GOLDEN_COMMAND);
    }

    #[test]
    fn what_does_not_belong_to_the_job_is_not_in_the_key() {
        assert_eq!(
            key(|c| c.variables.reverse()),
            key(|c| c.variables.push(("LANG".into(), None)))
        );
        let states =
            [PipeState::Data, PipeState::Empty, PipeState::Idle].map(|state| key(|c| c.input = Input::Pipe(state)));
        assert!(states.iter().all(|state| *state == states[0]));
    }

    #[test]
    fn a_key_of_version_1_never_changes() {
        // Golden: a change here makes every stamp in the world a miss, so it needs a new format version.
        assert_eq!(
            JobKey::of(
                &Invocation::Call(Call {
                    function: "m:f".into(),
                    arguments: b"1".to_vec()
                }),
                None
            )
            .hex(),
            GOLDEN_CALL
        );
        assert_eq!(key(|_| {}).hex(), GOLDEN_COMMAND);
    }

    const GOLDEN_CALL: &str = "507619ba3e73177801d8ac6713e071cac016301944a563dfa63274b9cbde2067";
    const GOLDEN_COMMAND: &str = "968f27c5ece5f836077d1d1df5fa07a25178c0f643d974d688af725928b436de";
}
