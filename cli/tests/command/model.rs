//! Whatever happens, in whatever order: what the command says and returns is what it would say and return without a
//! cache, and it does not run where it need not.
//!
//! Steps are drawn at random and done to real files with the real command. Beside it the same job runs without us, and a
//! [shadow](crate::shadow) of the store tells when a replay was allowed and when it was due.

mod blows;
mod calls;
mod kinds;
mod machine;
mod steps;
mod verdict;

use std::thread;

use rustix::process::geteuid;
use rustix::thread::{CapabilitySet, capabilities, remove_capability_from_bounding_set, set_capabilities};

use self::kinds::JOBS;
use self::machine::Machine;
use self::steps::{Case, case};
use crate::sandbox::{Sandbox, amount};
use crate::shadow::play_until;

/// Does all steps of `case`; returns how many, or what went wrong after which.
fn play(case: &Case) -> Result<usize, String> {
    let sandbox = if case.young { Sandbox::young() } else { Sandbox::new() };
    let mut machine = Machine::new(case, &sandbox);
    for step in &case.steps {
        machine.log.push(format!("{step:?}"));
        if let Err(why) = machine.take(step) {
            let young = if case.young { "young" } else { "not young" };
            return Err(format!("{young} {:?}\n{}\n{why}", case.jobs, machine.log.join("\n")));
        }
    }
    // So that it can be removed.
    sandbox.arrange("chmod -R u+rwX . ../store 2> /dev/null || :");
    Ok(case.steps.len())
}

/// Does `what` in a thread for which permissions count, and for all that it starts, though we may be root.
fn without_roots_rights(what: impl FnOnce() + Send) {
    let rights = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
    let give_up_and_do = || {
        if geteuid().is_root() {
            for right in rights.iter() {
                remove_capability_from_bounding_set(right).unwrap();
            }
            let mut sets = capabilities(None).unwrap();
            sets.effective.remove(rights);
            set_capabilities(None, sets).unwrap();
        }
        what();
    };
    thread::scope(|scope| {
        if let Err(panic) = scope.spawn(give_up_and_do).join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn whatever_happens_it_does_what_it_would_do_without_a_cache_and_runs_no_more_than_it_must() {
    without_roots_rights(|| play_until(amount(300, 50_000), &case(JOBS.len()), play));
}
