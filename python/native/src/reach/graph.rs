//! What was reached, and how it hangs together: nodes that know themselves and name each other.
//!
//! A node's own digest covers what it holds itself, and the *names* of what it leads to; so an edit changes the digest of
//! what was edited and of nothing else, cycles need no care, and the order of discovery does not matter.
//!
//! Names may be shared: by a function and its wrapper, by all closures of one factory. Who leads to such a node says which
//! one: by its content where that is enough, else by all that can be reached from it. That is found by refinement: two
//! nodes are told apart as soon as what they lead to under one label has been told apart.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use jobstamps::Digest;

use crate::canonical::{Tag, Wire};
use jobstamps::job::CodePart;

/// The place of a node in its graph.
pub(super) type Id = usize;

/// What a node holds, and what it leads to.
#[derive(Default)]
pub(super) struct Content {
    pub(super) wire: Wire,
    /// A label that says where in the content it stands, and the node it leads to.
    pub(super) leads: Vec<(Vec<u8>, Id)>,
    /// The way to what is being written.
    pub(super) label: Vec<u8>,
    /// The name of the node, for messages.
    pub(super) place: String,
    /// The containers and objects that were written, by address, with their numbers in the order of writing.
    pub(super) written: HashMap<usize, usize>,
    /// How many values are being written, each inside of the one before.
    pub(super) depth: usize,
    /// How many values were written.
    pub(super) count: usize,
}

impl Content {
    /// Starts to write what the node of that name holds.
    pub(super) fn of(place: &str) -> Self {
        Self {
            place: place.to_owned(),
            ..Self::default()
        }
    }

    /// Writes the number of a container or object that was written before; tells whether it was.
    ///
    /// So what holds itself comes to an end, and what is held by many is written once.
    pub(super) fn wrote(&mut self, address: usize) -> bool {
        let number = self.written.len();
        match self.written.entry(address) {
            Entry::Occupied(known) => {
                self.wire.item(Tag::Enclosing, &known.get().to_le_bytes());
                true
            }
            Entry::Vacant(new) => {
                new.insert(number);
                false
            }
        }
    }

    /// Says that what is written here leads to a node.
    pub(super) fn leads_to(&mut self, id: Id) {
        self.leads.push((self.label.clone(), id));
    }

    /// Tells whether what is being written is the very value that a global or the variable of a closure holds.
    pub(super) fn is_named(&self) -> bool {
        self.depth == 1 && (self.place.starts_with("global ") || self.place.starts_with("closure "))
    }

    /// Returns the name of the node without its noun.
    pub(super) fn owner(&self) -> &str {
        self.place.split_once(' ').map_or(&self.place, |(_, name)| name)
    }

    /// Returns the node's name as a sentence has it: "the global `package.NAME`".
    pub(super) fn shown(&self) -> String {
        match self.place.split_once(' ') {
            Some((noun, name)) => format!("the {noun} `{name}`"),
            None => format!("`{}`", self.place),
        }
    }
}

/// One thing that was reached.
pub(super) struct Node {
    /// Its name, which begins with its noun: `function package.module.helper`.
    pub(super) name: String,
    pub(super) content: Content,
    /// Whether its name tells what it leads to, so that it says nothing of its own.
    pub(super) is_obvious: bool,
    /// Whether its name leads nowhere.
    pub(super) is_absent: bool,
    /// Addresses of the objects behind it, where its content is data: the same object with other content is state.
    pub(super) data: Option<usize>,
}

