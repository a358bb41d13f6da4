//! The life of one run: connect, start, attend to whatever happens, until the command and its output have ended.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};

use super::cannot_start::CannotStart;
use super::channel::{Channel, Wanted};
use super::ends::{InputEnd, OutputPipes, expect_memory};
use super::interruption::{Answer, GRACE, Interruption};
use super::signals::Watch;
use super::spawn::{Plan, ended, spawn};
use super::{Ended, Event, How, Launch, Onward};
use crate::stdin::Watched;
use crate::surroundings::hastened;

/// How often we look for signals and the child's end when there was no descriptor for being woken.
const WITHOUT_WAKE: Duration = Duration::from_millis(10);

/// Runs a command to its end, and tells `listener` what happens meanwhile.
///
/// # Errors
///
/// When the command could not be started; nothing has been written then.
#[cold]
pub fn run(launch: Launch<'_>, listener: &mut dyn FnMut(Event<'_>)) -> Result<Ended, CannotStart> {
    // First of all: without it the command cannot do its work; without the others it is only not remembered.
    let input = InputEnd::new(launch.input).map_err(CannotStart::prepare)?;
    let watch = Watch::start();
    let outputs = expect_memory().and_then(|()| OutputPipes::new(launch.outputs, launch.inherited));
    let (outputs, unrecorded) = match outputs {
        Ok(outputs) => (outputs, None),
        // Nobody wants a run of which nothing is said and nothing is remembered.
        Err(error) if launch.onward == Onward::Nowhere => return Err(CannotStart::prepare(error)),
        Err(error) => (OutputPipes::none(), Some(io::Error::from(error))),
    };
    // A command that finds a stream closed may say something else than one that does not.
    let closed = || [1, 2].iter().any(|&number| launch.inherited.closed(number));
    let unrecorded = unrecorded.or_else(|| closed().then(|| io::Error::other("a standard stream is closed")));
    let plan = Plan {
        program: launch.program,
        arguments: launch.arguments,
        descriptors: [input.child_end(), outputs.out(), outputs.err()],
        dispositions: launch.inherited.dispositions().chain(watch.dispositions()).collect(),
        mask: watch.inherited_mask(),
    };
    let child = spawn(&plan).map_err(|failure| CannotStart::of(launch.program, failure))?;
    let run = Run {
        child,
        how: None,
        channels: outputs.into_channels(launch.onward),
        input: input.into_watched(),
        interruption: Interruption::none_yet(hastened(GRACE)),
        watch,
        stall_told: false,
        end_expected: false,
        hurried: false,
    };
    listener(Event::Started);
    let ended = run.attend(listener);
    Ok(Ended {
        unrecorded: unrecorded.or(ended.unrecorded),
        ..ended
    })
}

/// A command that is running.
struct Run {
    child: Pid,
    how: Option<How>,
    channels: Vec<Channel>,
    input: Watched,
    interruption: Interruption,
    watch: Watch,
    stall_told: bool,
    /// Whether we have looked for an end that was near.
    end_expected: bool,
    /// Whether we were asked to end once more, after the command had ended: then not even our reader is awaited.
    hurried: bool,
}

/// Where in [`Ready`] something is told.
type Place = fn(&mut Ready) -> &mut bool;

/// What each channel wants has come.
const CAME: [Place; 2] = [|ready| &mut ready.channels[0].0, |ready| &mut ready.channels[1].0];

/// The stream of ours that each channel writes to has broken.
const BROKE: [Place; 2] = [|ready| &mut ready.channels[0].1, |ready| &mut ready.channels[1].1];

/// What one look at all descriptors found.
#[derive(Default)]
struct Ready {
    /// A signal came, or nobody could tell us.
    wake: bool,
    /// The command had ended before we looked.
    after_its_end: bool,
    /// For each channel, whether what it wants has come, and whether our stream broke.
    channels: [(bool, bool); 2],
    /// The input has something to do.
    input: bool,
}

