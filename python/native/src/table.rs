//! A table of what was found out about objects, so that it is found out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A table that is emptied when it is full: programs that make objects without end must not fill the memory.
///
/// Its lock is held for a moment, with the GIL held and never while other code may run: so a fork cannot find it taken,
/// and what is dropped, which may run code of the user's, is dropped after it.
pub(crate) struct Table<K, V> {
    entries: OnceLock<Mutex<HashMap<K, V>>>,
    most: usize,
}

impl<K: Eq + Hash, V: Clone> Table<K, V> {
    /// Makes a table of at most so many entries.
    pub(crate) const fn of(most: usize) -> Self {
        Self {
            entries: OnceLock::new(),
            most,
        }
    }

    /// Returns what is known.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.entries().get(key).cloned()
    }

    /// Keeps what was found out.
    pub(crate) fn keep(&self, key: K, value: V) {
        let mut entries = self.entries();
        let forgotten = if entries.len() >= self.most {
            std::mem::take(&mut *entries)
        } else {
            HashMap::new()
        };
        let replaced = entries.insert(key, value);
        drop(entries);
        drop((forgotten, replaced));
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, V>> {
        self.entries
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
