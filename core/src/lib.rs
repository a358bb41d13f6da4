//! Remembers what an idempotent job did, and replays it while nothing the job depends on has changed.
//!
//! A [`Job`] says what is to be run. A [`Cache`] in a directory is asked for it: either the job is *fresh*, and what it
//! did can be replayed, or it is *stale*, and whoever runs it gets the right to record what came of it. This crate runs
//! nothing, prints nothing and knows neither the clock nor the environment: its caller does.
//!
//! # Remember what a function returned
//!
//! ```
//! use jobstamps::{Cache, Job, Lookup};
//! use std::time::SystemTime;
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! let cache = Cache::open(directory, || SystemTime::now().into(), None);
//! let mut runs = 0;
//! let mut shout = |word: &str| -> std::io::Result<Vec<u8>> {
//!     // The function's full name, and bytes that tell these arguments from all others.
//!     match cache.lookup(&Job::call("example::shout", word), None) {
//!         Lookup::Fresh(mut hit) => hit.replay.read_value(),
//!         Lookup::Stale(stale) => {
//!             runs += 1;
//!             let value = word.to_uppercase().into_bytes();
//!             stale.recording.save_value(value.clone());
//!             Ok(value)
//!         }
//!         Lookup::ReadsInput => unreachable!("only a command reads an input"),
//!     }
//! };
//! assert_eq!(shout("hello")?, b"HELLO");
//! assert_eq!(shout("hello")?, b"HELLO");
//! assert_eq!(runs, 1);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Run a command again when a file that it reads has changed
//!
//! The program itself is a dependency too, without being named. The fingerprints of all of them are taken before the
//! command starts, and looked at again after it: a file that was saved meanwhile leaves no stamp.
//!
//! ```
//! use jobstamps::job::Command;
//! use jobstamps::{Cache, Job, Lookup, Stream, fingerprint};
//! # use std::time::SystemTime;
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! # let poem = directory.join("poem");
//! # std::fs::write(&poem, "Nobody heard him, the dead man,\n")?;
//! # let Some(sort) = fingerprint::search("sort".as_ref(), std::env::var_os("PATH").as_deref()) else { return Ok(()) };
//! let cache = Cache::open(directory, || SystemTime::now().into(), None);
//! let job = Job::command(Command::new(&sort, [&poem])).depends_on(&poem);
//!
//! let mut said = Vec::new();
//! match cache.lookup(&job, None) {
//!     Lookup::Fresh(hit) => hit.replay.to(&mut said, &mut std::io::stderr())?,
//!     Lookup::Stale(stale) => {
//!         let mut recording = stale.recording;
//!         let output = std::process::Command::new(&sort).arg(&poem).output()?;
//!         recording.say(Stream::Out, &output.stdout);
//!         recording.say(Stream::Err, &output.stderr);
//!         if output.status.success() {
//!             recording.save_exit(0);
//!         }
//!         said = output.stdout;
//!     }
//!     Lookup::ReadsInput => unreachable!("its input is nothing"),
//! }
//! # let mut again = Vec::new();
//! # let Lookup::Fresh(hit) = cache.lookup(&job, None) else { panic!("it is stale") };
//! # hit.replay.to(&mut again, &mut std::io::stderr())?;
//! # assert_eq!(again, said);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Ask why it would run
//!
//! ```
//! use jobstamps::{Cache, Job, Lookup, Method};
//! # use std::time::SystemTime;
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! # let recipe = directory.join("recipe");
//! # std::fs::write(&recipe, "two eggs")?;
//! let cache = Cache::open(directory, || SystemTime::now().into(), None);
//! let job = Job::call("example::bake", "cake").depends_on(&recipe).by(Method::Hash);
//! let why = || -> Vec<String> {
//!     let reasons = cache.reasons(&job).unwrap_or_default();
//!     reasons.iter().map(|reason| reason.to_string()).collect()
//! };
//!
//! assert_eq!(why(), ["it has no stamp yet"]);
//! # let Lookup::Stale(stale) = cache.lookup(&job, None) else { panic!("it is fresh") };
//! stale.recording.save_value("a cake");
//! assert!(why().is_empty());
//!
//! std::fs::write(&recipe, "three eggs")?;
//! assert!(why()[0].ends_with("changed: its size was 8 bytes and is 10"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod digest;
pub mod amount;
pub mod encoding;
mod error;
pub mod progress;
mod crew;
pub mod disk;
pub mod job;
pub mod fingerprint;
pub mod stamp;
pub mod freshness;
pub mod ledger;
pub mod store;
pub mod settings;
mod replay;
mod recording;
mod cache;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;

pub use cache::{
    Busy, Cache, Explained, Explanation, Hit, Lookup, Nearest, OutputsThen, Patience, Run, Stale, Waiting,
};
pub use digest::{Digest, Hasher, checksum};
pub use disk::{Clock, Holder, Time};
pub use error::{Error, Shown, misleads};
pub use freshness::{Contrast, Reason};
pub use job::{Job, Method};
pub use recording::{Finish, InputUse, Recording, Saved, Warning};
pub use replay::{Comparison, Difference, Excerpt, Part, Replay, Span};
pub use stamp::{CodeChange, Stream};
pub use store::{Limits, Stats};
