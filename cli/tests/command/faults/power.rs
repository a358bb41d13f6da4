//! The power goes at any moment: every stamp is whole or a miss.
//!
//! A file system in a file is shut down with the ioctl(2) that xfs and ext4 have for tests of their own, so that what had not
//! reached the disk never does; then it is mounted again. It is stricter than a real cut in one way: the machine has not been
//! started anew, so that nothing tells that blobs are to be read through before they are believed.

use super::load::{JOBS, Load};
use super::mounts::{Flushed, Mount};
use crate::sandbox::{amount, skip};

/// When the power goes.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After all is done.
    AtRest,
    /// While jobs run, are remembered, replace others and sweep what was left.
    InFlight,
}

/// What became of stamps.
#[derive(Debug, Default)]
struct Became {
    served: u64,
    gone: u64,
    damaged: u64,
}

/// Jobs run on a file system of the type `kind`, and the power goes; `None` where that cannot be.
fn cut(kind: &str, size: u64, flushed: Flushed, moment: Moment, seed: u64) -> Option<Became> {
    let what = format!("power cuts on {kind}");
    let mut load = Load::new(seed);
    let mut mount = Mount::image(&load.sandbox, kind, size, &what)?;
    // From here on what was left an hour ago is swept.
    load.sandbox.clock(4000);
    for round in 0..3 {
        if round > 0 {
            (0..JOBS / 2).for_each(|_| {
                let job = load.chance(JOBS);
                load.edit(job);
            });
        }
        let jobs: Vec<u32> = (0..JOBS).map(|_| load.chance(JOBS)).collect();
        if round == 1 {
            // What was there before is on the disk, with what others left beside it.
            load.litter_everywhere();
            load.sandbox.arrange("sync -f $JOBSTAMPS_DIRECTORY");
        }
        let instant = load.chance(200_000);
        let running: Vec<_> = jobs.iter().map(|job| load.begin(*job)).collect();
        if matches!(moment, Moment::InFlight) && round == 2 {
            (0..instant).for_each(|_| std::hint::spin_loop());
            if !mount.cut(flushed) {
                skip(&what, "no ioctl for it");
                return None;
            }
        }
        for (running, job) in running.into_iter().zip(jobs) {
            let done = running.done();
            let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
            if done.output.status.code() == Some(125) {
                // The disk went away under a replay of which a part was out.
                assert!(load.expected(job).starts_with(&done.output.stdout), "{done}");
                assert!(words.contains("jobstamp: cannot read what stamp `"), "{done}");
                continue;
            }
            assert!(
                words.lines().all(|line| line.starts_with("jobstamp: warning: ")),
                "{done}"
            );
            done.prints(load.expected(job)).returns(7);
        }
    }
    if matches!(moment, Moment::AtRest) && !mount.cut(flushed) {
        skip(&what, "no ioctl for it");
        return None;
    }
    // Without power nothing is stored and everything is delivered.
    let done = load.begin(0).done().prints(load.expected(0)).returns(7);
    done.says("jobstamp: warning: ");
    mount = mount.again(&load.sandbox);
    let mut became = Became::default();
    for job in 0..JOBS {
        let done = load.begin(job).done().prints(load.expected(job)).returns(7);
        let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
        assert!(
            words.lines().all(|line| line.ends_with("; the job runs again")),
            "{done}"
        );
        match (done.runs, words.as_str()) {
            (0, _) => became.served += 1,
            (_, "") => became.gone += 1,
            _ => became.damaged += 1,
        }
    }
    load.all_work();
    drop(mount);
    Some(became)
}

fn cuts(kind: &str, size: u64) {
    let (mut count, mut all) = (0, Became::default());
    for seed in 1..=amount(2, 25) as u64 {
        for flushed in [Flushed::Journal, Flushed::Nothing] {
            for moment in [Moment::AtRest, Moment::InFlight] {
                let Some(became) = cut(kind, size, flushed, moment, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)) else {
                    return;
                };
                all.served += became.served;
                all.gone += became.gone;
                all.damaged += became.damaged;
                count += 1;
            }
        }
    }
    println!("{count} power cuts on {kind}, 0 damaged stamps served: {all:?}");
    assert!(all.served > 0 && all.gone + all.damaged > 0, "{all:?}");
}

/// S09.
#[test]
fn after_a_power_cut_on_ext4_every_stamp_is_whole_or_a_miss() {
    cuts("ext4", 32);
}

/// S09.
#[test]
fn after_a_power_cut_on_xfs_every_stamp_is_whole_or_a_miss() {
    cuts("xfs", 320);
}
