//! Jobs whose value is what certain files hold: so whatever anybody is told of them can be held against the truth.

use std::fs;

use jobstamps::job::{Code, Command, Input};
use jobstamps::{Digest, Finish, Holder, InputUse, Job, Limits, Lookup, Method, Patience, Stream, Warning};

use super::world::World;

/// More than lies in a stamp itself.
pub const MUCH: usize = 70_000;

/// A job whose value is what its sources hold.
pub struct Task {
    pub job: Job,
    pub sources: Vec<&'static str>,
    pub size: usize,
    /// What a command reads on its standard input.
    pub input: Option<&'static str>,
}

/// What somebody was told of a job.
#[derive(Debug)]
pub struct Told {
    pub replayed: bool,
    pub stored: bool,
    pub warnings: Vec<Warning>,
}

impl Task {
    pub fn new(world: &World, name: &'static str, sources: &[&'static str], dependencies: &[&str]) -> Self {
        let job = Job {
            code: Some(Code::of("tests:scene", Vec::new())),
            dependencies: world.job(dependencies).dependencies,
            ..Job::call("tests:scene", name)
        };
        Self {
            job: job.by(Method::Hash),
            sources: sources.to_vec(),
            size: 0,
            input: None,
        }
    }

    pub fn large(self) -> Self {
        Self { size: MUCH, ..self }
    }

    /// Returns what the job comes to in the world as it is.
    pub fn truth(&self, world: &World) -> Vec<u8> {
        let mut bytes = self.input.unwrap_or_default().as_bytes().to_vec();
        for source in &self.sources {
            bytes.extend(fs::read(world.path(source)).unwrap());
        }
        bytes.repeat(1 + self.size / bytes.len())
    }

    /// Runs the job, or replays it: whatever it is told, it is told the truth.
    pub fn perform(&self, world: &World) -> Told {
        self.perform_while_waiting(world, &mut |_| Patience::Run)
    }

    pub fn perform_while_waiting(&self, world: &World, wait: &mut dyn FnMut(Holder) -> Patience) -> Told {
        let truth = self.truth(world);
        let cache = world.cache();
        let mut looked = cache.lookup(&self.job, Some(wait));
        let mut input = InputUse::Known;
        if let Some(text) = self.input {
            let digest = Digest::of(text.as_bytes());
            input = InputUse::Read(digest);
            if matches!(looked, Lookup::ReadsInput) {
                input = InputUse::Known;
                looked = cache.lookup(&reader(world, Input::Bytes(digest)), Some(wait));
            }
        }
        match looked {
            Lookup::Fresh(mut hit) => {
                let mut said = Vec::new();
                let replayed = match self.input {
                    None => hit.replay.read_value().map(|value| said = value),
                    Some(_) => hit.replay.to(&mut said, &mut Vec::new()),
                };
                assert!(replayed.is_err() || said == truth, "a wrong answer");
                if replayed.is_ok() {
                    hit.settle();
                    for output in &self.job.outputs {
                        assert_eq!(fs::read(output.path()).unwrap(), truth, "the output of another run");
                    }
                }
                // Whoever cannot read what is remembered runs the job, without a word from here.
                Told {
                    replayed: true,
                    stored: true,
                    warnings: Vec::new(),
                }
            }
            Lookup::Stale(mut stale) => {
                for output in &self.job.outputs {
                    fs::write(output.path(), &truth).unwrap();
                }
                let saved = if self.input.is_some() {
                    stale.recording.say(Stream::Out, &truth);
                    stale.recording.save(Finish::Exit { code: 0, input })
                } else {
                    stale.recording.save_value(truth)
                };
                cache.tidy(&self.job, &Limits::default());
                Told {
                    replayed: false,
                    stored: saved.stored,
                    warnings: [stale.warnings, saved.warnings].concat(),
                }
            }
            Lookup::ReadsInput => panic!("its input was told"),
        }
    }

    /// Runs the job whatever is remembered of it.
    pub fn record(&self, world: &World) -> Told {
        let (recording, warnings) = world.cache().record(&self.job);
        let saved = recording.save_value(self.truth(world));
        Told {
            replayed: false,
            stored: saved.stored,
            warnings: [warnings, saved.warnings].concat(),
        }
    }

    pub fn was_stored(&self, world: &World) {
        let told = self.perform(world);
        assert!(!told.replayed && told.stored && told.warnings.is_empty(), "{told:?}");
    }

    pub fn is_replayed(&self, world: &World) {
        let told = self.perform(world);
        assert!(told.replayed, "it is lost: {told:?}");
    }
}

pub fn reader(world: &World, input: Input) -> Job {
    let command = Command {
        input,
        ..Command::new("/bin/cat", [""; 0])
    };
    let job = Job {
        program: None,
        ..Job::command(command)
    };
    job.depends_on(world.path("in")).by(Method::Hash)
}
