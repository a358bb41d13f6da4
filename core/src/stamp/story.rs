//! What people are told of the job that a stamp is of: all that its key is made of, so that two jobs can be compared.
//!
//! What is secret is here by its digest, as in the key: values of variables, standard input, arguments of calls unless
//! their caller writes a text of them.

use std::ffi::OsString;
use std::path::PathBuf;

use super::format::{list, text};
use super::looks::{encode_digest, optional, read_digest};
use crate::digest::Digest;
use crate::disk;
use crate::encoding::{Decoder, Encoder};
use crate::job::{Input, Invocation, Job, Parameter, PipeState};

/// What only people read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// The arguments, the name it was called by first; the function's name for a call. Empty if not to be recorded.
    pub arguments: Vec<OsString>,
    /// Where the program of a command was found.
    pub program: Option<PathBuf>,
    /// The working directory.
    pub directory: Option<PathBuf>,
    /// Names of the variables that count, with the digests of their values.
    pub variables: Vec<(OsString, Option<Digest>)>,
    /// The standard input of a command; of a pipe only that it is one.
    pub input: Option<Input>,
    /// Whether standard output and error were one stream.
    pub joined: bool,
    /// What told the job from equal jobs.
    pub scope: Option<OsString>,
    /// What a function was called with.
    pub parameters: Vec<Parameter>,
}

/// What a story opens with: enough to know of most that they are not wanted.
pub(crate) struct Opening<'a> {
    count: usize,
    arguments: Decoder<'a>,
    /// The path of the program.
    pub(crate) program: Option<&'a [u8]>,
}

impl<'a> Opening<'a> {
    /// Returns the arguments, or the function's name.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut arguments = self.arguments;
        (0..self.count).map_while(move |_| arguments.bytes())
    }
}

/// Decides whether the rest of a story is wanted.
pub(crate) type IsWanted<'a> = &'a dyn Fn(&Opening) -> bool;

impl Story {
    /// Tells of `job`, whose call has these `parameters`.
    #[must_use]
    pub fn of(job: &Job, parameters: &[Parameter]) -> Self {
        let empty = Self::default();
        let scope = job.scope.clone();
        match &job.invocation {
            Invocation::Call(call) => Self {
                arguments: vec![call.function.clone().into()],
                scope,
                parameters: parameters.to_vec(),
                ..empty
            },
            Invocation::Command(command) => Self {
                arguments: command.arguments.clone(),
                program: Some(command.program.clone()),
                directory: command.directory.clone(),
                variables: command.variables.clone(),
                input: Some(match command.input {
                    Input::Pipe(_) => Input::Pipe(PipeState::Data),
                    told => told,
                }),
                joined: command.joined,
                scope,
                ..empty
            },
        }
    }

    /// Returns whether it is of a call.
    #[must_use]
    pub fn is_of_call(&self) -> bool {
        self.program.is_none() && !self.arguments.is_empty()
    }

    /// Writes it.
    pub(super) fn encode(&self, encoder: &mut Encoder) {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.as_os_str().as_encoded_bytes().to_vec());
        encoder.count(self.arguments.len());
        for argument in &self.arguments {
            encoder.bytes(argument.as_encoded_bytes());
        }
        encoder.optional(path(&self.program).as_deref());
        encoder.optional(path(&self.directory).as_deref());
        encoder.count(self.variables.len());
        for (name, value) in &self.variables {
            encoder.bytes(name.as_encoded_bytes());
            encode_digest(encoder, value.as_ref());
        }
        match self.input {
            None => drop(encoder.tag(b'-')),
            Some(input) => input.encode(encoder),
        }
        encoder.tag(u8::from(self.joined));
        encoder.optional(self.scope.as_ref().map(|scope| scope.as_encoded_bytes()));
        encoder.count(self.parameters.len());
        for Parameter { name, digest, text } in &self.parameters {
            encoder.bytes(name.as_bytes()).bytes(&digest.0);
            encoder.optional(text.as_ref().map(String::as_bytes));
        }
    }

    /// Reads it back if it is wanted by what it opens with.
    pub(super) fn decode_if(decoder: &mut Decoder, is_wanted: IsWanted) -> Option<Self> {
        let mut ahead = *decoder;
        let count = ahead.length(8)?;
        let arguments = ahead;
        for _ in 0..count {
            ahead.bytes()?;
        }
        let opening = Opening {
            count,
            arguments,
            program: ahead.optional()?,
        };
        is_wanted(&opening).then(|| Self::decode(decoder))?
    }

    /// Reads it back.
    pub(super) fn decode(decoder: &mut Decoder) -> Option<Self> {
        Some(Self {
            arguments: list(decoder, 8, |decoder| disk::os_string(decoder.bytes()?))?,
            program: optional(decoder, disk::os_string)?.map(PathBuf::from),
            directory: optional(decoder, disk::os_string)?.map(PathBuf::from),
            variables: list(decoder, 9, |decoder| {
                Some((disk::os_string(decoder.bytes()?)?, optional(decoder, read_digest)?))
            })?,
            input: decode_input(decoder)?,
            joined: match decoder.tag()? {
                0 => false,
                1 => true,
                _ => return None,
            },
            scope: optional(decoder, disk::os_string)?,
            parameters: list(decoder, 49, |decoder| {
                Some(Parameter {
                    name: text(decoder)?,
                    digest: read_digest(decoder.bytes()?)?,
                    text: optional(decoder, |bytes| String::from_utf8(bytes.to_vec()).ok())?,
                })
            })?,
        })
    }
}

#[allow(clippy::option_option)] // The outer tells whether it was read, the inner is what was read.
fn decode_input(decoder: &mut Decoder) -> Option<Option<Input>> {
    let mut ahead = *decoder;
    if ahead.tag()? == b'-' {
        *decoder = ahead;
        return Some(None);
    }
    Input::decode(decoder).map(Some)
}
