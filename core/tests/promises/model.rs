//! Whatever happens to files, clock and store in whatever order: what is replayed is what the job would leave now, and
//! the job does not run where it need not.
//!
//! Steps are drawn at random; runs stay open while other things happen. The job's value is all that it depends on, so the
//! oracle is to look at the files themselves, and a [shadow](super::shadow) of the store tells when a replay was due.
#![cfg(unix)]

mod smuggler;
mod steps;

use std::fs;

use jobstamps::store::{Limits, Store};
use jobstamps::{Cache, Job, Lookup, Recording};
use proptest::sample::Index;

use self::smuggler::Smuggler;
use self::steps::{How, LISTS, Step, steps};
use super::shadow::{Asked, Detail, Expected, Fitness, Shadow, Snapshot, View, play_until};
use super::world::{World, amount, clock};

/// A run that has not ended.
struct Open {
    how: How,
    recording: Recording,
    guard: Snapshot,
    /// Whether it could be vouched for when it began.
    was_fit: bool,
    /// Whether something was done to the store since.
    is_troubled: bool,
}

struct Model {
    world: World,
    young: bool,
    old_process: Cache,
    shadow: Shadow,
    open: Option<Open>,
    /// Whether the job ever had so much to say that its values lie in side files.
    says_much: bool,
    smuggler: Smuggler,
    log: Vec<String>,
}

impl Model {
    fn new(young: bool) -> Self {
        let world = if young { World::young() } else { World::new() };
        if young {
            // Where files are of the future, they are young however long this takes.
            world.turn_clock(-100);
        }
        for name in ["d/a", "d/b", "d/e/c", "x.c"] {
            world.write(name, "one");
        }
        world.link("l", "d/b");
        Self {
            old_process: world.cache(),
            world,
            young,
            shadow: Shadow::default(),
            open: None,
            says_much: false,
            smuggler: Smuggler::default(),
            log: Vec::new(),
        }
    }

    fn look(&self, how: How, everywhere: bool) -> Snapshot {
        let (dependencies, output) = LISTS[how.list];
        let view = View {
            directory: &self.world.path(""),
            left_out: &[output],
            everywhere,
        };
        Snapshot::take(dependencies, view)
    }

    fn job(&self, how: How) -> Job {
        let (dependencies, output) = LISTS[how.list];
        let outputs = if output.is_empty() { vec![] } else { vec![output] };
        self.world.making(dependencies, &outputs).by(how.method)
    }

    fn expected(&self, how: How, now: &Snapshot) -> Expected {
        let output = LISTS[how.list].1;
        if !output.is_empty() && !self.world.path(output).exists() {
            return Expected::Run;
        }
        self.shadow.expected(asked(how, &how.list.to_string()), now)
    }

    /// Looks the job up; returns the run that has begun, if it has to run.
    fn begin(&mut self, how: How) -> Result<Option<Open>, String> {
        let (now, guard) = (self.look(how, false), self.look(how, true));
        let expected = self.expected(how, &now);
        let job = self.job(how);
        let reasons = self.world.cache().reasons(&job).unwrap();
        if how.old_process && !self.old_process.is_current() {
            self.old_process = self.world.cache();
        }
        let cache = if how.old_process {
            &self.old_process
        } else {
            &self.world.cache()
        };
        let glanced = how.glances.then(|| cache.glance(&job)).flatten();
        let found = glanced.map_or_else(|| cache.lookup(&job, None), Lookup::Fresh);
        match found {
            Lookup::Fresh(mut hit) => {
                self.log.push(format!("  to {expected:?}: replayed"));
                let value = hit
                    .replay
                    .read_value()
                    .map_err(|error| format!("it lost its value: {error}"))?;
                let text = value_of(&now);
                if value != text.as_bytes() {
                    return Err(format!(
                        "it left\n{}\nand would leave\n{text}",
                        String::from_utf8_lossy(&value)
                    ));
                }
                hit.settle();
                self.shadow.replayed(asked(how, &how.list.to_string()), &now);
                match (expected, &reasons[..]) {
                    (Expected::Run, _) => Err("it was replayed, which is wrong".to_owned()),
                    (_, []) => Ok(None),
                    (_, reasons) => Err(format!("it was replayed, though {}", reasons[0])),
                }
            }
            Lookup::Stale(stale) => {
                self.log.push(format!("  to {expected:?}: it runs, {}", stale.reason));
                // Whatever it declares this time, it may write them again.
                self.shadow
                    .forget(|variant| !LISTS[variant.parse::<usize>().unwrap()].1.is_empty());
                match (expected, &reasons[..]) {
                    (Expected::Replay, _) => Err("it runs, which is needless".to_owned()),
                    (_, []) => Err("it runs, though nothing speaks for that".to_owned()),
                    _ => Ok(Some(Open {
                        how,
                        recording: stale.recording,
                        guard,
                        was_fit: now.fitness() != Fitness::Unfit,
                        is_troubled: false,
                    })),
                }
            }
            Lookup::ReadsInput => unreachable!(),
        }
    }