impl Run {
    fn attend(mut self, listener: &mut dyn FnMut(Event<'_>)) -> Ended {
        let how = loop {
            let ready = self.wait();
            if ready.wake {
                self.take_signals();
                self.reap();
            }
            for (channel, (ready, broken)) in self.channels.iter_mut().zip(ready.channels) {
                match channel.wanted() {
                    _ if broken => channel.broke(),
                    Wanted::Input(..) if ready => channel.read(listener),
                    Wanted::Room(_) if ready => channel.forward(),
                    _ => {}
                }
            }
            if ready.input {
                self.input.step();
            }
            self.expect_end();
            self.tell_stall(listener);
            self.kill_when_due();
            if let Some(how) = self.how
                && self.is_over(&ready)
            {
                break how;
            }
        };
        self.end(how)
    }

    /// Waits until something happens or is due.
    fn wait(&self) -> Ready {
        let mut entries = Vec::with_capacity(8);
        // Which part of `Ready` each entry is about.
        let mut places: Vec<Place> = Vec::with_capacity(8);
        if let Some(wake) = self.watch.wake() {
            entries.push(PollFd::from_borrowed_fd(wake, PollFlags::IN));
            places.push(|ready| &mut ready.wake);
        }
        for (index, channel) in self.channels.iter().enumerate() {
            match channel.wanted() {
                Wanted::Input(source, sink) => {
                    entries.push(PollFd::from_borrowed_fd(source, PollFlags::IN));
                    places.push(CAME[index]);
                    if let Some(sink) = sink {
                        entries.push(PollFd::from_borrowed_fd(sink, PollFlags::empty()));
                        places.push(BROKE[index]);
                    }
                }
                Wanted::Room(sink) => {
                    entries.push(PollFd::from_borrowed_fd(sink, PollFlags::OUT));
                    places.push(CAME[index]);
                }
                Wanted::Nothing => {}
            }
        }
        for entry in self.input.wanted() {
            entries.push(entry);
            places.push(|ready| &mut ready.input);
        }

        let timeout = self
            .timeout()
            .map(|duration| Timespec::try_from(duration).expect("a few seconds fit"));
        // An interruption is a signal, and is found below like one that came a moment earlier or later.
        let _ = poll(&mut entries, timeout.as_ref());
        let mut ready = Ready {
            wake: self.watch.wake().is_none() || Watch::has_news(),
            after_its_end: self.how.is_some(),
            ..Ready::default()
        };
        for (entry, place) in entries.iter().zip(places) {
            *place(&mut ready) |= !entry.revents().is_empty();
        }
        ready
    }

    fn timeout(&self) -> Option<Duration> {
        let drained = self.only_drains() && !self.channels.iter().any(Channel::has_pending);
        if drained || Watch::has_news() {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let stalls = self
            .channels
            .iter()
            .filter_map(Channel::stalls_at)
            .filter(|_| !self.stall_told);
        stalls
            .chain(self.interruption.kill_at())
            .map(|at| at.saturating_duration_since(now))
            .chain(self.watch.wake().is_none().then_some(WITHOUT_WAKE))
            .min()
    }

    /// Whether the command has ended and we are to end too: what it wrote is still delivered, but nothing is awaited
    /// from processes that it left behind.
    fn only_drains(&self) -> bool {
        self.how.is_some() && self.interruption.first().is_some()
    }

    fn is_over(&self, ready: &Ready) -> bool {
        let ended = self
            .channels
            .iter()
            .all(|channel| matches!(channel.wanted(), Wanted::Nothing));
        // A look from before its end may have missed its last words.
        let drained = ready.after_its_end
            && !ready.channels.iter().any(|&(came, _)| came)
            && !self.channels.iter().any(Channel::has_pending);
        ended || self.only_drains() && (drained || self.hurried)
    }

    fn take_signals(&mut self) {
        for (signal, origin) in self.watch.requests() {
            self.hurried |= self.only_drains();
            let answer = self.interruption.note(signal, origin, Instant::now());
            if answer == Answer::Forward && self.how.is_none() {
                // SAFETY: the number is that of a signal we have just received.
                let signal = unsafe { Signal::from_raw_unchecked(signal) };
                let _ = kill_process(self.child, signal);
            }
        }
    }

    fn reap(&mut self) {
        if self.how.is_some() {
            return;
        }
        let Some(status) = ended(self.child) else { return };
        self.how = Some(match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => How::Code(u8::try_from(code & 0xff).expect("masked to a byte")),
            (None, signal) => How::Signal(signal.unwrap_or(0)),
        });
        self.interruption.killed();
        self.input.child_ended();
    }

    /// Looks a few times for the end of a command that has closed its output: nearly always it is about to end, sooner than a
    /// sleeper could be woken up for it.
    fn expect_end(&mut self) {
        /// Together less than a wake-up takes, some 50 us.
        const LOOKS: u32 = 64;
        let is_over = |channel: &Channel| matches!(channel.wanted(), Wanted::Nothing);
        if self.end_expected || self.channels.is_empty() || !self.channels.iter().all(is_over) {
            return;
        }
        self.end_expected = true;
        for _ in 0..LOOKS {
            self.reap();
            if self.how.is_some() {
                return;
            }
            // It may need the processor that we are on.
            std::thread::yield_now();
        }
    }

    fn tell_stall(&mut self, listener: &mut dyn FnMut(Event<'_>)) {
        if !self.stall_told && self.channels.iter().any(Channel::stalled) {
            self.stall_told = true;
            listener(Event::Stalled);
        }
    }

    fn kill_when_due(&mut self) {
        if self.interruption.kill_at().is_some_and(|at| Instant::now() >= at) {
            self.interruption.killed();
            let _ = kill_process(self.child, Signal::KILL);
        }
    }

    fn end(self, how: How) -> Ended {
        let lost = self
            .channels
            .iter()
            .find_map(|channel| channel.lost().map(|error| (channel.stream(), io::Error::from(error))));
        let input = self.input.used();
        // From here on a signal does again what it did before we watched; one that came until now still counts.
        let late = self.watch.stop();
        Ended {
            how,
            input,
            interrupted: self.interruption.first().or(late),
            lost,
            unrecorded: self.channels.iter().find_map(Channel::cut_short).map(io::Error::from),
        }
    }
}
