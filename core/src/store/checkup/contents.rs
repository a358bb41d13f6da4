//! What lies in a store: how much, and what is odd about it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::disk::{self, Folder, Kind, Look, Time, Wait};
use crate::job::JobKey;
use crate::progress::{self, Progress};
use crate::stamp::{Blob, Stamp, TagKey};
use crate::store::found::Soundness;
use crate::store::layout::{self, MARKS, Named, Names, SHARD_LOCK, SIZES, TEMPORARY};
use crate::store::local::Store;
use crate::store::maker::Record;
use crate::store::measure::LITTER_AGE;
use crate::store::{Limits, Place};

/// How far apart the clocks of a file system and of the machine may be, in seconds.
const SLACK: u64 = 2;
/// So many held locks are told one by one.
const MOST_HELD: usize = 10;
/// Who watches is told nothing of a store with fewer jobs.
const MANY: u64 = 1000;

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All stamps; of large outputs what the system tells of them.
    Stamps,
    /// Large outputs too, to their last byte.
    Everything,
}

/// What lies in a store.
#[derive(Debug, Default)]
pub struct Contents {
    /// Jobs that are remembered.
    pub jobs: u64,
    /// Their stamps that are whole.
    pub stamps: u64,
    /// Bytes of all our files.
    pub bytes: u64,
    /// Bytes that may be there.
    pub most_bytes: u64,
    /// What is odd, the worst first.
    pub oddities: BTreeMap<Oddity, Sighting>,
    /// Jobs that run now, the first few.
    pub held: Vec<Held>,
}

/// What can be odd about something in a store. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// It belongs to another user.
    Strange,
    /// Everybody may write it.
    Loose,
    /// It is no file where a file should be, no directory where a directory should be.
    Misplaced,
    /// It cannot be read.
    Unreadable,
    /// A stamp file, or a stamp in it, is not as it was written.
    Damaged,
    /// A stamp whose large outputs are gone or not as they were written.
    Incomplete,
    /// A stamp whose tag the user's key does not make.
    OtherKey,
    /// A stamp with a tag, and no key to check it with.
    Unchecked,
    /// A stamp from the future.
    Future,
    /// A file with another name somewhere.
    Linked,
    /// Others may read it.
    Readable,
    /// What a killed process left.
    Litter,
    /// A file whose name says nothing to us.
    Unknown,
}

/// How often something odd was seen, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// How often.
    pub count: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Where first.
    pub first: PathBuf,
    /// What there is to say of the first.
    pub detail: String,
    /// Seconds between now and its last change, the longest.
    pub age: u64,
}

/// A job that runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The process, where it left its number.
    pub holder: Option<u32>,
    /// For how many seconds.
    pub seconds: u64,
    /// Its lock.
    pub path: PathBuf,
}

/// A walk through a store.
struct Walk<'a> {
    store: &'a Store,
    tag_key: Option<&'a TagKey>,
    depth: Depth,
    now: Time,
    user: Option<u32>,
    contents: Contents,
}

impl Contents {
    /// Looks through `store`.
    pub(super) fn of(store: &Store, place: &Place, depth: Depth, limits: &Limits) -> Self {
        let mut walk = Walk {
            store,
            tag_key: place.tag_key.as_ref(),
            depth,
            now: (place.clock)(),
            user: disk::user(),
            contents: Self {
                most_bytes: store.most(limits),
                ..Self::default()
            },
        };
        walk.root();
        walk.contents
    }
}

