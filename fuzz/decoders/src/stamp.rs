//! Stamp files of any content: as bytes, behind right seals, and planted in a store where a job looks for its stamp.

use std::cell::OnceCell;
use std::fs;
use std::io::{self, Write as _};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::slice;
use std::time::SystemTime;

use jobstamps::freshness::contrasts;
use jobstamps::job::{Command, JobKey, Parameter};
use jobstamps::stamp::{Entering, StampFile, Story, TagKey};
use jobstamps::store::Store;
use jobstamps::{Cache, Digest, Finish, Job, Lookup, Method, Recording, Stream, Time};
use tempfile::TempDir;

use crate::memory::bounded;
use crate::seal::{Part, sealed};

/// The key of all tags here.
pub const TAG_KEY: TagKey = [7; 32];
const LARGE: usize = 100_000;

/// Returns the job whose stamps are planted.
#[must_use]
pub fn job() -> Job {
    Job::call("fuzz", "")
}

/// Divides `bytes`: two say how long the first part is, one that it is tagged. The first part, after the key, is what a hit
/// reads; the rest is what none does.
fn divided(bytes: &[u8]) -> Option<(Vec<u8>, &[u8], bool)> {
    let (head, rest) = bytes.split_at_checked(3)?;
    let length = usize::from(u16::from_le_bytes([head[0], head[1]])).min(rest.len());
    let (hot, cold) = rest.split_at(length);
    Some(([job().key().as_bytes(), hot].concat(), cold, head[2] & 1 == 1))
}

fn file_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let (hot, cold, tagged) = divided(bytes)?;
    let part = Part {
        hot: &hot,
        cold,
        tag_key: tagged.then_some(&TAG_KEY),
    };
    Some(sealed(&job().key(), &[part]))
}

/// Reads `bytes` as a stamp file.
///
/// # Panics
/// What can be read is written as something else.
pub fn stamp_file(bytes: &[u8]) {
    let key = job().key();
    bounded(bytes, || {
        let file = StampFile::parse(&key, bytes);
        for tag_key in [None, Some(&TAG_KEY)] {
            let stamps = file.stamps(&key, tag_key);
            assert_eq!(file.cold(&key, tag_key).len(), stamps.len());
            assert!(tag_key.is_some() || !stamps.iter().any(jobstamps::stamp::Stamp::is_pickled));
        }
        assert_eq!(StampFile::parse(&key, &file.encode(&key)), file);
    });
}

/// Reads `bytes` as a stamp whose seals are right.
///
/// # Panics
/// What can be read is written as something else, or told in more than one line; or a value that could run code is read
/// without a tag.
pub fn sealed_stamp(bytes: &[u8]) {
    let Some((_, _, tagged)) = divided(bytes) else { return };
    let Some(file) = file_of(bytes) else { return };
    let key = job().key();
    bounded(&file, || {
        let file = StampFile::parse(&key, &file);
        for stamp in file.stamps(&key, Some(&TAG_KEY)) {
            assert!(tagged || !stamp.is_pickled());
            let cold = file.cold(&key, Some(&TAG_KEY)).remove(0);
            let cold = cold.unwrap_or_default();
            for contrast in contrasts(&cold.story, &Story::of(&job(), &[])) {
                is_one_line(&contrast.to_string());
            }
            let mut again = StampFile::default();
            let entering = Entering {
                stamp: &stamp,
                cold: Some(&cold),
                replaces: &|_| true,
            };
            assert!(again.add(&key, entering, Some(&TAG_KEY)).is_some());
            let again = StampFile::parse(&key, &again.encode(&key));
            assert_eq!(again.stamps(&key, Some(&TAG_KEY)), slice::from_ref(&stamp));
            assert_eq!(again.cold(&key, Some(&TAG_KEY)), [Some(cold)]);
            assert!(stamp.side_files().len() >= stamp.blobs().count());
            assert!(stamp.code.is_some() || stamp.gives_way_to(&stamp, None));
        }
    });
}

/// A store with room for one planted stamp, and with a side file that it may name.
struct Planted {
    directory: TempDir,
    cache: Cache,
}

thread_local! {
    static PLANTED: OnceCell<Planted> = const { OnceCell::new() };
}

fn now() -> Time {
    SystemTime::now().into()
}

