//! The variables of the environment.
//!
//! A hit asks for some fifteen of them, and once for all of ours. The library's own way takes a lock, copies the name and walks through all of them
//! letter by letter each time: a third of all that a hit computes.

#[cfg(target_os = "linux")]
use std::ffi::{CStr, c_char};
use std::ffi::{OsStr, OsString};
#[cfg(target_os = "linux")]
use std::marker::PhantomData;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// Returns the value of the variable `name`, which may be empty; `None` if it is not set, or if no variable can be called
/// so.
#[cfg(target_os = "linux")]
pub fn value(name: impl AsRef<OsStr>) -> Option<OsString> {
    value_in(entries(), name.as_ref().as_bytes()).map(|value| OsString::from_vec(value.to_vec()))
}

/// As on Linux.
#[cfg(not(target_os = "linux"))]
pub fn value(name: impl AsRef<OsStr>) -> Option<OsString> {
    // A name with `=` or NUL can be no variable, and asking for it would panic.
    let name = name.as_ref();
    let possible = !name.is_empty() && !name.as_encoded_bytes().iter().any(|byte| matches!(byte, b'=' | 0));
    std::env::var_os(name).filter(|_| possible)
}

/// Returns the variables that are, or look as if they were, ours, with their values, in their order.
#[cfg(target_os = "linux")]
pub fn own() -> Vec<(OsString, OsString)> {
    own_in(entries())
}

/// As on Linux.
#[cfg(not(target_os = "linux"))]
pub fn own() -> Vec<(OsString, OsString)> {
    let is_own = |(name, _): &(OsString, OsString)| name.as_encoded_bytes().starts_with(OWN.as_bytes());
    std::env::vars_os().filter(is_own).collect()
}

/// What the names of our variables begin with.
const OWN: &str = "JOBSTAMP";

/// Returns the value of the variable `name` if it has one and that is not empty.
pub fn filled(name: impl AsRef<OsStr>) -> Option<OsString> {
    value(name).filter(|value| !value.is_empty())
}

/// As getenv(3): of two entries of one name the first counts, and what has no `=` is no variable.
#[cfg(target_os = "linux")]
fn value_in<'a>(mut entries: impl Iterator<Item = Entry<'a>>, name: &[u8]) -> Option<&'a [u8]> {
    if name.is_empty() || name.iter().any(|byte| matches!(byte, b'=' | 0)) {
        return None;
    }
    entries.find_map(|entry| entry.value_of(name))
}

#[cfg(target_os = "linux")]
fn own_in<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<(OsString, OsString)> {
    let divided = entries.filter_map(|entry| entry.divided(OWN.as_bytes()));
    let owned = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    divided.map(|(name, value)| (owned(name), owned(value))).collect()
}

/// One line of the environment, up to a NUL. How long it is, is not looked at before somebody wants to know.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy)]
struct Entry<'a>(*const c_char, PhantomData<&'a CStr>);

#[cfg(target_os = "linux")]
impl<'a> Entry<'a> {
    /// Returns what comes behind `name` and a `=`, if it begins so. There is no NUL in `name`.
    fn value_of(self, name: &[u8]) -> Option<&'a [u8]> {
        let rest = self.behind(name)?;
        // SAFETY: behind the `=` it goes on up to its NUL.
        unsafe { (*rest == b'=').then(|| CStr::from_ptr(rest.add(1).cast()).to_bytes()) }
    }

    /// Returns its name and its value, if it begins so. There is no NUL in `beginning`.
    fn divided(self, beginning: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
        self.behind(beginning)?;
        // SAFETY: it goes on up to its NUL.
        let all = unsafe { CStr::from_ptr(self.0) }.to_bytes();
        let end = all.iter().position(|byte| *byte == b'=')?;
        Some((&all[..end], &all[end + 1..]))
    }

    /// Returns where it goes on behind `beginning`, in which there is no NUL, if it begins so.
    #[inline(always)] // Called for each variable, as often as one is asked for.
    #[allow(clippy::inline_always)]
    fn behind(self, beginning: &[u8]) -> Option<*const u8> {
        let bytes = self.0.cast::<u8>();
        let mut index = 0;
        // Not over an iterator: this is most of what a debug build does with twenty thousand variables.
        while index < beginning.len() {
            // SAFETY: none of the bytes before was the NUL that it ends with.
            if unsafe { *bytes.add(index) } != beginning[index] {
                return None;
            }
            index += 1;
        }
        // SAFETY: nor was any of these.
        Some(unsafe { bytes.add(beginning.len()) })
    }
}

#[cfg(target_os = "linux")]
fn entries() -> impl Iterator<Item = Entry<'static>> {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: a list of strings that ends with a null pointer, or no list. Nothing in this program changes it: so it stays
    // as it is for as long as the program runs.
    let mut next = unsafe { environ };
    std::iter::from_fn(move || {
        // SAFETY: as above; what is behind the end is never looked at.
        unsafe {
            if next.is_null() || (*next).is_null() {
                return None;
            }
            let entry = Entry(*next, PhantomData);
            next = next.add(1);
            Some(entry)
        }
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_as_the_c_library_finds_it() {
        let entries = [
            c"A=1",
            c"AB=2",
            c"no variable",
            c"EMPTY=",
            c"A=3",
            c"=C:=4",
            c"EQUAL=a=b",
        ];
        for (name, expected) in [
            ("A", Some("1")),
            ("AB", Some("2")),
            ("B", None),
            ("ABC", None),
            ("no variable", None),
            ("EMPTY", Some("")),
            ("EQUAL", Some("a=b")),
            ("EQUAL=a", None),
            ("", None),
            ("=C:", None),
            ("A\0", None),
        ] {
            let entries = entries.iter().map(|entry| Entry(entry.as_ptr(), PhantomData));
            let value = value_in(entries, name.as_bytes());
            assert_eq!(value, expected.map(str::as_bytes), "{name:?}");
        }
    }

    #[test]
    fn our_own_are_found_by_their_beginning() {
        let entries = [
            c"A=1",
            c"JOBSTAMPS_TTL=1h=2",
            c"JOBSTAMP=",
            c"JOBSTAMPS",
            c"JOB=1",
            c"XJOBSTAMP=1",
        ];
        let own = own_in(entries.iter().map(|entry| Entry(entry.as_ptr(), PhantomData)));
        let pair = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        assert_eq!(own, [pair("JOBSTAMPS_TTL", "1h=2"), pair("JOBSTAMP", "")]);
    }

    #[test]
    fn every_variable_of_the_environment_is_found() {
        let all: Vec<_> = std::env::vars_os().collect();
        assert!(!all.is_empty());
        for (name, expected) in all {
            assert_eq!(value(&name), Some(expected), "{name:?}");
        }
    }
}
