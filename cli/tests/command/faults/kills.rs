//! Processes that run the same jobs at the same time are killed at moments that nobody chose.

use rustix::process::{Signal, kill_process};

use super::load::{JOBS, Load};
use crate::sandbox::amount;

/// How many processes run at a time.
const PROCESSES: u32 = 4;

/// Lets processes run at the same time and kills some of them; returns how many it killed.
fn round(load: &mut Load) -> usize {
    for _ in 0..2 {
        let job = load.chance(JOBS);
        load.edit(job);
    }
    let jobs: Vec<u32> = (0..PROCESSES).map(|_| load.chance(JOBS)).collect();
    let moments: Vec<u32> = (0..PROCESSES - 1).map(|_| load.chance(100_000)).collect();
    let running: Vec<_> = jobs.iter().map(|job| load.begin(*job)).collect();
    for (victim, moment) in running.iter().zip(moments) {
        (0..moment).for_each(|_| std::hint::spin_loop());
        // It may have ended by then.
        let _ = kill_process(victim.pid(), Signal::KILL);
    }
    let mut killed = 0;
    for (running, job) in running.into_iter().zip(jobs) {
        let done = running.done();
        let expected = load.expected(job);
        if done.output.status.code().is_none() {
            killed += 1;
            assert!(expected.starts_with(&done.output.stdout), "torn: {done}");
        } else {
            done.prints(expected).complains("").returns(7);
        }
    }
    killed
}

/// S08, C17, C37.
#[test]
fn killed_at_any_moment_among_others_no_read_is_torn_and_no_job_is_broken() {
    const SEED: u64 = 0x6a6f_6273_7461_6d70;
    let mut load = Load::new(SEED);
    let (mut kills, mut rounds) = (0, 0);
    while kills < amount(200, 10_000) {
        kills += round(&mut load);
        rounds += 1;
        if rounds % 10 == 0 {
            load.all_work();
        }
    }
    load.all_work();
    let left = load.litter();
    // An hour later the next run of each job sweeps its part of the store.
    load.sandbox.clock(4000);
    (0..JOBS).for_each(|job| load.edit(job));
    load.all_work();
    println!("seed {SEED:#x}: {kills} kills in {rounds} rounds, 0 torn, 0 broken; {left} files left behind");
    assert!(left <= kills, "{left}");
    assert_eq!(load.litter(), 0, "{:#?}", load.sandbox.files_of_the_store());
}
