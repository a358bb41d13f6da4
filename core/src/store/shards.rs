//! All parts of a store, by more than one thread where there is much in them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::layout::{self, SHARDS};
use super::local::Store;
use crate::crew;
use crate::disk::Folder;
use crate::progress::{self, Progress};

/// A thread is not worth starting before so many files were met.
const FEW: usize = 1000;

impl Store {
    /// Hands each shard that is there, with its number, to `part`, which returns how many files it met. Once they are many, several
    /// shards at a time; and who watches is told `what` is done with them, as in "sweeping".
    ///
    /// # Errors
    /// A shard cannot be opened, or `part` failed; it was handed all others.
    pub(super) fn each_shard(
        &self,
        what: &'static str,
        part: &(dyn Fn(u8, &Folder) -> io::Result<usize> + Sync),
    ) -> io::Result<()> {
        let trouble = Mutex::new(None);
        let one = |number: u8| {
            let met = match self.root().inside(&layout::shard(number)) {
                Ok(folder) => part(number, &folder),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
                Err(error) => Err(error),
            };
            met.unwrap_or_else(|error| {
                *trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                0
            })
        };
        let (mut met, mut numbers) = (0, 0..=u8::MAX);
        while met < FEW
            && let Some(number) = numbers.next()
        {
            met += one(number);
        }
        if let Some(first) = numbers.next() {
            let (next, done) = (AtomicUsize::new(first.into()), AtomicUsize::new(first.into()));
            crew::work(crew::size(), &|| {
                while let Ok(number) = u8::try_from(next.fetch_add(1, Ordering::Relaxed)) {
                    one(number);
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress::tell(&Progress::Tending { what, done, of: SHARDS });
                }
            });
        }
        let trouble = trouble.into_inner().unwrap_or_else(PoisonError::into_inner);
        trouble.map_or(Ok(()), Err)
    }
}
