//! Processes that run the same jobs at the same time are killed at moments that nobody chose.

use std::fs::File;
use std::io::Write as _;

use rustix::process::{Signal, kill_process};

use crate::sandbox::{Running, Sandbox, amount};

/// How many jobs there are, and how many processes that run them at a time.
const JOBS: u32 = 6;
const PROCESSES: u32 = 4;

/// Jobs in a world of their own, and chance.
struct Load {
    sandbox: Sandbox,
    versions: [u32; JOBS as usize],
    state: u64,
}

impl Load {
    fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("input", "input\n");
        for job in 0..JOBS {
            sandbox.write(format!("in-{job}"), "0\n");
        }
        Self {
            sandbox,
            versions: [0; JOBS as usize],
            state: seed,
        }
    }

    /// Returns a number below `limit`: Marsaglia's xorshift, so that a seed tells the whole story.
    fn chance(&mut self, limit: u32) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        u32::try_from(self.state % u64::from(limit)).unwrap()
    }

    fn edit(&mut self, job: u32) {
        let version = &mut self.versions[job as usize];
        *version += 1;
        self.sandbox.write(format!("in-{job}"), format!("{version}\n"));
    }

    /// What a job says at its input's present version: every second one more than fits into a stamp.
    fn expected(&self, job: u32) -> Vec<u8> {
        let mut said = format!("{}\n", self.versions[job as usize]).into_bytes();
        if job >= 4 {
            said.extend(b"input\n");
        }
        if job % 2 == 1 {
            (1..=20_000).for_each(|number| writeln!(said, "{number}").unwrap());
        }
        said
    }

    /// Begins a run of `job`; some compare contents, and read a file on their standard input.
    fn begin(&self, job: u32) -> Running<'_> {
        let input = format!("in-{job}");
        let more = if job % 2 == 1 { "seq 20000; " } else { "" };
        let options: &[&str] = if job < 4 {
            &["jobstamp"]
        } else {
            &["jobstamp", "--use-hashes"]
        };
        let script = format!("cat {input} -; {more}exit 7");
        let words = [
            options,
            &["--dependencies", &input, "--", "tallied", "sh", "-c", &script],
        ]
        .concat();
        let mut command = self.sandbox.command(&words);
        if job >= 4 {
            command.stdin(File::open(self.sandbox.path("input")).unwrap());
        }
        self.sandbox.start(command)
    }

    /// Lets processes run at the same time and kills some of them; returns how many it killed.
    fn round(&mut self) -> usize {
        for _ in 0..2 {
            let job = self.chance(JOBS);
            self.edit(job);
        }
        let jobs: Vec<u32> = (0..PROCESSES).map(|_| self.chance(JOBS)).collect();
        let moments: Vec<u32> = (0..PROCESSES - 1).map(|_| self.chance(100_000)).collect();
        let running: Vec<_> = jobs.iter().map(|job| self.begin(*job)).collect();
        for (victim, moment) in running.iter().zip(moments) {
            (0..moment).for_each(|_| std::hint::spin_loop());
            // It may have ended by then.
            let _ = kill_process(victim.pid(), Signal::KILL);
        }
        let mut killed = 0;
        for (running, job) in running.into_iter().zip(jobs) {
            let done = running.done();
            let expected = self.expected(job);
            if done.output.status.code().is_none() {
                killed += 1;
                assert!(expected.starts_with(&done.output.stdout), "torn: {done}");
            } else {
                done.prints(expected).complains("").returns(7);
            }
        }
        killed
    }

    /// Runs every job, which then is remembered.
    fn all_work(&self) {
        for job in 0..JOBS {
            self.begin(job)
                .done()
                .prints(self.expected(job))
                .complains("")
                .returns(7);
            let done = self.begin(job).done();
            done.replayed().prints(self.expected(job)).complains("").returns(7);
        }
    }

    /// How many files lie in the store that no run would miss.
    fn litter(&self) -> usize {
        let files = self.sandbox.files_of_the_store();
        let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_litter = |name: &String| name.starts_with(".tmp-") || name.len() == 62 + 5;
        files.iter().map(name).filter(is_litter).count()
    }
}

/// S08, C17, C37.
#[test]
fn killed_at_any_moment_among_others_no_read_is_torn_and_no_job_is_broken() {
    const SEED: u64 = 0x6a6f_6273_7461_6d70;
    let mut load = Load::new(SEED);
    let (mut kills, mut rounds) = (0, 0);
    while kills < amount(200, 10_000) {
        kills += load.round();
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