    fn end(&mut self, open: Open) -> Result<(), String> {
        let Open {
            how,
            recording,
            guard,
            was_fit,
            is_troubled,
        } = open;
        let (dependencies, output) = LISTS[how.list];
        let path = self.world.path(output);
        let is_torn = !guard.agrees(&self.look(how, true), Detail::Times);
        if dependencies == [output] {
            let content = path.is_file().then(|| fs::read_to_string(&path).ok()).flatten();
            if let Some(content) = content.filter(|content| !content.ends_with('!')) {
                let _ = fs::write(&path, content + "!");
            }
        } else if !output.is_empty() && !is_fifo(&path) {
            let _ = fs::write(&path, "made");
        }
        let (now, guard_now) = (self.look(how, false), self.look(how, true));
        // A value that no look at the files would ever give.
        let value = if is_torn { "torn".to_owned() } else { value_of(&now) };
        self.says_much |= value.len() > 60_000;
        let stored = recording.save_value(value).stored;
        self.log.push(format!("  ended: torn {is_torn}, stored {stored}"));
        let is_undisturbed = guard.agrees(&guard_now, Detail::Times);
        if !was_fit || now.fitness() == Fitness::Unfit || !is_undisturbed {
            return if stored {
                Err("it was stored".to_owned())
            } else {
                Ok(())
            };
        }
        if !stored && !is_troubled && guard.agrees(&guard_now, Detail::All) {
            return Err("it was not stored".to_owned());
        }
        if stored {
            self.shadow.ran(asked(how, &how.list.to_string()), now, false, true);
        }
        Ok(())
    }

    fn spoil(&mut self, which: Index, spoil: impl FnOnce(&mut Vec<u8>)) {
        let mut files = self.world.files();
        files.retain(|file| fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0));
        if files.is_empty() {
            return;
        }
        let file = which.get(&files);
        let mut bytes = fs::read(file).unwrap();
        spoil(&mut bytes);
        fs::write(file, bytes).unwrap();
        self.shadow.doubt();
    }

    fn take(&mut self, step: &Step) -> Result<(), String> {
        let is_change = matches!(step, Step::Change(_) | Step::Smuggle(..) | Step::Clock(_));
        let is_run = matches!(step, Step::Run(_) | Step::Begin(_) | Step::End(_));
        if let (false, Some(open)) = (is_change || is_run, &mut self.open) {
            open.is_troubled = true;
        }
        match step {
            Step::Change(change) => {
                if !self.young {
                    self.world.next_tick();
                }
                let _ = change.happen(&self.world.path(""));
            }
            // Where nothing is young that is not seen, as the essay on freshness says.
            Step::Smuggle(..) if !self.young => {}
            Step::Smuggle(name, content) => {
                let _ = self.smuggler.edit(&self.world.path(name), content);
            }
            Step::Clock(ahead) => self.world.turn_clock(*ahead),
            Step::Run(how) => {
                if let Some(open) = self.begin(*how)? {
                    self.end(open)?;
                }
            }
            Step::Begin(how) => {
                if let Some(open) = self.begin(*how)? {
                    self.open = Some(open);
                }
            }
            Step::End(saves) => {
                if let Some(open) = self.open.take().filter(|_| *saves) {
                    self.end(open)?;
                }
            }
            Step::FlipBit(file, bit) => self.spoil(*file, |bytes| {
                let bit = bit.index(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }),
            Step::CutShort(file, length) => self.spoil(*file, |bytes| bytes.truncate(length.index(bytes.len()))),
            Step::LoseSideFiles => {
                for file in self.world.files() {
                    if file.file_name().unwrap().to_str().unwrap().contains('-') {
                        fs::remove_file(file).unwrap();
                    }
                }
                // The entries of directories are a convenience; large values are not.
                if self.says_much {
                    self.shadow.doubt();
                }
            }
            Step::LoseAll => {
                let _ = fs::remove_dir_all(self.world.stamps());
                self.shadow = Shadow::default();
            }
            Step::Forget => {
                self.world.cache().forget(&self.world.job(&[])).unwrap();
                self.shadow = Shadow::default();
            }
            Step::Sweep(bytes) => {
                if let Some(store) = Store::open(&self.world.stamps()).unwrap() {
                    let limits = Limits {
                        bytes: *bytes,
                        ..Limits::default()
                    };
                    store.sweep(&limits, clock, None).unwrap();
                    if *bytes < u64::MAX {
                        self.shadow.doubt();
                    }
                }
            }
        }
        Ok(())
    }
}

fn asked(how: How, variant: &str) -> Asked<'_> {
    Asked {
        method: how.method,
        variant,
        only_success: false,
    }
}

/// What the job leaves that finds this.
fn value_of(now: &Snapshot) -> String {
    let mut text = now.text();
    if text.contains("big") {
        text.push_str(&"0".repeat(100_000));
    }
    text
}

fn is_fifo(path: &std::path::Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

fn play(young: bool, steps: &[Step]) -> Result<usize, String> {
    let mut model = Model::new(young);
    for step in steps {
        model.log.push(format!("{step:?}"));
        if let Err(why) = model.take(step) {
            return Err(format!("{}\n{why}", model.log.join("\n")));
        }
    }
    Ok(steps.len())
}

/// C32, D01 to D11, D13, D14, D17, D18, S01.
#[test]
fn what_is_replayed_is_what_the_job_would_leave_now_and_nothing_runs_needlessly() {
    play_until(amount(2000, 50_000) as usize, &steps(false), |steps| play(false, steps));
}

/// D04.
#[test]
fn so_it_is_where_all_is_young_and_edits_leave_no_trace() {
    play_until(amount(2000, 50_000) as usize, &steps(true), |steps| play(true, steps));
}
