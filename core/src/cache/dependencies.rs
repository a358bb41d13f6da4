//! Compares a job's dependencies with those that lie in a stamp's bytes, in one pass and without a copy; with several
//! threads where there are many.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::crew;
use crate::disk::{self, Nearby, Wait};
use crate::encoding::is_alike;
use crate::fingerprint::{Change, Comparison, Conditions, Fingerprint};
use crate::freshness::{in_order, sorted};
use crate::job::Declared;
use crate::progress;
use crate::stamp::{Listed, Stretch};

/// From so many on a second thread saves more than it costs.
const MANY: usize = 600;
/// Another thread for each of so many.
const WORTH_A_THREAD: usize = MANY / 2;

/// The dependencies of a job in the order in which stamps have them.
pub(super) struct Ordered<'a> {
    declared: &'a [Declared],
    /// In order of their paths, each once, if they are not declared so.
    sorted: Option<Vec<Declared>>,
    /// The number of one that was not as another stamp had it.
    suspect: AtomicUsize,
}

/// What a comparison of all dependencies told.
pub(super) enum Compared {
    /// All are as they were. These of them (by number) have a newer record that is cheaper to compare.
    Same(Vec<(usize, Fingerprint)>),
    /// The first that is not, and how it differs; for a second stamp and more any other.
    Different(usize, Change),
}

impl<'a> Ordered<'a> {
    pub(super) fn of(declared: &'a [Declared]) -> Self {
        Self {
            declared,
            sorted: None,
            suspect: AtomicUsize::new(usize::MAX),
        }
    }

    /// Returns whether they are in the order in which the caller declared them, as far as is known.
    pub(super) fn is_as_declared(&self) -> bool {
        self.sorted.is_none()
    }

    pub(super) fn get(&self, number: usize) -> Option<&Declared> {
        self.all().get(number)
    }

    fn all(&self) -> &[Declared] {
        self.sorted.as_deref().unwrap_or(self.declared)
    }

    /// Returns whether these are all the paths of a stamp, when it has shown each to [`Ordered::meet`].
    pub(super) fn are(&mut self, met: &Met, listed: &Listed) -> bool {
        if met.alike && met.count == self.all().len() {
            return true;
        }
        // Else they were sorted for another stamp, or one of them is given twice, or there are others.
        self.is_as_declared() && met.count <= self.all().len() && self.are_sorted(listed)
    }

    /// Compares another path of a stamp.
    pub(super) fn meet(&self, path: &[u8], met: &mut Met) {
        let is_alike = |one: &Declared| is_alike(one.path().as_os_str().as_encoded_bytes(), path);
        met.alike = met.alike && self.get(met.count).is_some_and(is_alike);
        met.count += 1;
    }

    /// Sorts them, if they are not sorted, and compares again.
    #[cold]
    #[inline(never)]
    fn are_sorted(&mut self, listed: &Listed) -> bool {
        if self
            .declared
            .is_sorted_by(|one, other| in_order(one.path(), other.path()).is_lt())
        {
            return false;
        }
        self.sorted = Some(sorted(self.declared));
        let mut met = Met::default();
        for stretch in &listed.stretches {
            let mut stretch = stretch.clone();
            while !stretch.is_at_end() {
                let Some((_, path, _)) = stretch.read() else {
                    return false;
                };
                self.meet(path, &mut met);
            }
        }
        met.alike && met.count == self.all().len()
    }

    /// Compares all, which [`Ordered::are`] those of `listed`.
    pub(super) fn compare(&self, listed: &Listed, conditions: &Conditions) -> Compared {
        // What tells the world from one stamp tells it most likely from most.
        let compared = self.compare_suspect(listed, conditions);
        let compared = compared.unwrap_or_else(|| self.compare_all(listed, conditions));
        if let Compared::Different(number, _) = compared {
            self.suspect.store(number, Ordering::Relaxed);
        }
        compared
    }

    fn compare_suspect(&self, listed: &Listed, conditions: &Conditions) -> Option<Compared> {
        let number = self.suspect.load(Ordering::Relaxed);
        let dependency = self.get(number)?;
        let mut look = |path: &Path| disk::look_at_link(path);
        match listed.read_one(number)?.compare(dependency, &mut look, conditions) {
            Comparison::Different(change) => Some(Compared::Different(number, change)),
            Comparison::Same | Comparison::Renewed(_) => None,
        }
    }

    fn compare_all(&self, listed: &Listed, conditions: &Conditions) -> Compared {
        if self.all().len() >= MANY && conditions.wait == Wait::Allowed {
            return self.compare_together(crew::size().min(self.all().len() / WORTH_A_THREAD), listed, conditions);
        }
        let mut nearby = Nearby::default();
        let mut renewed = Vec::new();
        for stretch in &listed.stretches {
            if let Err((number, change)) = self.compare_stretch(stretch, &mut nearby, conditions, &mut renewed) {
                return Compared::Different(number, change);
            }
        }
        Compared::Same(renewed)
    }

    /// As [`Ordered::compare_all`], with so many threads.
    #[cold]
    #[inline(never)]
    fn compare_together(&self, threads: usize, listed: &Listed, conditions: &Conditions) -> Compared {
        let stretches = &listed.stretches;
        let next = AtomicUsize::new(0);
        let told = Mutex::new((Vec::new(), Vec::new()));
        crew::work(threads, &|| {
            let (mut nearby, mut mine, mut different) = (Nearby::default(), Vec::new(), None);
            while let Some(stretch) = stretches.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(first) = self.compare_stretch(stretch, &mut nearby, conditions, &mut mine) {
                    // Those before it have all been taken by somebody, who comes to their end. Those behind do not matter.
                    next.store(stretches.len(), Ordering::Relaxed);
                    different = Some(first);
                    break;
                }
            }
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.0.append(&mut mine);
            told.1.extend(different);
        });
        let (renewed, different) = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, change)) = different.into_iter().min_by_key(|(number, _)| *number) {
            return Compared::Different(number, change);
        }
        Compared::Same(renewed)
    }

    fn compare_stretch<'b>(
        &'b self,
        stretch: &Stretch,
        nearby: &mut Nearby<'b>,
        conditions: &Conditions,
        renewed: &mut Vec<(usize, Fingerprint)>,
    ) -> Result<(), (usize, Change)> {
        let mut stretch = stretch.clone();
        while !stretch.is_at_end() {
            // Neither can be, or these would not be the job's.
            let Some((number, _, recorded)) = stretch.read() else {
                return Err((usize::MAX, Change::Undigested));
            };
            let Some(dependency) = self.get(number) else {
                return Err((number, Change::Missing));
            };
            let later = self.get(number + Nearby::AHEAD).map(Declared::path);
            let mut look = |_: &_| nearby.look_at_link(dependency.path(), later);
            match recorded.compare(dependency, &mut look, conditions) {
                Comparison::Same => {}
                Comparison::Renewed(fingerprint) => renewed.push((number, fingerprint)),
                Comparison::Different(change) => return Err((number, change)),
            }
            progress::looked(dependency.path(), number, self.all().len());
        }
        Ok(())
    }
}

/// How the paths of a stamp compare with those of a job, as far as they were shown.
pub(super) struct Met {
    alike: bool,
    count: usize,
}

impl Default for Met {
    fn default() -> Self {
        Self { alike: true, count: 0 }
    }
}
