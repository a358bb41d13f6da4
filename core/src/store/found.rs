//! A job's stamp file, found: what its stamps are, each read when it is asked for.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io;

use crate::disk::{self, Folder, Look, Time, Wait};
use crate::job::JobKey;
use crate::stamp::{Cold, IsWanted, Listed, Range, Row, Stamp, Story, TagKey, longest_head, rows};

/// Bytes of a stamp file that are read in one go: enough for nearly all.
const FIRST_READ: usize = 64 * 1024;

/// A job's stamp file, open.
#[derive(Debug)]
pub struct Found {
    key: JobKey,
    file: File,
    look: Look,
    start: Vec<u8>,
    rows: Vec<Row>,
    wait: Wait,
    beside: u64,
}

/// Whether a stamp is as it was written.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // Each is looked at and let go.
pub(super) enum Soundness {
    /// It is.
    Whole(Stamp),
    /// It is not.
    Damaged,
    /// It is not, or it was signed with another key than the one that was given.
    OtherKey,
    /// It is signed, and no key was given.
    Unchecked,
}

impl Found {
    /// Opens the stamp file `name` of `key` in `folder`; `None` if there is none.
    ///
    /// # Errors
    /// It is damaged or not ours; or it may not `wait`, and would have to.
    pub(super) fn open(folder: &Folder, name: &OsStr, key: &JobKey, wait: Wait) -> io::Result<Option<Self>> {
        let (file, look) = match folder.open_own(name, wait) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = usize::try_from(look.size)
            .unwrap_or(usize::MAX)
            .min(FIRST_READ.max(longest_head()));
        let start = disk::read_from_start(&file, length, wait)?;
        let rows = rows(key, &start, look.size).ok_or_else(damaged)?;
        Ok(Some(Self {
            key: *key,
            file,
            look,
            start,
            rows,
            wait,
            beside: 0,
        }))
    }

    /// Returns the key of the job.
    #[must_use]
    pub fn key(&self) -> &JobKey {
        &self.key
    }

    /// Returns how many bytes the job takes: its stamp file and, where a survey came across them, its side files.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.look.size.saturating_add(self.beside)
    }

    /// Says how many bytes its side files have.
    pub(super) fn set_beside(&mut self, bytes: u64) {
        self.beside = bytes;
    }

    /// Returns when a stamp of the job was last used, as far as that is noted: to the day.
    #[must_use]
    pub fn used(&self) -> Time {
        self.look.modified
    }

    /// Returns the stamps that can be read, newest first, each read when it is asked for. A damaged one is an error; so is
    /// one that is not `signed` although it has to be: anybody could have made it.
    pub fn stamps<'a>(
        &'a self,
        tag_key: Option<&'a TagKey>,
        signed: bool,
    ) -> impl Iterator<Item = io::Result<Stamp>> + 'a {
        (0..self.count()).map(move |number| self.whole(number, &self.bytes_of(number, signed)?, tag_key))
    }

    /// Returns how many stamps there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Returns the bytes of stamp `number`, the newest being 0.
    ///
    /// # Errors
    /// They cannot be read; it is not `signed` although it has to be: anybody could have made it.
    pub(crate) fn bytes_of(&self, number: usize, signed: bool) -> io::Result<Cow<'_, [u8]>> {
        if signed && !self.rows[number].tagged {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is not signed with the user's own key",
            ));
        }
        self.bytes(self.rows[number].hot)
    }

    /// Reads stamp `number` from its `bytes`.
    ///
    /// # Errors
    /// It is damaged.
    pub(crate) fn whole(&self, number: usize, bytes: &[u8], tag_key: Option<&TagKey>) -> io::Result<Stamp> {
        self.rows[number].open(&self.key, bytes, tag_key).ok_or_else(damaged)
    }

    /// As [`Found::whole`], but for the dependencies: they are left where they are, after each path has been shown to `visit`.
    ///
    /// # Errors
    /// As [`Found::whole`].
    pub(crate) fn hot<'a>(
        &self,
        number: usize,
        bytes: &'a [u8],
        tag_key: Option<&TagKey>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<(Stamp, Listed<'a>)> {
        let opened = self.rows[number].open_hot(&self.key, bytes, tag_key, visit);
        opened.ok_or_else(damaged)
    }

    /// Returns what no hit needs of a stamp, the newest being number 0; nothing if that is damaged.
    #[must_use]
    pub fn cold(&self, number: usize) -> Option<Cold> {
        let row = self.rows.get(number)?;
        row.open_cold(&self.bytes(row.cold).ok()?)
    }

    /// Returns what people are told of the job that a stamp is of, the newest being number 0; nothing if that is damaged.
    #[must_use]
    pub fn story(&self, number: usize) -> Option<Story> {
        self.story_if(number, &|_| true)
    }

    /// As [`Found::story`], if it is wanted by what it opens with.
    pub(crate) fn story_if(&self, number: usize, is_wanted: IsWanted) -> Option<Story> {
        let row = self.rows.get(number)?;
        row.open_story(&self.bytes(row.cold).ok()?, is_wanted)
    }

    /// Tells of each stamp whether it is as it was written, newest first: of all its bytes, those included that no hit
    /// needs.
    pub(super) fn soundness<'a>(&'a self, tag_key: Option<&'a TagKey>) -> impl Iterator<Item = Soundness> + 'a {
        self.rows.iter().map(move |row| {
            let hot = self.bytes(row.hot).ok();
            let cold = self.bytes(row.cold).ok();
            match hot.and_then(|bytes| row.open(&self.key, &bytes, tag_key)) {
                _ if !cold.is_some_and(|bytes| row.has_written_cold(&bytes)) => Soundness::Damaged,
                Some(stamp) => Soundness::Whole(stamp),
                None if !row.tagged => Soundness::Damaged,
                None if tag_key.is_some() => Soundness::OtherKey,
                None => Soundness::Unchecked,
            }
        })
    }

    /// Returns the bytes of a stretch of the file.
    fn bytes(&self, range: Range) -> io::Result<Cow<'_, [u8]>> {
        let length = usize::try_from(range.length).map_err(io::Error::other)?;
        let within = usize::try_from(range.offset)
            .ok()
            .and_then(|from| self.start.get(from..from.checked_add(length)?));
        if let Some(bytes) = within {
            return Ok(Cow::Borrowed(bytes));
        }
        // What is long is left to who may wait.
        if self.wait == Wait::Never && length > FIRST_READ {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut bytes = vec![0; length];
        disk::fill(&self.file, &mut bytes, range.offset, self.wait)?;
        Ok(Cow::Owned(bytes))
    }

    /// Returns the open file and how it looked.
    #[must_use]
    pub fn file(&self) -> (&File, &Look) {
        (&self.file, &self.look)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged (checksum)")
}