impl Walk<'_> {
    fn root(&mut self) {
        let root = self.store.root();
        for name in self.names(root) {
            let path = root.path().join(&name);
            let Ok(Some(look)) = root.look_at(&name) else { continue };
            let text = name.to_str().unwrap_or_default();
            if let Some(number) = layout::shard_number(text) {
                if self.is_sound_folder(&path, &look) {
                    match root.inside(&name) {
                        Ok(folder) => self.shard(number, &folder),
                        Err(error) => self.odd(Oddity::Unreadable, &path, &error.to_string(), None),
                    }
                }
                self.tell(number);
            } else if text == SIZES || layout::dated_as(text).is_some() || MARKS.iter().any(|(mark, _)| text == *mark) {
                self.is_sound_file(&path, &look);
            } else if text.starts_with(TEMPORARY) {
                self.litter(&path, &look, "not published");
            } else {
                self.odd(Oddity::Unknown, &path, "", Some(&look));
            }
        }
    }

    /// Tells who watches, if there is much, that the shard with this `number` is done. They come in order.
    fn tell(&self, number: u8) {
        if self.contents.jobs >= MANY {
            let (done, of) = (usize::from(number) + 1, layout::SHARDS);
            progress::tell(&Progress::Tending {
                what: "reading",
                done,
                of,
            });
        }
    }

    /// Returns the names in `folder`, in order, so that the first oddity is the same each time.
    fn names(&mut self, folder: &Folder) -> Vec<OsString> {
        let mut names = folder.list(OsStr::new(".")).unwrap_or_else(|error| {
            self.odd(Oddity::Unreadable, folder.path(), &error.to_string(), None);
            Vec::new()
        });
        names.sort_unstable();
        names
    }

    fn shard(&mut self, number: u8, folder: &Folder) {
        let (mut sides, mut stamps) = (BTreeMap::new(), Vec::new());
        for name in self.names(folder) {
            let path = folder.path().join(&name);
            // What vanished meanwhile is somebody else's business.
            let Ok(Some(look)) = folder.look_at(&name) else {
                continue;
            };
            let text = name.to_str().unwrap_or_default();
            match layout::named(text) {
                Named::Stamp if self.is_sound_file(&path, &look) => {
                    stamps.extend(layout::key(number, text).map(|key| (key, path, look)));
                }
                Named::Side(_) if self.is_sound_file(&path, &look) => drop(sides.insert(name, look)),
                Named::Lock if self.is_sound_file(&path, &look) => self.lock(folder, &name, &look),
                Named::Temporary => self.litter(&path, &look, "not published"),
                Named::Foreign if text == SHARD_LOCK => drop(self.is_sound_file(&path, &look)),
                Named::Foreign => self.odd(Oddity::Unknown, &path, "", Some(&look)),
                Named::Maker if self.is_sound_file(&path, &look) => {
                    if Record::read(folder, &name) == Record::Damaged {
                        self.odd(Oddity::Damaged, &path, "who made an output", Some(&look));
                    }
                }
                // Odd, and noted.
                Named::Stamp | Named::Side(_) | Named::Lock | Named::Maker => {}
            }
        }
        let mut named = BTreeSet::new();
        let mut all_is_known = true;
        for (key, path, look) in stamps {
            all_is_known &= self.stamps(&key, &path, &look, &mut named);
        }
        // Whose stamp cannot be read may be whose side file this is.
        for (name, look) in sides.iter().filter(|(name, _)| all_is_known && !named.contains(*name)) {
            self.litter(&folder.path().join(name), look, "of no stamp");
        }
    }

    /// Reads the stamps of `key`, and notes in `named` the side files that they name; returns whether that are all.
    fn stamps(&mut self, key: &JobKey, path: &Path, look: &Look, named: &mut BTreeSet<OsString>) -> bool {
        self.contents.jobs += 1;
        let found = match self.store.find(key, Wait::Allowed) {
            Ok(Some(found)) => found,
            Ok(None) => return true,
            Err(error) => {
                let is_damage = error
                    .io()
                    .is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData);
                let oddity = if is_damage { Oddity::Damaged } else { Oddity::Unreadable };
                let detail = error.io().map(ToString::to_string).unwrap_or_default();
                self.odd(oddity, path, &detail, Some(look));
                return false;
            }
        };
        let mut all_is_known = true;
        let mut last_start = Time::default();
        for soundness in found.soundness(self.tag_key) {
            match soundness {
                Soundness::Whole(stamp) => {
                    self.contents.stamps += 1;
                    last_start = last_start.max(stamp.started);
                    let of_job = Names::of(key);
                    named.extend(stamp.side_files().into_iter().map(|number| of_job.side(number)));
                    if let Some(problem) = self.problem_of_blobs(&of_job, &stamp) {
                        self.odd(Oddity::Incomplete, path, &problem, Some(look));
                    }
                    continue;
                }
                Soundness::Damaged => self.odd(Oddity::Damaged, path, "checksum", Some(look)),
                Soundness::OtherKey => self.odd(Oddity::OtherKey, path, "", Some(look)),
                Soundness::Unchecked => self.odd(Oddity::Unchecked, path, "", Some(look)),
            }
            all_is_known = false;
        }
        let ahead = last_start.max(look.modified).seconds_since(self.now);
        if ahead > SLACK {
            let sighting = self.contents.oddities.entry(Oddity::Future).or_default();
            sighting.see(path, "", 0, ahead);
        }
        all_is_known
    }

    /// Returns what is wrong with the first blob of `stamp` that could not be replayed.
    fn problem_of_blobs(&self, names: &Names, stamp: &Stamp) -> Option<String> {
        stamp.blobs().find_map(|blob| {
            let name = names.side_below_root(blob.number);
            self.problem_of_blob(&name, blob).map(|why| {
                let path = self.store.root().path().join(&name);
                format!("`{}` {why}", crate::error::Shown::path(&path))
            })
        })
    }

    fn problem_of_blob(&self, name: &OsStr, blob: &Blob) -> Option<String> {
        let look = match self.store.root().look_at(name) {
            Ok(Some(look)) => look,
            Ok(None) => return Some("is gone".to_owned()),
            Err(error) => return Some(format!("cannot be looked at: {error}")),
        };
        // Noted by itself, and never opened.
        if look.kind != Kind::File || Some(look.owner) != self.user || look.mode & 0o002 != 0 {
            return Some("is not believed".to_owned());
        }
        if look.size != blob.length {
            return Some(format!("has {} bytes, not {}", look.size, blob.length));
        }
        if self.depth == Depth::Stamps {
            return None;
        }
        let opened = self.store.root().open_own(name, Wait::Allowed);
        let path = self.store.root().path().join(name);
        match opened.and_then(|(file, _)| disk::hash_open(&file, blob.length, &path)) {
            Ok(digest) => (digest != Some(blob.digest)).then(|| "has another content".to_owned()),
            Err(error) => Some(format!("cannot be read: {error}")),
        }
    }

    /// Tells who holds a lock, if anybody does.
    fn lock(&mut self, folder: &Folder, name: &OsStr, look: &Look) {
        let path = folder.path().join(name);
        let Ok((file, _)) = folder.open_own(name, Wait::Allowed) else {
            return;
        };
        match disk::holder(&file) {
            Some(_) if self.contents.held.len() == MOST_HELD => {}
            Some(holder) => self.contents.held.push(Held {
                holder,
                // It is signed when it is taken.
                seconds: self.now.seconds_since(look.modified),
                path,
            }),
            None => self.litter(&path, look, "a lock that nobody holds"),
        }
    }

    /// Notes what a killed process left. What is young may belong to a process that runs.
    fn litter(&mut self, path: &Path, look: &Look, what: &str) {
        self.contents.bytes += look.size;
        if self.age(look) > LITTER_AGE {
            self.odd(Oddity::Litter, path, what, Some(look));
        }
    }

    fn is_sound_folder(&mut self, path: &Path, look: &Look) -> bool {
        match look.kind {
            Kind::Directory => self.is_ours(path, look),
            kind => {
                self.odd(Oddity::Misplaced, path, kind.noun(), Some(look));
                false
            }
        }
    }

    /// Returns whether it may be opened; counts it.
    fn is_sound_file(&mut self, path: &Path, look: &Look) -> bool {
        if look.kind != Kind::File {
            self.odd(Oddity::Misplaced, path, look.kind.noun(), Some(look));
            return false;
        }
        self.contents.bytes += look.size;
        if look.links > 1 && Some(look.owner) == self.user {
            self.odd(Oddity::Linked, path, &format!("{} names", look.links), Some(look));
        }
        self.is_ours(path, look)
    }

    fn is_ours(&mut self, path: &Path, look: &Look) -> bool {
        if Some(look.owner) != self.user {
            self.odd(Oddity::Strange, path, &format!("uid {}", look.owner), Some(look));
            return false;
        }
        if look.mode & 0o002 != 0 {
            self.odd(Oddity::Loose, path, &format!("mode {:o}", look.mode), Some(look));
            // A shard that all may write is used all the same: each file in it is looked at by itself.
            return look.kind == Kind::Directory;
        }
        if look.mode & 0o004 != 0 && look.kind == Kind::File && !is_mark(path) {
            self.odd(Oddity::Readable, path, &format!("mode {:o}", look.mode), Some(look));
        }
        true
    }

    fn age(&self, look: &Look) -> u64 {
        self.now.seconds_since(look.modified.max(look.changed))
    }

    fn odd(&mut self, oddity: Oddity, path: &Path, detail: &str, look: Option<&Look>) {
        let (bytes, age) = look.map_or((0, 0), |look| (look.size, self.age(look)));
        self.contents
            .oddities
            .entry(oddity)
            .or_default()
            .see(path, detail, bytes, age);
    }
}

fn is_mark(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| MARKS.iter().any(|(mark, _)| name == *mark))
}

impl Sighting {
    fn see(&mut self, path: &Path, detail: &str, bytes: u64, age: u64) {
        if self.count == 0 {
            (self.first, self.detail) = (path.to_path_buf(), detail.to_owned());
        }
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.age = self.age.max(age);
    }
}
