//! Holds what commands print for programs to what docs/json.md says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/json.md");

/// What may stand where: by its path, as in `reasons[].path`.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// Checks that each of `outputs` is an object on one line with the fields that the section `## NAME` has, all of them in
/// every object and no others, and that together they show whatever it says there can be (but that there is nothing).
#[track_caller]
pub fn check(name: &str, outputs: &[Vec<u8>]) {
    let documented = documented(name);
    let mut all = Fields::new();
    for output in outputs {
        let text = String::from_utf8(output.clone()).expect("JSON is UTF-8");
        assert_eq!(text.find('\n'), Some(text.len() - 1), "one line: {text}");
        let value: Value = serde_json::from_str(&text).expect(&text);
        collect(&value, "", &documented, &mut all);
    }
    for (path, kinds) in &all {
        let allowed = documented.get(path);
        assert!(
            allowed.is_some_and(|allowed| kinds.is_subset(allowed)),
            "`{path}` is {kinds:?}, and docs/json.md says {allowed:?}"
        );
    }
    for (path, kinds) in documented {
        let seen = all.get(&path).cloned().unwrap_or_default();
        let unseen: Vec<_> = kinds.difference(&seen).filter(|kind| *kind != "null").collect();
        assert!(unseen.is_empty(), "no output shows `{path}` as {unseen:?}");
    }
}

/// Reads the table of a section.
fn documented(name: &str) -> Fields {
    let section = PAGE.split("\n## ").find(|section| section.lines().next() == Some(name));
    let mut fields = Fields::new();
    for row in section
        .expect("docs/json.md has the section")
        .lines()
        .filter(|line| line.starts_with("| `"))
    {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let path = cells.next().unwrap().trim_matches('`').to_owned();
        let mut add = |path: &str, kind: &str| fields.entry(path.to_owned()).or_default().insert(kind.to_owned());
        for kind in cells.next().expect("each field has a type").split(" or ") {
            match kind.strip_prefix("list of ") {
                None => drop(add(&path, kind)),
                Some(items) => {
                    add(&path, "list");
                    add(&format!("{path}[]"), items.trim_end_matches('s'));
                }
            }
        }
    }
    fields
}

/// Collects what stands where in `value`, which stands at `path`.
fn collect(value: &Value, path: &str, documented: &Fields, all: &mut Fields) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "flag",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    if !path.is_empty() {
        all.entry(path.to_owned()).or_default().insert(kind.to_owned());
    }
    match value {
        Value::Array(items) => {
            for item in items {
                collect(item, &format!("{path}[]"), documented, all);
            }
        }
        Value::Object(fields) => {
            let below = if path.is_empty() {
                String::new()
            } else {
                format!("{path}.")
            };
            let name = |path: &String| {
                let rest = path.strip_prefix(&below)?;
                (!rest.contains(['.', '['])).then(|| rest.to_owned())
            };
            let expected: BTreeSet<String> = documented.keys().filter_map(name).collect();
            let got: BTreeSet<String> = fields.keys().cloned().collect();
            assert_eq!(got, expected, "the fields of `{path}`");
            for (name, value) in fields {
                collect(value, &format!("{below}{name}"), documented, all);
            }
        }
        _ => {}
    }
}
