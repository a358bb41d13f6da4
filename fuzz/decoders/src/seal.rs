//! Stamp files whose checksums are right, whatever they hold: written by hand as `docs/stamp-format.md` has it, so that any
//! bytes get behind the checksums, and so that the page is held to what the reader does.

use jobstamps::job::JobKey;
use jobstamps::stamp::TagKey;
use jobstamps::{Digest, checksum};

/// A stamp as it is sealed.
pub struct Part<'a> {
    /// What a hit reads.
    pub hot: &'a [u8],
    /// What no hit reads.
    pub cold: &'a [u8],
    /// The key of its tag, if it has one.
    pub tag_key: Option<&'a TagKey>,
}

/// Returns a stamp file of the job `key` that holds `parts`, each rightly sealed.
#[must_use]
pub fn sealed(key: &JobKey, parts: &[Part]) -> Vec<u8> {
    const HEAD: usize = 72;
    const ROW: usize = 80;
    let mut table = Vec::new();
    let mut offset = HEAD + ROW * parts.len();
    for part in parts {
        let seal = part.tag_key.map_or_else(
            || [checksum(part.hot), [0; 16]].concat(),
            |tag_key| Digest::keyed(tag_key, part.hot).0.to_vec(),
        );
        for number in [offset, part.hot.len(), usize::from(part.tag_key.is_some())] {
            table.extend_from_slice(&(number as u64).to_le_bytes());
        }
        table.extend_from_slice(&seal);
        table.extend_from_slice(&(part.cold.len() as u64).to_le_bytes());
        table.extend_from_slice(&checksum(part.cold));
        offset += part.hot.len();
    }
    let bytes = |part: &Part| part.hot.len() + part.cold.len();
    let length = HEAD + table.len() + parts.iter().map(bytes).sum::<usize>();
    let mut file = [&b"jobstmp\x01"[..], key.as_bytes()].concat();
    file.extend_from_slice(&(parts.len() as u64).to_le_bytes());
    file.extend_from_slice(&(length as u64).to_le_bytes());
    let sum = checksum(&[&file[..], &table].concat());
    file.extend_from_slice(&sum);
    file.extend_from_slice(&table);
    for part in parts {
        file.extend_from_slice(part.hot);
    }
    for part in parts {
        file.extend_from_slice(part.cold);
    }
    file
}
