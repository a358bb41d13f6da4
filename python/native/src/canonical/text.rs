//! Short texts as UTF-8, without an object in between.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The longest text, in code points, that is short.
const LONGEST: usize = 64;

/// A short text as UTF-8; a lone surrogate is the 3 bytes that UTF-8 would have for it.
pub(super) struct Short {
    bytes: [u8; 4 * LONGEST],
    length: usize,
}

impl Short {
    /// Returns a text if it is short.
    pub(super) fn of(text: &Bound<'_, PyString>) -> Option<Self> {
        // SAFETY: it is a str, and alive.
        let length = unsafe { ffi::PyUnicode_GetLength(text.as_ptr()) };
        let count = usize::try_from(length).ok().filter(|&count| count <= LONGEST)?;
        let mut points = [0_u32; LONGEST];
        // SAFETY: as above, and there is room for all code points.
        let copied = unsafe { ffi::PyUnicode_AsUCS4(text.as_ptr(), points.as_mut_ptr(), length, 0) };
        if copied.is_null() {
            let _ = PyErr::take(text.py());
            return None;
        }
        let mut short = Self {
            bytes: [0; 4 * LONGEST],
            length: 0,
        };
        for &point in &points[..count] {
            short.push(point);
        }
        Some(short)
    }

    /// Returns the bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Adds a code point. Source: RFC 3629, section 3.
    #[expect(clippy::cast_possible_truncation, reason = "what is above is masked or shifted away")]
    fn push(&mut self, point: u32) {
        let tail = |shift: u32| 0x80 | (point >> shift) as u8 & 0x3f;
        let (bytes, count) = match point {
            0..0x80 => ([point as u8, 0, 0, 0], 1),
            0x80..0x800 => ([0xc0 | (point >> 6) as u8, tail(0), 0, 0], 2),
            0x800..0x1_0000 => ([0xe0 | (point >> 12) as u8, tail(6), tail(0), 0], 3),
            _ => ([0xf0 | (point >> 18) as u8, tail(12), tail(6), tail(0)], 4),
        };
        self.bytes[self.length..self.length + 4].copy_from_slice(&bytes);
        self.length += count;
    }
}
