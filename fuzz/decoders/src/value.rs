//! Where the parts of a Python value lie.

// The extension module is no library for Rust: its decoder, which needs no Python, is taken in as it is.
#[path = "../../../python/native/src/value/layout.rs"]
mod layout;

use layout::Layout;

use crate::memory::bounded;

/// Reads where the parts of a Python value lie.
///
/// # Panics
/// What can be read is written as something else.
pub fn value_layout(bytes: &[u8]) {
    let parts = |layout: &Layout| -> Vec<(u64, u64, bool)> {
        let parts = layout.buffers.iter();
        parts.map(|part| (part.start, part.length, part.read_only)).collect()
    };
    bounded(bytes, || {
        let Some(layout) = Layout::parse(bytes) else { return };
        // That of a pickle by itself is not written.
        let Some(written) = layout.to_bytes() else { return };
        let again = Layout::parse(&written).expect("it was just written");
        assert_eq!((&again.main, parts(&again)), (&layout.main, parts(&layout)));
    });
}
