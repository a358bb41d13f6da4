//! The dependencies of a stamp as they lie in its bytes: a hit reads each, compares it, and keeps none of them.

use super::format::{BESIDES, pass_fingerprint, read_fingerprint, read_path};
use crate::encoding::Decoder;
use crate::fingerprint::Fingerprint;

/// So many lie in one stretch.
const STRETCH: usize = 128;

/// The dependencies of a stamp, in stretches that can be read apart.
#[derive(Default)]
pub(crate) struct Listed<'a> {
    /// In their order.
    pub(crate) stretches: Vec<Stretch<'a>>,
    /// Whether any of them is a directory or a pattern.
    pub(crate) has_trees: bool,
}

/// Some dependencies that lie one behind the other.
#[derive(Clone)]
pub(crate) struct Stretch<'a> {
    /// Which number the next has among all.
    next: usize,
    /// How many are left.
    left: usize,
    /// The path before the next, which that may share its beginning with.
    path: Vec<u8>,
    decoder: Decoder<'a>,
}

impl<'a> Listed<'a> {
    /// Reads past all of them, and shows `visit` each path; `None` where they are not of the form.
    pub(super) fn read(decoder: &mut Decoder<'a>, visit: &mut dyn FnMut(&[u8])) -> Option<Self> {
        let count = decoder.length(BESIDES)?;
        let mut listed = Self {
            stretches: Vec::with_capacity(count.div_ceil(STRETCH)),
            has_trees: false,
        };
        let mut all = Stretch {
            next: 0,
            left: count,
            path: Vec::new(),
            decoder: *decoder,
        };
        while all.left > 0 {
            if all.next.is_multiple_of(STRETCH) {
                let left = all.left.min(STRETCH);
                listed.stretches.push(Stretch { left, ..all.clone() });
            }
            all.pass_path()?;
            listed.has_trees |= pass_fingerprint(&mut all.decoder)?;
            visit(&all.path);
        }
        *decoder = all.decoder;
        Some(listed)
    }
}

impl Listed<'_> {
    /// Reads how dependency `number` looked.
    pub(crate) fn read_one(&self, number: usize) -> Option<Fingerprint> {
        let mut stretch = self.stretches.get(number / STRETCH)?.clone();
        while stretch.next < number {
            stretch.read()?;
        }
        stretch.read().map(|(_, _, fingerprint)| fingerprint)
    }
}

impl Stretch<'_> {
    /// Returns whether there is another.
    pub(crate) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// Reads the next: its number among all, its path and how it looked. `None` where there is none, or it is not of the form.
    pub(crate) fn read(&mut self) -> Option<(usize, &[u8], Fingerprint)> {
        self.pass_path()?;
        let fingerprint = read_fingerprint(&mut self.decoder)?;
        Some((self.next - 1, &self.path, fingerprint))
    }

    /// Reads the path of the next.
    fn pass_path(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        self.next += 1;
        read_path(&mut self.path, &mut self.decoder)
    }
}
