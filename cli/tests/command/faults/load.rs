//! Jobs that several processes run at the same time, on files that change between.

use std::fs::{self, File};
use std::io::Write as _;

use crate::sandbox::{Running, Sandbox};

/// How many jobs there are.
pub const JOBS: u32 = 6;

/// Jobs in a world of their own, and chance.
pub struct Load {
    /// Where they are.
    pub sandbox: Sandbox,
    versions: [u32; JOBS as usize],
    state: u64,
}

impl Load {
    /// Makes the jobs; `seed` tells how chance will have it.
    pub fn new(seed: u64) -> Self {
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
    pub fn chance(&mut self, limit: u32) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        u32::try_from(self.state % u64::from(limit)).unwrap()
    }

    /// Changes what a job depends on.
    pub fn edit(&mut self, job: u32) {
        let version = &mut self.versions[job as usize];
        *version += 1;
        self.sandbox.write(format!("in-{job}"), format!("{version}\n"));
    }

    /// What a job says at its input's present version: every second one more than fits into a stamp.
    pub fn expected(&self, job: u32) -> Vec<u8> {
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
    pub fn begin(&self, job: u32) -> Running<'_> {
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

    /// Runs every job, which then is remembered.
    pub fn all_work(&self) {
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

    /// Puts what a dead process could have left beside every stamp.
    pub fn litter_everywhere(&self) {
        for stamp in self.sandbox.stamps() {
            let name = stamp.file_name().unwrap().to_str().unwrap();
            fs::write(stamp.with_file_name(".tmp-1-left-0"), "left").unwrap();
            fs::write(stamp.with_file_name(format!("{name}-0000000000000000")), "left").unwrap();
        }
    }

    /// How many files lie in the store that no run would miss.
    pub fn litter(&self) -> usize {
        let files = self.sandbox.files_of_the_store();
        let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_litter = |name: &String| name.starts_with(".tmp-") || name.len() == 62 + 5;
        files.iter().map(name).filter(is_litter).count()
    }
}
