//! What a store looks like to somebody who asks whether all is well with it: facts, and no judgement.
//!
//! Nothing is changed but for two small files that are made and removed again, and for the time of last reading. No link
//! is followed inside, nothing that belongs to another user is read. Memory stays bounded: one shard's names at a time,
//! and of each kind of oddity a number and the first place.
//!
//! Not seen: whether a stamp is fresh, and what lies beside the store in the user's directory.

mod contents;

pub use contents::{Contents, Depth, Held, Oddity, Sighting};

use std::path::{Path, PathBuf};

use super::layout::{self, ROOT};
use super::local::Store;
use super::place::Place;
use crate::disk::{self, Abilities, Ground, Kind};
use crate::error::Error;
use crate::store::Limits;

/// What a store looks like.
#[derive(Debug)]
pub struct Checkup {
    /// Where it is.
    pub root: PathBuf,
    /// Whether it is there, and ours.
    pub state: State,
    /// Links on the way to it.
    pub links: Vec<LinkOnTheWay>,
    /// A directory above it in which everybody could put another in its place; or why that cannot be told.
    pub open_to_all: Result<Option<PathBuf>, String>,
    /// Other formats that lie beside it.
    pub other_formats: Vec<String>,
    /// Its file system, or the one it would be on.
    pub ground: Result<Ground, String>,
    /// What that can do; not tried where there is no store of ours.
    pub abilities: Option<Abilities>,
    /// What is in it; nothing where there is no store of ours.
    pub contents: Option<Contents>,
}

/// Whether a store is there, and ours.
#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Ours {
        /// Permission bits.
        mode: u32,
    },
    /// It is not there yet.
    Absent {
        /// The nearest directory that is there.
        nearest: PathBuf,
        /// Whether it can be made there; why not.
        can_be_made: Result<(), String>,
    },
    /// It is not used.
    Refused {
        /// Why.
        why: String,
        /// Whose it is, if it is another user's.
        owner: Option<u32>,
    },
}

/// A symbolic link on the way to a store.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkOnTheWay {
    /// The link.
    pub path: PathBuf,
    /// What it says.
    pub text: PathBuf,
    /// Another user, not the system, who could turn it.
    pub stranger: Option<u32>,
}

impl Checkup {
    /// Looks at the store in `place`; never fails, since whatever fails is a fact.
    #[must_use]
    #[cold]
    pub fn of(place: &Place, depth: Depth, limits: &Limits) -> Self {
        let directory = &place.directory;
        let root = layout::root(directory);
        let nearest = nearest_directory(&root);
        let store = Store::open(directory);
        let state = match &store {
            Ok(Some(store)) => State::Ours {
                mode: store.root().look().map_or(0, |look| look.mode),
            },
            Ok(None) => State::Absent {
                can_be_made: can_be_made(directory, &nearest),
                nearest: nearest.clone(),
            },
            Err(error) => State::Refused {
                why: error.line(),
                owner: stranger(&root),
            },
        };
        let store = store.ok().flatten();
        let abilities = store
            .as_ref()
            .map(|store| disk::try_abilities(store.root(), place.clock));
        Self {
            links: links_on_the_way(directory),
            open_to_all: disk::distrust_parents(&nearest).map_err(|error| error.to_string()),
            other_formats: other_formats(directory),
            ground: disk::ground(&nearest).map_err(|error| error.to_string()),
            abilities,
            contents: store.map(|store| Contents::of(&store, place, depth, limits)),
            state,
            root,
        }
    }
}

/// Returns the nearest directory from `root` upwards that is there.
fn nearest_directory(root: &Path) -> PathBuf {
    let is_directory = |path: &&Path| matches!(disk::look(path), Ok(Some(look)) if look.kind == Kind::Directory);
    let found = root.ancestors().find(is_directory);
    found.unwrap_or(Path::new("/")).to_path_buf()
}

/// Tells whether the first run could make the store in `directory`, of which `nearest` is there.
fn can_be_made(directory: &Path, nearest: &Path) -> Result<(), String> {
    if let Some((path, owner)) = disk::foreign_parent(directory).map_err(|error| error.line())? {
        let why = format!("in a directory owned by uid {owner}");
        return Err(Error::Untrusted { path, why }.line());
    }
    disk::may_write(nearest).map_err(|source| {
        let error = Error::Io {
            intent: "write in",
            path: nearest.to_path_buf(),
            source,
        };
        error.line()
    })
}

/// Returns the owner of what has this path, if that is another user.
fn stranger(path: &Path) -> Option<u32> {
    let look = disk::look_at_link(path).ok().flatten()?;
    (disk::user() != Some(look.owner)).then_some(look.owner)
}

fn links_on_the_way(directory: &Path) -> Vec<LinkOnTheWay> {
    let mut links = Vec::new();
    for path in directory.ancestors() {
        let Ok(Some(look)) = disk::look_at_link(path) else {
            continue;
        };
        if look.kind == Kind::Link {
            links.push(LinkOnTheWay {
                text: disk::read_link(path).unwrap_or_default(),
                stranger: stranger(path).filter(|owner| *owner != 0),
                path: path.to_path_buf(),
            });
        }
    }
    links.reverse();
    links
}

/// Asks for each by its name: the directory may hold any number of things that are not ours to list.
fn other_formats(directory: &Path) -> Vec<String> {
    const MOST: u32 = 99;
    (0..=MOST)
        .map(|number| format!("jobstamps-v{number}"))
        .filter(|name| name != ROOT)
        .filter(|name| matches!(disk::look_at_link(&directory.join(name)), Ok(Some(_))))
        .collect()
}
