//! What the stamps of a job tell of why it has to run.

use crate::freshness::Reason;

/// What the stamps of a job tell, by their numbers, the newest being 0.
#[derive(Default)]
pub(super) struct Told {
    reasons: Vec<(usize, Vec<Reason>)>,
    /// Stamps of other lists of files, which were not asked yet.
    left: Vec<usize>,
    /// Whether one of the job's own lists has told.
    by_its_lists: bool,
}

impl Told {
    pub(super) fn say(&mut self, number: usize, reasons: Vec<Reason>) {
        if !reasons.is_empty() {
            self.reasons.push((number, reasons));
        }
    }

    /// Says what a stamp of the same dependencies tells.
    pub(super) fn say_of_its_lists(&mut self, number: usize, reasons: Vec<Reason>) {
        self.by_its_lists |= distance(&reasons) == 0;
        self.say(number, reasons);
    }

    /// Leaves a stamp of other dependencies for later: it never speaks for the job, and to ask it takes a look at all that
    /// it lists.
    pub(super) fn leave(&mut self, number: usize) {
        self.left.push(number);
    }

    /// Returns the stamps that were left and have to be asked: none if one of the job's own lists has told.
    pub(super) fn left(&mut self) -> Vec<usize> {
        if self.by_its_lists {
            return Vec::new();
        }
        std::mem::take(&mut self.left)
    }

    /// Returns the reasons that tell most, and the number of the stamp that tells them: those of a stamp made with the same
    /// lists of files, the newest first.
    pub(super) fn most(self) -> Option<(usize, Vec<Reason>)> {
        let told = self.reasons.into_iter();
        told.min_by_key(|(number, reasons)| (distance(reasons), *number))
    }
}

/// Returns in how much the lists of files differ.
fn distance(reasons: &[Reason]) -> usize {
    reasons.iter().filter(|reason| reason.is_about_lists()).count()
}
