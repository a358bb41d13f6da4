//! Holds the source to its plan: a module of core uses only modules above it, and no file outgrows its reader.
//!
//! The plan is the order of the `mod` lines in `src/lib.rs`. Comments may point anywhere, and tests may use anything; so
//! both are left out of what is read here. Inside a folder any order will do.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "reads source files, says what it skips"
)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "reading_order/tokens.rs"]
mod tokens;

use tokens::{imports, modules, tokens};

const LONGEST_FILE: usize = 400;

#[test]
fn a_module_uses_only_modules_above_it() {
    let plan = Plan::of(&read(&root().join("core/src/lib.rs")));
    let mut downward = Vec::new();
    for file in files_below(&root().join("core/src"), "rs") {
        let path = module_path(&file);
        let Some(module) = path.first() else { continue };
        let own = plan
            .place(module)
            .unwrap_or_else(|| panic!("`{module}` has files, but no `mod {module};` in lib.rs"));
        for import in imports(&tokens(&read(&file)), &path) {
            match plan.place(&import) {
                Some(place) if place <= own => {}
                Some(_) => downward.push(format!(
                    "{}: `{module}` uses `{import}`, which is below it",
                    file.display()
                )),
                None => downward.push(format!("{}: lib.rs has no `crate::{import}`", file.display())),
            }
        }
    }
    downward.dedup();
    assert!(
        downward.is_empty(),
        "a module uses only modules above it in core/src/lib.rs:\n{}",
        downward.join("\n")
    );
}

#[test]
fn the_architecture_page_tells_the_modules_in_the_order_they_are_read() {
    let page = root().join("ARCHITECTURE.md");
    if !page.exists() {
        println!("SKIPPED: there is no {}", page.display());
        return;
    }
    let plan = Plan::of(&read(&root().join("core/src/lib.rs")));
    let page = read(&page);
    let mut told = Vec::new();
    for line in page.lines() {
        let first = line.split_whitespace().next().unwrap_or_default().trim_end_matches('/');
        if plan.modules.iter().any(|module| module == first) && !told.contains(&first) {
            told.push(first);
        }
    }
    assert_eq!(
        told, plan.modules,
        "lines of ARCHITECTURE.md that begin with a module's name (left), and lib.rs (right)"
    );
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut long = Vec::new();
    for folder in ["bench", "cli", "core", "fuzz", "python"] {
        for extension in ["rs", "py", "pyi"] {
            for file in files_below(&root().join(folder), extension) {
                let lines = read(&file).lines().count();
                if lines > LONGEST_FILE {
                    long.push(format!("{}: {lines} lines", file.display()));
                }
            }
        }
    }
    assert!(
        long.is_empty(),
        "split what is longer than {LONGEST_FILE} lines:\n{}",
        long.join("\n")
    );
}

/// The order in which the modules of core are read, from `lib.rs`.
struct Plan {
    modules: Vec<String>,
    /// The module of each name that lib.rs re-exports, which other modules may reach as `crate::Name`.
    reexports: HashMap<String, String>,
}

impl Plan {
    fn of(lib: &str) -> Self {
        let (modules, reexports) = modules(&tokens(lib));
        assert!(modules.len() > 1, "no `mod` lines found in lib.rs");
        Self { modules, reexports }
    }

    /// Returns how far down the plan `name` is: a module, or something that lib.rs re-exports from one.
    fn place(&self, name: &str) -> Option<usize> {
        let module = self.reexports.get(name).map_or(name, String::as_str);
        self.modules.iter().position(|candidate| candidate == module)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("core lies in the workspace")
        .to_path_buf()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Returns the module path of a file of core: `src/job/key.rs` is `job::key`, `src/job/mod.rs` is `job`, `lib.rs` nothing.
fn module_path(file: &Path) -> Vec<String> {
    let inside = file
        .strip_prefix(root().join("core/src"))
        .expect("files of core/src")
        .with_extension("");
    let mut path: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

/// Returns the files with this extension at any depth below `folder`, sorted; nothing if there is no such folder.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return files;
    };
    for entry in entries {
        let path = entry.expect("the tree can be read").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != ".venv" {
            files.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    files
}
