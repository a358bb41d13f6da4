//! Holds docs/reliability.md to the tests: each row names some, and each that it names is there.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "reads source files, says what it skips"
)]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The letter of a part, and the number of its last row.
const PARTS: [(char, u32); 6] = [('C', 53), ('D', 22), ('O', 12), ('S', 27), ('P', 28), ('X', 16)];
/// Numbers that were never given.
const UNUSED: [&str; 1] = ["C50"];
/// Where tests are.
const FOLDERS: [&str; 6] = [
    "core/src",
    "core/tests",
    "cli/src",
    "cli/tests",
    "fuzz/decoders",
    "python/tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the rows of the page: the number of each, and what its last column says.
fn rows(page: &str) -> Vec<(&str, &str)> {
    page.lines()
        .filter_map(|line| {
            let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
            let (number, rest) = line.split_once(" | ")?;
            let (_, tests) = rest.rsplit_once(" | ")?;
            number
                .ends_with(|last: char| last.is_ascii_digit())
                .then_some((number, tests))
        })
        .collect()
}

/// Adds all functions of the source files below `folder`, as `file::function`.
fn gather(folder: &Path, functions: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, functions);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "py")
        {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            for line in fs::read_to_string(&path).unwrap().lines() {
                let words = line.trim_start().trim_start_matches("async ");
                if let Some(rest) = words.strip_prefix("fn ").or_else(|| words.strip_prefix("def ")) {
                    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    functions.insert(format!("{stem}::{name}"));
                }
            }
        }
    }
}

#[test]
fn every_row_names_its_tests_and_each_is_there() {
    let page = root().join("docs/reliability.md");
    if !page.exists() {
        println!("SKIPPED: there is no {}", page.display());
        return;
    }
    let page = fs::read_to_string(page).unwrap();
    let mut functions = HashSet::new();
    for folder in FOLDERS {
        gather(&root().join(folder), &mut functions);
    }
    let rows = rows(&page);
    let expected: Vec<String> = PARTS
        .iter()
        .flat_map(|(part, last)| (1..=*last).map(move |number| format!("{part}{number:02}")))
        .filter(|number| !UNUSED.contains(&number.as_str()))
        .collect();
    let numbers: Vec<&str> = rows.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, expected);
    let mut wrong = Vec::new();
    for (number, tests) in rows {
        if tests.starts_with("out of reach: ") {
            continue;
        }
        for test in tests.split(", ") {
            let name = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
            if !name.is_some_and(|name| functions.contains(name)) {
                wrong.push(format!("{number}: there is no test {test}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
