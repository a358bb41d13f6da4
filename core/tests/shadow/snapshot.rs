//! How all that a job depends on looks at one moment, seen with the system's own eyes and not with the code that is tested.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// How much of two snapshots has to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Names, types, executable bits, texts of links, contents.
    Content,
    /// Sizes and times too.
    Times,
    /// And that each is the very same file.
    Files,
    /// And all permissions.
    All,
}

/// Whether a job with these dependencies can be remembered, and replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fitness {
    /// Both.
    Fit,
    /// Something is missing: remembered, and never replayed.
    Missing,
    /// Something cannot be read or is no file: neither.
    Unfit,
}

/// How all dependencies of a job looked.
#[derive(Clone, Debug)]
pub struct Snapshot {
    entries: BTreeMap<PathBuf, Entry>,
    fitness: Fitness,
    /// Whether a pattern matched nothing.
    pub matches_nothing: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    content: (char, Vec<PathBuf>, Vec<u8>),
    times: [i64; 5],
    file: (u64, u64),
    mode: u32,
}

/// How to look.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Where names belong.
    pub directory: &'a Path,
    /// What is passed over in directories: the job's outputs.
    pub left_out: &'a [&'a str],
    /// Whether it is passed over too where it is declared itself, or matched.
    pub everywhere: bool,
}

impl Snapshot {
    /// Looks at what `dependencies` name. A pattern is a directory, `*`, and how names end.
    pub fn take(dependencies: &[&str], view: View) -> Self {
        let View { directory, .. } = view;
        let mut looking = Looking {
            seen: Self {
                entries: BTreeMap::new(),
                fitness: Fitness::Fit,
                matches_nothing: false,
            },
            view,
        };
        for dependency in dependencies {
            match dependency.split_once('*') {
                Some((base, end)) => looking.pattern(&directory.join(base), end),
                None => looking.root(&directory.join(dependency), Fitness::Missing),
            }
        }
        looking.seen
    }

    /// Whether a job that depends on this can be remembered, and replayed.
    pub fn fitness(&self) -> Fitness {
        self.fitness
    }

    /// All that counts of it, as text: what a job would say that says all.
    pub fn text(&self) -> String {
        let contents = self.entries.iter().map(|(path, entry)| (path, &entry.content));
        contents.fold(
            format!("{:?}", self.fitness),
            |text, (path, (letter, chain, content))| {
                let content = String::from_utf8_lossy(content);
                format!("{text}\n{} {letter} {chain:?} {content}", path.display())
            },
        )
    }

    /// Whether this and `other` agree in so much detail.
    pub fn agrees(&self, other: &Self, detail: Detail) -> bool {
        let same =
            |(one, other): ((&PathBuf, &Entry), (&PathBuf, &Entry))| one.0 == other.0 && one.1.agrees(other.1, detail);
        self.fitness == other.fitness
            && self.entries.len() == other.entries.len()
            && self.entries.iter().zip(&other.entries).all(same)
    }
}

impl Entry {
    fn agrees(&self, other: &Self, detail: Detail) -> bool {
        let is_file = self.content.0 != 'd';
        self.content == other.content
            // A directory's own times and permissions are no dependency.
            && (!is_file || detail < Detail::Times || self.times == other.times)
            && (!is_file || detail < Detail::Files || self.file == other.file)
            && (!is_file || detail < Detail::All || self.mode == other.mode)
    }
}

struct Looking<'a> {
    seen: Snapshot,
    view: View<'a>,
}

impl Looking<'_> {
    fn is_left_out(&self, path: &Path) -> bool {
        self.view
            .left_out
            .iter()
            .any(|name| self.view.directory.join(name) == path)
    }

    fn worst(&mut self, fitness: Fitness) {
        self.seen.fitness = self.seen.fitness.max(fitness);
    }

    fn pattern(&mut self, base: &Path, end: &str) {
        let before = self.seen.entries.len();
        match fs::metadata(base) {
            Ok(metadata) if metadata.is_dir() => {
                for name in self.names(base) {
                    if name.ends_with(end) && !name.starts_with('.') {
                        self.root(&base.join(name), Fitness::Fit);
                    }
                }
            }
            Ok(_) => {}
            Err(error) => self.worst(absence(&error, Fitness::Fit)),
        }
        self.seen.matches_nothing |= self.seen.entries.len() == before;
    }

    /// Looks at what was declared, or matched: it is followed.
    fn root(&mut self, path: &Path, if_missing: Fitness) {
        if self.view.everywhere && self.is_left_out(path) {
            return;
        }
        let chain = chain(path);
        match fs::metadata(path) {
            Ok(metadata) => self.entry(path, &metadata, chain),
            Err(error) => {
                self.worst(absence(&error, if_missing));
                // A pattern matches a link that leads nowhere: it is itself.
                if let (Fitness::Fit, Ok(metadata)) = (if_missing, fs::symlink_metadata(path)) {
                    self.add(path, &metadata, 'l', chain[..1].to_vec(), Vec::new());
                }
            }
        }
    }

    fn entry(&mut self, path: &Path, metadata: &fs::Metadata, chain: Vec<PathBuf>) {
        let kind = metadata.file_type();
        if kind.is_symlink() {
            return self.add(path, metadata, 'l', chain, Vec::new());
        }
        if kind.is_dir() {
            self.add(path, metadata, 'd', chain, Vec::new());
            for name in self.names(path) {
                let below = path.join(name);
                if self.is_left_out(&below) {
                    continue;
                }
                match fs::symlink_metadata(&below) {
                    Ok(metadata) => {
                        let text = fs::read_link(&below).into_iter().collect();
                        self.entry(&below, &metadata, text);
                    }
                    Err(_) => self.worst(Fitness::Unfit),
                }
            }
            return;
        }
        if kind.is_socket() {
            return self.add(path, metadata, 's', chain, Vec::new());
        }
        // A fifo must not even be opened.
        let content = kind.is_file().then(|| fs::read(path).ok()).flatten();
        let letter = if metadata.mode() & 0o111 == 0 { 'f' } else { 'x' };
        match content {
            Some(content) => self.add(path, metadata, letter, chain, content),
            None => self.worst(Fitness::Unfit),
        }
    }

    fn add(&mut self, path: &Path, metadata: &fs::Metadata, letter: char, chain: Vec<PathBuf>, content: Vec<u8>) {
        let of_file = |value: i64| if metadata.is_file() { value } else { 0 };
        let times = [
            metadata.size().cast_signed(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ];
        let entry = Entry {
            content: (letter, chain, content),
            times: times.map(of_file),
            file: if metadata.is_file() {
                (metadata.ino(), metadata.dev())
            } else {
                (0, 0)
            },
            mode: metadata.mode(),
        };
        self.seen.entries.insert(path.to_path_buf(), entry);
    }

    fn names(&mut self, path: &Path) -> Vec<String> {
        let Ok(entries) = fs::read_dir(path) else {
            self.worst(Fitness::Unfit);
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

/// What it means that something cannot be looked at.
fn absence(error: &std::io::Error, if_missing: Fitness) -> Fitness {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => if_missing,
        _ => Fitness::Unfit,
    }
}

/// The texts of the links that lead on from `path`.
fn chain(path: &Path) -> Vec<PathBuf> {
    let (mut texts, mut path) = (Vec::new(), path.to_path_buf());
    while let (Ok(text), true) = (fs::read_link(&path), texts.len() < 40) {
        path = path.parent().unwrap().join(&text);
        texts.push(text);
    }
    texts
}
