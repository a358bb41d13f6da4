//! What follows from signals that ask us to end.
//!
//! A signal of the terminal reaches the whole process group, the command with us, so it is not forwarded; one that was
//! sent to us alone is. Either way we wait for the command, and die of the same signal afterwards. Decisions only: nothing
//! here sends or awaits anything.

use std::ffi::c_int;
use std::time::{Duration, Instant};

/// How long a command lives after the second request that we forwarded.
pub const GRACE: Duration = Duration::from_secs(10);

/// Requests of one sender within this time are one: `timeout` signals us and then our whole process group.
const SAME_REQUEST: Duration = Duration::from_millis(200);

/// Who sent a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The terminal, on behalf of a key: the whole process group got it.
    Terminal,
    /// A process, by its id: only we are known to have got it.
    Process(libc::pid_t),
}

impl Origin {
    /// Where a signal comes from that the terminal sent. That it hangs up is told to the leader of its session alone, whose
    /// business it is to tell the others.
    #[must_use]
    pub fn of_terminal(signal: c_int, leads_session: bool) -> Self {
        /// What is the sender's id for a process that the kernel signals.
        const KERNEL: libc::pid_t = 0;
        if signal == libc::SIGHUP && leads_session {
            Self::Process(KERNEL)
        } else {
            Self::Terminal
        }
    }
}

/// What requests to end have come, and what follows from them.
#[derive(Debug)]
pub struct Interruption {
    grace: Duration,
    first: Option<c_int>,
    forwarded: Option<(libc::pid_t, Instant)>,
    kill_at: Option<Instant>,
}

/// What to do about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The command has it already.
    Nothing,
    /// Send it to the command.
    Forward,
}

impl Interruption {
    /// None has come. After the second one a command has `grace` to live.
    #[must_use]
    pub fn none_yet(grace: Duration) -> Self {
        Self {
            grace,
            first: None,
            forwarded: None,
            kill_at: None,
        }
    }

    /// Takes note of `signal`, and decides what to do about it.
    pub fn note(&mut self, signal: c_int, origin: Origin, now: Instant) -> Answer {
        self.first.get_or_insert(signal);
        let Origin::Process(sender) = origin else {
            return Answer::Nothing;
        };
        match self.forwarded {
            Some((before, at)) if before == sender && now.duration_since(at) < SAME_REQUEST => {}
            Some(_) => self.kill_at = self.kill_at.or(Some(now + self.grace)),
            None => {}
        }
        self.forwarded = Some((sender, now));
        Answer::Forward
    }

    /// The first signal that came.
    #[must_use]
    pub fn first(&self) -> Option<c_int> {
        self.first
    }

    /// When the command is to be killed, if it is still there then.
    #[must_use]
    pub fn kill_at(&self) -> Option<Instant> {
        self.kill_at
    }

    /// Takes note that the command has been killed.
    pub fn killed(&mut self) {
        self.kill_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERM: c_int = libc::SIGTERM;
    const INT: c_int = libc::SIGINT;

    #[test]
    fn only_a_hang_up_that_a_session_leader_is_told_of_has_to_be_passed_on() {
        for (signal, leads_session, expected) in [
            (INT, false, Origin::Terminal),
            (INT, true, Origin::Terminal),
            (libc::SIGQUIT, true, Origin::Terminal),
            (libc::SIGHUP, false, Origin::Terminal),
            (libc::SIGHUP, true, Origin::Process(0)),
        ] {
            assert_eq!(
                Origin::of_terminal(signal, leads_session),
                expected,
                "{signal} {leads_session}"
            );
        }
    }

    #[test]
    fn only_what_a_process_sent_is_forwarded_and_only_a_second_such_request_kills() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let process = Origin::Process;
        // (what came, at what time) -> (what is forwarded, when the command is killed)
        for (events, forwarded, kill_at) in [
            (&[(INT, Origin::Terminal, 0)][..], 0, None),
            (
                &[
                    (INT, Origin::Terminal, 0),
                    (INT, Origin::Terminal, 900),
                    (INT, Origin::Terminal, 1800),
                ],
                0,
                None,
            ),
            (&[(TERM, process(7), 0)], 1, None),
            (&[(TERM, process(7), 0), (TERM, process(7), 1000)], 2, Some(11_000)),
            (&[(TERM, process(7), 0), (INT, process(8), 1)], 2, Some(10_001)),
            (&[(TERM, process(7), 0), (TERM, process(7), 1)], 2, None),
            (
                &[(TERM, process(7), 0), (TERM, process(7), 1), (TERM, process(7), 500)],
                3,
                Some(10_500),
            ),
            (
                &[
                    (TERM, process(7), 0),
                    (TERM, process(7), 1000),
                    (TERM, process(7), 3000),
                ],
                3,
                Some(11_000),
            ),
        ] {
            let mut interruption = Interruption::none_yet(GRACE);
            let answers: Vec<Answer> = events
                .iter()
                .map(|&(signal, origin, time)| interruption.note(signal, origin, at(time)))
                .collect();
            assert_eq!(
                answers.iter().filter(|&&answer| answer == Answer::Forward).count(),
                forwarded,
                "{events:?}"
            );
            assert_eq!(interruption.kill_at(), kill_at.map(at), "{events:?}");
            assert_eq!(interruption.first(), Some(events[0].0), "{events:?}");
        }
    }
}
