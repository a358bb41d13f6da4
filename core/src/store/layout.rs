//! Where everything lies in a store. Pure: names from keys, and back.
//!
//! ```text
//! DIRECTORY/jobstamps-v1/         ours alone; another format would have another name
//!     CACHEDIR.TAG .gitignore     so that backups and git pass it over
//!     sizes                       how large each shard was when last measured, and what was written there since
//!     ledger-2026-11-23           how often jobs were replayed and ran on that day: appended to
//!     counts-2026-11-22           the same of a day that is over: merged
//!     3f/                         a shard: the first two digits of the key
//!         .lock                   held while a stamp file of the shard is rewritten
//!         a2...                   a stamp file: the other 62 digits
//!         a2...-0123456789abcdef  a side file of that job: a large part of an outcome, the entries of a directory
//!         a2....lock              held by whoever runs that job now
//!         7c....maker             which job made a file last that is somebody's output: named by the file's path
//!         .tmp-...                not published yet; what a crash leaves
//! ```

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::disk;
use crate::encoding::Encoder;
use crate::job::JobKey;
use crate::ledger::Day;

/// The only name we take in a user's directory.
pub(crate) const ROOT: &str = "jobstamps-v1";
/// Locked while a stamp file of the shard is rewritten.
pub(crate) const SHARD_LOCK: &str = ".lock";
/// How unpublished files begin.
pub(crate) const TEMPORARY: &str = ".tmp-";
/// The last measured sizes of the shards.
pub(crate) const SIZES: &str = "sizes";
/// How the names of ledgers begin, and those of ledgers of days that are over.
const LEDGER: &str = "ledger-";
const COUNTS: &str = "counts-";
/// How many shards there are.
pub(crate) const SHARDS: usize = 256;
/// Files that tell others to pass the store over.
pub(crate) const MARKS: [(&str, &str); 2] = [
    (
        "CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55\n\
         # This directory holds stamps of jobstamps and may be deleted at any time. See https://bford.info/cachedir/\n",
    ),
    (".gitignore", "*\n"),
];

/// Returns the root of the store in `directory`.
pub(crate) fn root(directory: &Path) -> PathBuf {
    directory.join(ROOT)
}

/// The names of one job, or of one output.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    hex: String,
}

impl Names {
    pub(crate) fn of(key: &JobKey) -> Self {
        Self { hex: key.hex() }
    }

    /// Returns the names of `output`, a settled path.
    pub(crate) fn of_output(output: &Path) -> Self {
        let mut encoder = Encoder::with_capacity(0);
        encoder.bytes(b"output").bytes(output.as_os_str().as_encoded_bytes());
        Self {
            hex: Digest::of(encoder.encoded()).hex(),
        }
    }

    /// Returns the name of the shard.
    pub(crate) fn shard(&self) -> OsString {
        self.hex[..2].into()
    }

    /// Returns the number of the shard.
    pub(crate) fn shard_number(&self) -> u8 {
        u8::from_str_radix(&self.hex[..2], 16).unwrap_or_default()
    }

    /// Returns the name of the stamp file in its shard.
    pub(crate) fn stamp(&self) -> OsString {
        self.hex[2..].into()
    }

    /// Returns the path of the stamp file below the root.
    pub(crate) fn stamp_below_root(&self) -> OsString {
        // Written for every hit: by hand, which takes a tenth of what `format!` does.
        let mut path = String::with_capacity(self.hex.len() + 1);
        path.push_str(&self.hex[..2]);
        path.push('/');
        path.push_str(&self.hex[2..]);
        path.into()
    }

    /// Returns the name of the side file `number` in its shard.
    pub(crate) fn side(&self, number: u64) -> OsString {
        format!("{}-{number:016x}", &self.hex[2..]).into()
    }

    /// Returns the path of the side file `number` below the root.
    pub(crate) fn side_below_root(&self, number: u64) -> OsString {
        format!("{}/{}-{number:016x}", &self.hex[..2], &self.hex[2..]).into()
    }

    /// Returns the name, in its shard, of the file that says who made an output.
    pub(crate) fn maker(&self) -> OsString {
        format!("{}.maker", &self.hex[2..]).into()
    }

    /// Returns the path of that file below the root.
    pub(crate) fn maker_below_root(&self) -> OsString {
        format!("{}/{}.maker", &self.hex[..2], &self.hex[2..]).into()
    }

    /// Returns the name of the lock in its shard.
    pub(crate) fn lock(&self) -> OsString {
        format!("{}.lock", &self.hex[2..]).into()
    }
}

/// What a name in a shard is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A stamp file.
    Stamp,
    /// A side file of the stamp file with this name.
    Side(String),
    /// The lock of a job.
    Lock,
    /// Who made an output.
    Maker,
    /// Not published.
    Temporary,
    /// Nothing of ours.
    Foreign,
}

/// Returns the name of the ledger of `day`, which is written to as long as that lasts.
pub(crate) fn ledger(day: Day) -> OsString {
    dated(LEDGER, day)
}

/// Returns the name of what the ledger of `day` is merged into once the day is over.
pub(crate) fn counts(day: Day) -> OsString {
    dated(COUNTS, day)
}

fn dated(prefix: &str, day: Day) -> OsString {
    let mut name = Vec::with_capacity(prefix.len() + 10);
    name.extend(prefix.as_bytes());
    name.extend(day.text());
    disk::os_string_of(name).unwrap_or_default()
}

