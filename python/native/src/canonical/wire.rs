//! The items that a canonical encoding is made of: a tag, a length and a payload.
//!
//! An item of at most [`INLINE`] bytes is `tag, length (2 bytes, least significant first), payload`. A longer one is
//! `tag + 128, length (8 bytes), BLAKE3 of the payload (32 bytes)`. Either form says where it ends, so items that follow
//! one another can be told apart and no two sequences of items are equal by accident.

use jobstamps::{Digest, Hasher};

/// The longest payload that is written as it is; longer ones are written as their digest.
pub(crate) const INLINE: usize = 4096;

const LONG: u8 = 0x80;
const SHORT_HEADER: usize = 3;

/// What kind of value an item holds. The letters are part of the format: see docs/canonical-arguments.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    None = b'N',
    True = b'T',
    False = b'F',
    Ellipsis = b'.',
    NotImplemented = b'!',
    Int = b'i',
    Float = b'f',
    Complex = b'c',
    Str = b's',
    Bytes = b'b',
    ByteArray = b'B',
    Tuple = b'(',
    List = b'[',
    Dict = b'{',
    Set = b'<',
    FrozenSet = b'>',
    OrderedDict = b'O',
    DefaultDict = b'D',
    View = b'V',
    Enclosing = b'^',
    Class = b'C',
    Function = b'P',
    Builtin = b'p',
    Method = b'm',
    Module = b'M',
    Code = b'=',
    Instruction = b';',
    EmptyCell = b'e',
    Enum = b'E',
    Array = b'A',
    Buffer = b'v',
    Told = b't',
    Reduced = b'o',
    Global = b'G',
    Keyed = b'j',
    Named = b'n',
    Repr = b'r',
    OwnDefault = b'd',
    Ignored = b'-',
    Chosen = b'~',
    Bound = b'&',
    Given = b'*',
    Call = b'k',
}

/// An item whose payload is being written; [`Wire::close`] ends it.
#[must_use]
pub(crate) struct Open {
    tag: Tag,
    start: usize,
}

/// A long item, as it was written: enough to write it again without its payload.
#[derive(Clone, Copy)]
pub(crate) struct Long {
    tag: Tag,
    length: u64,
    digest: [u8; 32],
}

/// Writes items one after another.
#[derive(Default)]
pub(crate) struct Wire {
    bytes: Vec<u8>,
}

impl Wire {
    /// Starts with nothing written, and room for what most calls need.
    pub(crate) fn with_room() -> Self {
        Self {
            bytes: Vec::with_capacity(512),
        }
    }

    /// Returns what was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns what was written so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes items that were written elsewhere.
    pub(crate) fn items(&mut self, items: &[u8]) {
        self.bytes.extend_from_slice(items);
    }

    /// Returns how many bytes were written.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns what was written from `start` on.
    pub(crate) fn since(&self, start: usize) -> &[u8] {
        &self.bytes[start..]
    }

    /// Writes a whole item.
    pub(crate) fn item(&mut self, tag: Tag, payload: &[u8]) {
        match u16::try_from(payload.len()) {
            Ok(length) if payload.len() <= INLINE => {
                self.bytes.push(tag as u8);
                self.bytes.extend_from_slice(&length.to_le_bytes());
                self.bytes.extend_from_slice(payload);
            }
            _ => self.long(Long {
                tag,
                length: payload.len() as u64,
                digest: Digest::of(payload).0,
            }),
        }
    }

    /// Writes items that were written before.
    pub(crate) fn raw(&mut self, items: &[u8]) {
        self.bytes.extend_from_slice(items);
    }

    /// Writes a long item again.
    pub(crate) fn long(&mut self, item: Long) {
        self.bytes.push(item.tag as u8 | LONG);
        self.bytes.extend_from_slice(&item.length.to_le_bytes());
        self.bytes.extend_from_slice(&item.digest);
    }

    /// Begins an item whose payload is what is written until it is closed.
    pub(crate) fn open(&mut self, tag: Tag) -> Open {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[tag as u8, 0, 0]);
        Open { tag, start }
    }

    /// Ends an item; returns it if it was too long to stay as it is.
    #[expect(clippy::needless_pass_by_value, reason = "an item is closed once")]
    pub(crate) fn close(&mut self, open: Open) -> Option<Long> {
        let payload = open.start + SHORT_HEADER;
        let length = self.bytes.len() - payload;
        match u16::try_from(length) {
            Ok(short) if length <= INLINE => {
                self.bytes[open.start + 1..payload].copy_from_slice(&short.to_le_bytes());
                None
            }
            _ => {
                let digest = Digest::of(&self.bytes[payload..]).0;
                self.bytes.truncate(open.start);
                let item = Long {
                    tag: open.tag,
                    length: length as u64,
                    digest,
                };
                self.long(item);
                Some(item)
            }
        }
    }

    /// Puts the pieces that begin at `starts` and end where the next one begins into the order of their bytes.
    ///
    /// The last piece ends where the writing has come to.
    pub(crate) fn sort(&mut self, starts: &[usize]) {
        let Some(&first) = starts.first() else { return };
        let ends = starts.iter().skip(1).copied().chain([self.bytes.len()]);
        let mut pieces: Vec<&[u8]> = starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| &self.bytes[start..end])
            .collect();
        if pieces.is_sorted() {
            return;
        }
        pieces.sort_unstable();
        let sorted = pieces.concat();
        self.bytes[first..].copy_from_slice(&sorted);
    }
}

/// The payload of one item that comes in chunks and may be larger than memory should hold twice.
pub(crate) struct Chunks {
    hasher: Hasher,
    inline: Vec<u8>,
    length: u64,
}

impl Chunks {
    /// Starts with no bytes.
    pub(crate) fn new() -> Self {
        Self {
            hasher: Hasher::new(),
            inline: Vec::new(),
            length: 0,
        }
    }

    /// Adds a chunk; how the payload is cut makes no difference.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.length += chunk.len() as u64;
        if self.inline.len() <= INLINE {
            let room = INLINE + 1 - self.inline.len();
            self.inline.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        self.hasher.update(chunk);
    }

    /// Writes the item.
    pub(crate) fn finish(self, tag: Tag, wire: &mut Wire) {
        if self.inline.len() <= INLINE {
            wire.item(tag, &self.inline);
        } else {
            wire.long(Long {
                tag,
                length: self.length,
                digest: self.hasher.digest().0,
            });
        }
    }
}

/// An item that was written.
pub(crate) struct Item<'a> {
    /// Its letter, whether it is long or not.
    pub(crate) tag: u8,
    /// What it holds; nothing if it is long.
    pub(crate) payload: Option<&'a [u8]>,
    /// All of it.
    pub(crate) bytes: &'a [u8],
}

impl Item<'_> {
    /// Returns the text that it is, if it is one.
    pub(crate) fn text(&self) -> Option<String> {
        let text = self.payload.filter(|_| self.tag == Tag::Str as u8)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

/// Reads items one after another, to the first that is none.
pub(crate) struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    /// Reads `bytes` from the start.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let (tag, length) = (*self.0.first()?, self.0.get(1..SHORT_HEADER)?);
        let is_long = tag & LONG != 0;
        let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
        let end = if is_long { 1 + 8 + 32 } else { SHORT_HEADER + length };
        let (bytes, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        Some(Item {
            tag: tag & !LONG,
            payload: (!is_long).then(|| &bytes[SHORT_HEADER..]),
            bytes,
        })
    }
}
