//! One regular file.

use std::path::Path;

use super::{Change, Comparison, Conditions, Fingerprint, is_young, would_wait};
use crate::digest::Digest;
use crate::disk::{self, Look, Wait};
use crate::error::Error;

/// How a regular file looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// What the system told.
    pub look: Look,
    /// The digest of the texts of the symbolic links that led to it, if any did.
    pub links: Option<Digest>,
    /// The digest of its content, if contents decide or it was young.
    pub digest: Option<Digest>,
    /// Whether it had changed so shortly before that it could change again without a trace.
    pub young: bool,
}

impl FileRecord {
    /// Records the file at `path`, which `links` led to.
    pub(super) fn take(path: &Path, links: Option<Digest>, conditions: &Conditions) -> Result<Self, Error> {
        // Opened even where only times count: a file that cannot be read is no dependency one can vouch for.
        let before = (conditions.clock)();
        let (_, look) = disk::open(path)?;
        if !conditions.method.is_by_content() && !is_young(&look, before) {
            return Ok(Self {
                look,
                links,
                digest: None,
                young: false,
            });
        }
        let (digest, look) = disk::hash(path)?;
        Ok(Self {
            look,
            links,
            digest: Some(digest),
            young: is_young(&look, before),
        })
    }

    /// Compares the file at `path`, which looks like `now`, with this record.
    pub(super) fn compare(
        &self,
        path: &Path,
        links: Option<Digest>,
        now: &Look,
        conditions: &Conditions,
    ) -> Result<Comparison, Error> {
        if links != self.links {
            return Ok(Comparison::Different(Change::Link));
        }
        if conditions.method.is_by_content() {
            return self.compare_content(path, now, conditions);
        }
        if let Some(change) = self.difference(now) {
            return Ok(Comparison::Different(change));
        }
        if self.young {
            self.confirm(path, conditions)
        } else {
            Ok(Comparison::Same)
        }
    }

    fn compare_content(&self, path: &Path, now: &Look, conditions: &Conditions) -> Result<Comparison, Error> {
        let Some(_) = self.digest else {
            return Ok(Comparison::Different(Change::Undigested));
        };
        if is_executable(now) != is_executable(&self.look) {
            return Ok(Comparison::Different(Change::Permissions {
                was: self.look.mode,
                now: now.mode,
            }));
        }
        if now.size != self.look.size {
            return Ok(Comparison::Different(Change::Size {
                was: self.look.size,
                now: now.size,
            }));
        }
        let trusted = !self.young && self.is_the_same_file(now) && conditions.method != crate::job::Method::Paranoid;
        if trusted {
            Ok(Comparison::Same)
        } else {
            self.confirm(path, conditions)
        }
    }

    /// Reads the file, and renews the record if it has become cheaper to compare.
    fn confirm(&self, path: &Path, conditions: &Conditions) -> Result<Comparison, Error> {
        if conditions.wait == Wait::Never {
            return Err(would_wait(path));
        }
        let before = (conditions.clock)();
        let (digest, look) = disk::hash(path)?;
        if Some(digest) != self.digest {
            return Ok(Comparison::Different(Change::Content));
        }
        let renewed = Self {
            look,
            digest: self.digest,
            links: self.links,
            young: is_young(&look, before),
        };
        let cheaper = !renewed.young && (self.young || !self.is_the_same_file(&look));
        Ok(if cheaper {
            Comparison::Renewed(Fingerprint::File(renewed))
        } else {
            Comparison::Same
        })
    }

    /// Returns whether nothing touched the file since this record was taken.
    pub(super) fn is_undisturbed(&self, path: &Path, links: Option<Digest>, now: &Look) -> Result<bool, Error> {
        if links != self.links || now.mode != self.look.mode || !self.is_the_same_file(now) {
            return Ok(false);
        }
        Ok(!self.young || Some(disk::hash(path)?.0) == self.digest)
    }

    /// Returns how `now` differs by what the mtime method compares.
    fn difference(&self, now: &Look) -> Option<Change> {
        let was = &self.look;
        if was.size != now.size {
            Some(Change::Size {
                was: was.size,
                now: now.size,
            })
        } else if is_executable(was) != is_executable(now) {
            Some(Change::Permissions {
                was: was.mode,
                now: now.mode,
            })
        } else if was.modified != now.modified {
            Some(Change::Modified {
                was: was.modified,
                now: now.modified,
            })
        } else if was.changed != now.changed {
            Some(Change::Changed {
                was: was.changed,
                now: now.changed,
            })
        } else {
            None
        }
    }

    /// Returns whether the digest of the recorded file speaks for the one that looks like `now`.
    fn is_the_same_file(&self, now: &Look) -> bool {
        let was = &self.look;
        (was.size, was.modified, was.changed, was.inode, was.device)
            == (now.size, now.modified, now.changed, now.inode, now.device)
    }

    /// Returns whether nothing that the system tells has changed.
    pub(super) fn is_of(&self, now: &Look, links: Option<Digest>) -> bool {
        self.is_the_same_file(now) && now.mode == self.look.mode && links == self.links
    }

    /// Compares a program's file: by all that the system tells, or by content where that has changed.
    pub(super) fn compare_program(
        &self,
        path: &Path,
        links: Option<Digest>,
        now: &Look,
        by_content: bool,
    ) -> Option<Change> {
        let same_look = self.is_of(now, links);
        let confirm = || match disk::hash(path) {
            Ok((digest, _)) => (Some(digest) != self.digest).then_some(Change::Content),
            Err(error) => Some(Change::Unreadable(error.line())),
        };
        match (same_look, self.digest) {
            (true, None) => None,
            (true, Some(_)) if !self.young => None,
            (true, Some(_)) => confirm(),
            (false, Some(_)) if by_content => {
                if is_executable(now) == is_executable(&self.look) {
                    confirm()
                } else {
                    Some(Change::Permissions {
                        was: self.look.mode,
                        now: now.mode,
                    })
                }
            }
            (false, _) => Some(self.difference(now).unwrap_or_else(|| match () {
                () if links != self.links => Change::Link,
                () if now.mode != self.look.mode => Change::Permissions {
                    was: self.look.mode,
                    now: now.mode,
                },
                () => Change::Replaced,
            })),
        }
    }
}

/// Returns whether anybody may execute it.
pub(super) fn is_executable(look: &Look) -> bool {
    look.mode & 0o111 != 0
}