/// A name in the root that has a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dated {
    /// What is written to on that day.
    Ledger(Day),
    /// What that was merged into.
    Counts(Day),
}

/// Tells of which day the ledger with this name is.
pub(crate) fn dated_as(name: &str) -> Option<Dated> {
    let ledger = name.strip_prefix(LEDGER).and_then(Day::read).map(Dated::Ledger);
    ledger.or_else(|| name.strip_prefix(COUNTS).and_then(Day::read).map(Dated::Counts))
}

/// Returns the name of shard `number`.
pub(crate) fn shard(number: u8) -> OsString {
    format!("{number:02x}").into()
}

/// Returns the number of the shard with this name.
pub(crate) fn shard_number(name: &str) -> Option<u8> {
    let number = u8::from_str_radix(name, 16).ok()?;
    (shard(number) == *name).then_some(number)
}

/// Returns the key of the job whose stamp file is `name` in shard `number`.
pub(crate) fn key(number: u8, name: &str) -> Option<JobKey> {
    JobKey::from_hex(&format!("{number:02x}{name}"))
}

/// Returns the key of the job whose stamp file is `name` in shard `number`, if it is a stamp file's.
pub(super) fn stamp_key(number: u8, name: &OsStr) -> Option<JobKey> {
    let text = name.to_str().filter(|text| named(text) == Named::Stamp)?;
    key(number, text)
}

/// Tells what `name` in a shard is.
pub(crate) fn named(name: &str) -> Named {
    let is_hex =
        |text: &str, digits| text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match name.split_once(['-', '.']) {
        _ if name.starts_with(TEMPORARY) => Named::Temporary,
        None if is_hex(name, 62) => Named::Stamp,
        Some((stamp, number)) if is_hex(stamp, 62) && is_hex(number, 16) => Named::Side(stamp.to_owned()),
        Some((stamp, "lock")) if is_hex(stamp, 62) => Named::Lock,
        Some((output, "maker")) if is_hex(output, 62) => Named::Maker,
        _ => Named::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Job;

    /// S13: as a file system has them that hides contents, or does not tell large letters from small ones.
    #[test]
    fn names_are_short_and_differ_in_more_than_the_case_of_letters() {
        const SHORTEST_LIMIT: usize = 143;
        let names = Names::of(&Job::call("f", "").key());
        let stamp = names.stamp().into_string().unwrap();
        let longest_temporary = format!("{TEMPORARY}{}-{stamp}-1000", u32::MAX);
        for name in [
            names.stamp(),
            names.side(u64::MAX),
            names.lock(),
            names.maker(),
            names.shard(),
            SIZES.into(),
            ledger(Day::of(0)),
            counts(Day::of(0)),
            SHARD_LOCK.into(),
            longest_temporary.into(),
        ] {
            let text = name.to_str().unwrap();
            assert!(text.len() <= SHORTEST_LIMIT, "{text}");
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            assert!(text.bytes().all(is_plain), "{text}");
        }
    }

    #[test]
    fn ledgers_have_the_day_in_their_names() {
        let day = Day::of(1_793_404_800);
        assert_eq!(ledger(day), "ledger-2026-10-31");
        assert_eq!(dated_as("ledger-2026-10-31"), Some(Dated::Ledger(day)));
        assert_eq!(counts(day), "counts-2026-10-31");
        assert_eq!(dated_as("counts-2026-10-31"), Some(Dated::Counts(day)));
        for name in [
            "ledger-",
            "ledger-2026-10-31.lock",
            "counts",
            "2026-10-31",
            "ledger-2026-10-32",
            SIZES,
        ] {
            assert_eq!(dated_as(name), None, "{name}");
            assert_eq!(named(name), Named::Foreign);
        }
    }

    #[test]
    fn names_tell_what_they_are_and_others_are_foreign() {
        let names = Names::of(&Job::call("f", "").key());
        let text = |name: OsString| name.into_string().unwrap();
        let stamp = text(names.stamp());
        assert_eq!(named(&stamp), Named::Stamp);
        assert_eq!(key(names.shard_number(), &stamp), Some(Job::call("f", "").key()));
        assert_eq!(key(names.shard_number(), "README"), None);
        assert_eq!(named(&text(names.side(7))), Named::Side(stamp.clone()));
        assert_eq!(named(&text(names.lock())), Named::Lock);
        let output = Names::of_output(Path::new("/w/a.o"));
        assert_eq!(named(&text(output.maker())), Named::Maker);
        assert_eq!(named(".tmp-1-x-0"), Named::Temporary);
        assert_eq!(
            text(names.stamp_below_root()),
            format!("{}/{stamp}", text(names.shard()))
        );
        assert_eq!(shard(names.shard_number()), names.shard());
        for (name, number) in [
            ("00", Some(0)),
            ("3f", Some(0x3f)),
            ("3F", None),
            ("+f", None),
            ("3", None),
        ] {
            assert_eq!(shard_number(name), number, "{name}");
        }
        for name in [
            "",
            SHARD_LOCK,
            "README",
            &stamp[1..],
            &format!("{stamp}-7"),
            &stamp.to_uppercase(),
        ] {
            assert_eq!(named(name), Named::Foreign, "{name}");
        }
    }
}
