//! A store that refuses all of one kind, for good: it is full, or read-only, or has no room for one more file.
#![cfg(target_os = "linux")]

use jobstamps::Warning;
use jobstamps::disk::Call;
use jobstamps::disk::failpoints::{Fault, Plan, When, under};

use super::scenes::{large, making, small, sweep, sweep_ready, tree, write, young_are_kept};
use super::world::World;

// See errno(3).
const EPERM: i32 = 1;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const EDQUOT: i32 = 122;

fn makes(call: Call) -> bool {
    matches!(
        call,
        Call::Create | Call::CreateInside | Call::CreateNameless | Call::MakeFolder | Call::Name
    )
}

fn writes(call: Call) -> bool {
    matches!(call, Call::Write) || makes(call)
}

fn changes(call: Call) -> bool {
    let rest = [Call::Shorten, Call::Touch, Call::Exchange, Call::Rename, Call::Remove];
    writes(call) || rest.contains(&call)
}

fn refused<R>(errno: i32, to: fn(Call) -> bool, what: impl FnOnce() -> R) -> R {
    let plan = Plan {
        fault: Fault::Refusal(errno),
        when: When::From(1),
        to,
    };
    under(plan, what).0
}

/// Hits are served; a miss is delivered with one warning; all is as it was afterwards.
fn serves_hits_and_runs_misses(errno: i32, to: fn(Call) -> bool) {
    let world = World::in_memory();
    write(&world);
    let hits = || [large(&world), tree(&world)];
    for hit in hits() {
        hit.was_stored(&world);
    }
    let before = world.files();
    refused(errno, to, || {
        for hit in hits() {
            hit.is_replayed(&world);
        }
        for miss in [small(&world), making(&world)] {
            let told = miss.perform(&world);
            assert!(!told.stored && !told.replayed);
            assert!(matches!(told.warnings[..], [Warning::NotKept(_)]), "{told:?}");
        }
    });
    assert_eq!(world.files(), before, "nothing is left, nothing is gone");
    for hit in hits() {
        hit.is_replayed(&world);
    }
    small(&world).was_stored(&world);
}

/// S07.
#[test]
fn a_store_that_cannot_be_changed_serves_hits_and_runs_misses_with_one_warning() {
    for errno in [EROFS, EACCES, EPERM] {
        serves_hits_and_runs_misses(errno, changes);
    }
}

/// S05, S14: no room, and no room for one more file.
#[test]
fn a_full_store_serves_hits_and_runs_misses_with_one_warning() {
    for errno in [ENOSPC, EDQUOT] {
        serves_hits_and_runs_misses(errno, writes);
        serves_hits_and_runs_misses(errno, makes);
    }
}

/// S20.
#[test]
fn a_sweep_needs_no_room() {
    let world = World::in_memory();
    sweep_ready(&world);
    let swept = refused(ENOSPC, writes, || sweep(&world).unwrap());
    assert_eq!(swept.stamps, 3);
    young_are_kept(&world);
    assert_eq!(world.files().len(), 6, "{:?}", world.files());
}
