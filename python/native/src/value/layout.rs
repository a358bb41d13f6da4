//! Where the parts of a value lie that is more than a pickle: a value itself, and as bytes.

use jobstamps::encoding::{Decoder, Encoder};

/// Where the parts of a value lie that is more than a pickle.
#[derive(Default)]
pub(super) struct Layout {
    /// The real name of the module that the pickle calls `__main__`, if it mentions that.
    pub(super) main: Option<String>,
    /// The buffers that the pickle refers to, in its order.
    pub(super) buffers: Vec<Lying>,
}

/// A buffer in the first piece of a value.
pub(super) struct Lying {
    pub(super) start: u64,
    pub(super) length: u64,
    /// Whether it could not be written to, and shall not be again.
    pub(super) read_only: bool,
}

impl Layout {
    /// Returns the layout as bytes; None for that of a pickle by itself.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        if self.main.is_none() && self.buffers.is_empty() {
            return None;
        }
        let mut encoder = Encoder::default();
        encoder
            .optional(self.main.as_ref().map(String::as_bytes))
            .count(self.buffers.len());
        for buffer in &self.buffers {
            encoder
                .count(buffer.start)
                .count(buffer.length)
                .tag(u8::from(buffer.read_only));
        }
        Some(encoder.into_bytes())
    }

    /// Reads a layout back; None if these bytes are none.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        const SMALLEST: usize = 17;
        let decoder = &mut Decoder::new(bytes);
        let main = match decoder.optional()? {
            Some(name) => Some(String::from_utf8(name.to_vec()).ok()?),
            None => None,
        };
        let mut buffers = Vec::new();
        for _ in 0..decoder.length(SMALLEST)? {
            buffers.push(Lying {
                start: decoder.count()?,
                length: decoder.count()?,
                read_only: decoder.tag()? != 0,
            });
        }
        decoder.is_at_end().then_some(Self { main, buffers })
    }
}