impl Planted {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is a directory for temporary files");
        let cache = Cache::open(directory.path(), now, Some(TAG_KEY));
        record(&cache, &job(), |recording| {
            recording.save_value(vec![b'x'; LARGE]);
        });
        let cache = Cache::open(directory.path(), now, Some(TAG_KEY));
        Self { directory, cache }
    }

    /// Looks the job up whose stamp file is `file`, and `length` bytes long: it is replayed, or something is said in one
    /// line.
    fn look_up(&self, file: &[u8], length: u64) {
        let path = Store::stamp_path(self.directory.path(), &job().key());
        let _ = fs::remove_file(&path);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let written = options.open(&path).and_then(|mut opened| {
            opened.write_all(file)?;
            opened.set_len(length)
        });
        written.expect("the store is there");
        bounded(file, || {
            let explanation = self.cache.explain(&job());
            for explained in explanation.map(|told| told.reasons).unwrap_or_default() {
                is_one_line(&explained.reason.to_string());
            }
            match self.cache.lookup(&job(), None) {
                Lookup::Fresh(mut hit) => {
                    let mut said = io::sink();
                    // Runs that go beyond what was said end it; they were checked by nobody but their writer.
                    let _ = hit.replay.to(&mut said, &mut io::sink());
                    for part in hit.replay.take_value() {
                        let _ = part.length();
                    }
                }
                Lookup::ReadsInput => {}
                Lookup::Stale(stale) => {
                    is_one_line(&stale.reason.to_string());
                    for warning in &stale.warnings {
                        is_one_line(&warning.to_string());
                    }
                }
            }
        });
    }
}

fn is_one_line(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}

/// Looks a job up whose stamp is `bytes` behind right seals.
///
/// # Panics
/// What is said of it is more than one line.
pub fn planted_stamp(bytes: &[u8]) {
    if let Some(file) = file_of(bytes) {
        planted_file(&file, file.len() as u64);
    }
}

/// Looks a job up whose stamp file is `file`, and `length` bytes long.
///
/// # Panics
/// What is said of it is more than one line.
pub fn planted_file(file: &[u8], length: u64) {
    PLANTED.with(|planted| planted.get_or_init(Planted::new).look_up(file, length));
}

/// Has `run` record `job`, which is stale.
fn record(cache: &Cache, job: &Job, run: impl FnOnce(Recording)) {
    if let Lookup::Stale(stale) = cache.lookup(job, None) {
        run(stale.recording);
    }
}

/// Returns stamps of true runs: the files, and each as [`sealed_stamp`] takes it.
///
/// # Panics
/// They cannot be made.
#[must_use]
pub fn seeds() -> Vec<(Vec<u8>, Vec<u8>)> {
    let directory = tempfile::tempdir().expect("there is a directory for temporary files");
    let place = directory.path();
    for (name, text) in [("a", "text"), ("tree/b", "more"), ("tree/c", "most")] {
        let path = place.join(name);
        fs::create_dir_all(path.parent().unwrap_or(place)).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    let store = place.join("store");
    let cache = Cache::open(&store, now, Some(TAG_KEY));
    let command = Job {
        program: None,
        ..Job::command(Command::new("/bin/lint", ["--strict", "a"]))
    };
    let files = ["a", "tree", "none"]
        .iter()
        .fold(job(), |job, name| job.depends_on(place.join(name)));
    let seed = |job: &Job, run: &dyn Fn(Recording)| {
        record(&cache, job, run);
        of_file(&store, &job.key())
    };
    vec![
        seed(&command, &|mut recording| {
            recording.say(Stream::Out, b"out");
            recording.say(Stream::Err, b"err");
            recording.save_exit(3);
        }),
        seed(&job(), &|recording| {
            recording.save_value("value");
        }),
        seed(&Job::call("fuzz", "told"), &|mut recording| {
            let parameter = |name: &str, text: Option<&str>| Parameter {
                name: name.to_owned(),
                digest: Digest::of(name.as_bytes()),
                text: text.map(str::to_owned),
            };
            recording.called_with(vec![parameter("n", Some("3")), parameter("more[0]", None)]);
            recording.save_value("of parameters");
        }),
        seed(&Job::call("fuzz", "large"), &|recording| {
            recording.save_value(vec![b'x'; LARGE]);
        }),
        seed(
            &Job {
                signed: true,
                ..Job::call("fuzz", "pickled")
            },
            &|recording| {
                let pieces = vec![b"pickle".to_vec(), b"layout".to_vec()];
                let _ = recording.save(Finish::Value { pieces, pickled: true });
            },
        ),
        seed(
            &Job {
                invocation: Job::call("fuzz", "files").invocation,
                ..files.by(Method::Hash)
            },
            &|recording| {
                recording.save_value("of files");
            },
        ),
    ]
}

fn of_file(store: &Path, key: &JobKey) -> (Vec<u8>, Vec<u8>) {
    let file = fs::read(Store::stamp_path(store, key)).expect("it was stored");
    let number = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("they are eight"));
    let from = usize::try_from(number(72)).expect("it is small");
    let length = u16::try_from(number(80)).expect("it is small");
    let hot = &file[from + 32..from + usize::from(length)];
    let cold = &file[from + usize::from(length)..];
    let tagged = file[88];
    // As another job's, it would be none at all.
    let own = [job().key().as_bytes(), hot].concat();
    let part = Part {
        hot: &own,
        cold,
        tag_key: (tagged == 1).then_some(&TAG_KEY),
    };
    let mut divided = (length - 32).to_le_bytes().to_vec();
    divided.push(tagged);
    (sealed(&job().key(), &[part]), [&divided[..], hot, cold].concat())
}
