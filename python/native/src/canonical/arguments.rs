//! What a call was made with, read back from the bytes that it is filed under: parameter by parameter, so that two calls can
//! be compared.

use jobstamps::Digest;

use super::wire::{Item, Items, Tag};

/// An argument: what its parameter is called, and what tells it from all others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) digest: Digest,
    /// Whether it counts by its own value, so that a text of it tells something.
    pub(crate) by_value: bool,
}

/// Reads the arguments of a call with `identity` to parameters of these `names`; `more` and `more_by_name` are those of what
/// has no parameter of its own. Those that do not count are left out; nothing is known of a call whose arguments are too long
/// to stand in its identity.
pub(crate) fn arguments(identity: &[u8], more: &str, more_by_name: &str) -> Vec<Argument> {
    let mut found = Vec::new();
    let call = Items::of(identity).find(|item| item.tag == Tag::Call as u8);
    let Some(bound) = call.and_then(|call| Items::of(call.payload?).last()) else {
        return found;
    };
    let Some(payload) = bound.payload else { return found };
    let mut items = Items::of(payload);
    let is_bound = bound.tag == Tag::Bound as u8;
    while let Some(item) = items.next() {
        match item.tag {
            tag if is_bound && tag == Tag::Str as u8 => {
                if let (Some(name), Some(value)) = (item.text(), items.next()) {
                    found.extend(argument(name, &value));
                }
            }
            tag if tag == Tag::Tuple as u8 => {
                let all = Items::of(item.payload.unwrap_or_default()).enumerate();
                found.extend(all.filter_map(|(index, value)| argument(format!("{more}[{index}]"), &value)));
            }
            tag if tag == Tag::Dict as u8 => {
                let mut named = Items::of(item.payload.unwrap_or_default());
                while let (Some(name), Some(value)) = (named.next(), named.next()) {
                    let name = name.text().unwrap_or_else(|| more_by_name.to_owned());
                    found.extend(argument(name, &value));
                }
            }
            _ => return found,
        }
    }
    found
}

fn argument(name: String, value: &Item) -> Option<Argument> {
    (value.tag != Tag::Ignored as u8).then(|| Argument {
        name,
        digest: Digest::of(value.bytes),
        by_value: value.tag != Tag::Chosen as u8,
    })
}
