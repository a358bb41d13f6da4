//! Runs a command on Windows: the same promises as far as the system has the means.
//!
//! Pipes cannot be polled there, so one thread per stream reads, and the main thread forwards and records in the order
//! of arrival. A signal is an event of the console, which reaches the whole group of processes: the command gets it
//! as without us, and so do we.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use jobstamps::Stream;
use jobstamps::settings::Setting;

use super::cannot_start::CannotStart;
use super::{Ended, Event, How, Input, Launch, Onward};
use crate::stdin::{self, Spooled, Use};

/// How many chunks of a stream may wait to be forwarded.
const WAITING: usize = 4;

/// What we inherited: on Windows nothing that we change.
#[derive(Debug)]
pub struct Inherited;

impl Inherited {
    /// Notes what was inherited.
    #[must_use]
    pub fn capture() -> Self {
        Self
    }

    /// Whether a standard descriptor was closed when we started. The standard library hides it.
    #[must_use]
    pub fn closed(&self, _number: usize) -> bool {
        false
    }
}

/// Which of two processes we are, after parting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that was started.
    Front,
    /// The other.
    Behind,
}

/// Whether nothing keeps us from parting in two. There is no such thing here.
#[must_use]
pub fn is_given_no_other() -> bool {
    false
}

/// Parts in two.
///
/// # Errors
///
/// Always: there is no such thing here.
pub fn part(_inherited: &Inherited) -> io::Result<Side> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Ends without another word.
pub fn end(code: std::ffi::c_int) -> ! {
    std::process::exit(code)
}

/// Runs a command to its end, and tells `listener` what happens meanwhile.
///
/// # Errors
///
/// When the command could not be started; nothing has been written then.
pub fn run(launch: Launch<'_>, listener: &mut dyn FnMut(Event<'_>)) -> Result<Ended, CannotStart> {
    let mut command = Command::new(launch.program);
    command
        .args(launch.arguments.iter().skip(1))
        // What a job within it prints belongs to what it prints itself.
        .env_remove(Setting::Warm.variable())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.stdin(match launch.input {
        Input::Null => Stdio::null(),
        Input::Ahead(_) => Stdio::piped(),
        Input::Inherit | Input::Terminal | Input::File | Input::Relay => Stdio::inherit(),
    });
    let mut child = command
        .spawn()
        .map_err(|error| CannotStart::of(launch.program, error))?;

    let arrivals = relay_outputs(&mut child);
    let is_file = matches!(launch.input, Input::File);
    let proof = match launch.input {
        Input::Terminal => Use::Terminal { read: None },
        Input::Ahead(spooled) => feed(&mut child, spooled),
        Input::Inherit | Input::Null | Input::File | Input::Relay => Use::Unwatched,
    };
    let lost = forward(&arrivals, launch.onward, listener);
    let status = child.wait().map_err(CannotStart::OurPart)?;
    let input = match stdin::offset() {
        Ok(offset) if is_file => Use::File { offset },
        _ => proof,
    };
    let how = How::Code(u8::try_from(status.code().unwrap_or(1)).unwrap_or(u8::MAX));
    Ok(Ended {
        how,
        input,
        interrupted: None,
        lost,
        unrecorded: None,
    })
}

/// A chunk of output as it was read.
type Arrival = (Stream, Vec<u8>);

fn relay_outputs(child: &mut Child) -> Receiver<Arrival> {
    let (sender, arrivals) = sync_channel(WAITING);
    let out = child.stdout.take().expect("it was asked for");
    let err = child.stderr.take().expect("it was asked for");
    let other = sender.clone();
    thread::spawn(move || relay(Stream::Out, out, &sender));
    thread::spawn(move || relay(Stream::Err, err, &other));
    arrivals
}

fn relay(stream: Stream, mut source: impl Read, arrivals: &SyncSender<Arrival>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return,
            // Nobody listens: our stream broke. Closing the source lets the command meet a broken pipe.
            Ok(count) if arrivals.send((stream, buffer[..count].to_vec())).is_err() => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Forwards and tells what arrives until both streams have ended.
fn forward(
    arrivals: &Receiver<Arrival>,
    onward: Onward,
    listener: &mut dyn FnMut(Event<'_>),
) -> Option<(Stream, io::Error)> {
    let mut lost = None;
    for (stream, bytes) in arrivals {
        if onward == Onward::Ours
            && let Err(error) = write_all(stream, &bytes)
        {
            lost.get_or_insert((stream, error));
        }
        listener(Event::Output(stream, &bytes));
    }
    lost
}

/// Writes the input that was read ahead, then what is left of ours, in a thread of its own.
fn feed(child: &mut Child, mut spooled: Spooled) -> Use {
    let proof = match spooled.digest() {
        Some(digest) => Use::Reader {
            digest,
            length: spooled.length(),
        },
        None => Use::Partial,
    };
    let mut target = child.stdin.take().expect("it was asked for");
    thread::spawn(move || -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        while spooled.has_more() {
            let count = spooled.peek(&mut buffer)?;
            target.write_all(&buffer[..count])?;
            spooled.advance(count);
        }
        if !spooled.is_whole() {
            io::copy(&mut io::stdin().lock(), &mut target)?;
        }
        Ok(())
    });
    proof
}

/// Whether our standard output and standard error are one stream. Nobody can say, so they are two.
#[must_use]
pub fn streams_are_one() -> bool {
    false
}

/// Writes all of `bytes` to one of our streams.
///
/// # Errors
///
/// What the system says, above all [`io::ErrorKind::BrokenPipe`] when nobody reads any more.
pub fn write_all(stream: Stream, bytes: &[u8]) -> io::Result<()> {
    match stream {
        Stream::Out => {
            let mut target = io::stdout().lock();
            target.write_all(bytes)?;
            target.flush()
        }
        Stream::Err => io::stderr().lock().write_all(bytes),
    }
}

/// Writes `length` bytes of `file` from `offset` on to one of our streams.
///
/// # Errors
///
/// As [`write_all`]; [`io::ErrorKind::UnexpectedEof`] when the file is shorter than that.
pub fn copy_file(mut file: &std::fs::File, offset: u64, length: u64, stream: Stream) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    let mut rest = length;
    let mut buffer = vec![0; 64 * 1024];
    while rest > 0 {
        let wanted = buffer.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        let count = file.read(&mut buffer[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        write_all(stream, &buffer[..count])?;
        rest -= count as u64;
    }
    Ok(())
}

/// Ends the process as one that was interrupted by `signal`.
pub fn die_of(signal: i32) -> ! {
    std::process::exit(128 + signal)
}