/// All that was reached.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// Adds a node that holds nothing yet.
    pub(super) fn add(&mut self, name: String) -> Id {
        self.nodes.push(Node {
            name,
            content: Content::default(),
            is_obvious: false,
            is_absent: false,
            data: None,
        });
        self.nodes.len() - 1
    }

    /// Returns one part for each name.
    pub(super) fn parts(&self, root: Id) -> Vec<CodePart> {
        let shared = self.shared();
        let colours = self.colours(&shared);
        let mut parts: HashMap<&str, BTreeSet<[u8; 32]>> = HashMap::new();
        for (id, node) in self.nodes.iter().enumerate() {
            let leads: BTreeSet<_> = node
                .content
                .leads
                .iter()
                .filter(|(_, id)| shared.contains(id))
                .collect();
            if node.is_obvious && leads.is_empty() {
                continue;
            }
            let mut wire = Wire::default();
            wire.item(
                if id == root { Tag::Call } else { Tag::Code },
                node.content.wire.bytes(),
            );
            let mut leads: Vec<_> = leads.into_iter().map(|(label, id)| (label, colours[*id])).collect();
            leads.sort_unstable();
            for (label, colour) in leads {
                wire.item(Tag::Str, label);
                wire.item(Tag::Code, &colour);
            }
            parts.entry(&node.name).or_default().insert(Digest::of(wire.bytes()).0);
        }
        let parts = parts.into_iter().map(|(name, digests)| CodePart {
            name: name.to_owned(),
            digest: joined(&digests),
        });
        parts.collect()
    }

    /// Returns the nodes whose name is not theirs alone.
    fn shared(&self) -> HashSet<Id> {
        let mut named: HashMap<&str, Vec<Id>> = HashMap::new();
        for (id, node) in self.nodes.iter().enumerate() {
            named.entry(&node.name).or_default().push(id);
        }
        named.into_values().filter(|ids| ids.len() > 1).flatten().collect()
    }

    /// Returns digests that tell nodes of the same name apart.
    fn colours(&self, shared: &HashSet<Id>) -> Vec<[u8; 32]> {
        let plain: Vec<[u8; 32]> = self
            .nodes
            .iter()
            .map(|node| {
                let mut wire = Wire::default();
                wire.item(Tag::Str, node.name.as_bytes());
                wire.item(Tag::Code, node.content.wire.bytes());
                Digest::of(wire.bytes()).0
            })
            .collect();
        let distinct: HashSet<_> = shared.iter().map(|&id| plain[id]).collect();
        if distinct.len() == shared.len() {
            return plain;
        }
        let mut colours = plain.clone();
        let mut told = count(&colours);
        loop {
            let finer: Vec<_> = self
                .nodes
                .iter()
                .enumerate()
                .map(|(id, node)| {
                    let mut leads: Vec<_> = node
                        .content
                        .leads
                        .iter()
                        .map(|(label, to)| (label, colours[*to]))
                        .collect();
                    leads.sort_unstable();
                    let mut wire = Wire::default();
                    wire.item(Tag::Code, &plain[id]);
                    for (label, colour) in leads {
                        wire.item(Tag::Str, label);
                        wire.item(Tag::Code, &colour);
                    }
                    Digest::of(wire.bytes()).0
                })
                .collect();
            let now = count(&finer);
            colours = finer;
            if now <= told {
                return self.settled(shared, plain, colours);
            }
            told = now;
        }
    }

    /// Keeps the plain digest where that tells a node from all others of its name: it does not change with what lies behind.
    fn settled(&self, shared: &HashSet<Id>, plain: Vec<[u8; 32]>, colours: Vec<[u8; 32]>) -> Vec<[u8; 32]> {
        let mut times: HashMap<[u8; 32], usize> = HashMap::new();
        for &id in shared {
            *times.entry(plain[id]).or_default() += 1;
        }
        debug_assert_eq!(plain.len(), self.nodes.len());
        plain
            .into_iter()
            .zip(colours)
            .map(|(plain, colour)| {
                if times.get(&plain).is_some_and(|&times| times > 1) {
                    colour
                } else {
                    plain
                }
            })
            .collect()
    }
}

fn count(colours: &[[u8; 32]]) -> usize {
    colours.iter().collect::<HashSet<_>>().len()
}

/// Returns one digest for all that goes by one name.
pub(super) fn joined(digests: &BTreeSet<[u8; 32]>) -> Digest {
    let mut sorted = digests.iter();
    match (sorted.next(), sorted.next()) {
        (Some(only), None) => Digest(*only),
        _ => Digest::of(&digests.iter().flatten().copied().collect::<Vec<u8>>()),
    }
}
