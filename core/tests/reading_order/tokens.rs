//! Reads Rust just well enough to know which modules of its own crate a file uses.

use std::collections::HashMap;

/// Splits Rust source into identifiers, `::` and single signs, without comments, literals and lifetimes.
pub fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let length = if next.is_whitespace() {
            next.len_utf8()
        } else if let Some(length) = comment(rest).or_else(|| literal(rest)) {
            length
        } else {
            let length = match next {
                _ if next.is_alphanumeric() || next == '_' => rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => next.len_utf8(),
            };
            tokens.push(rest[..length].to_owned());
            length
        };
        rest = &rest[length..];
    }
    without_tests(&tokens)
}

/// Returns the length of the comment that `source` begins with.
fn comment(source: &str) -> Option<usize> {
    if source.starts_with("//") {
        return Some(source.find('\n').unwrap_or(source.len()));
    }
    source.starts_with("/*").then(|| {
        let (mut depth, mut at) = (1, 2);
        while depth > 0 && at < source.len() {
            match &source.as_bytes()[at..] {
                [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
                [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        at
    })
}

/// Returns the length of the string, character or lifetime that `source` begins with.
fn literal(source: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        source
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.trim_start_matches('#').starts_with(['"', '\'']))
    })?;
    let rest = &source[prefix.len()..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if prefix.ends_with('r') && rest[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let length = rest[hashes + 1..].find(&end)? + end.len();
        return Some(prefix.len() + hashes + 1 + length);
    }
    let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let mut inside = rest[1..].char_indices();
    let first = rest[1..].chars().next()?;
    if quote == '\'' && first != '\\' && !rest[1 + first.len_utf8()..].starts_with('\'') {
        return Some(1); // A lifetime: its name is left as an identifier, which names no module.
    }
    while let Some((at, c)) = inside.next() {
        if c == '\\' {
            inside.next();
        } else if c == quote {
            return Some(prefix.len() + 1 + at + 1);
        }
    }
    Some(source.len())
}

/// Leaves out each item that is marked `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().take(7).eq(["#", "[", "cfg", "(", "test", ")", "]"]) {
            let mut depth = 0;
            while let Some(token) = tokens.get(at) {
                at += 1;
                match token.as_str() {
                    "{" => depth += 1,
                    "}" if depth == 1 => break,
                    "}" => depth -= 1,
                    ";" if depth == 0 => break,
                    _ => {}
                }
            }
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns what lib.rs declares: its modules in order, and for each name that it re-exports the module.
pub fn modules(tokens: &[String]) -> (Vec<String>, HashMap<String, String>) {
    let mut modules = Vec::new();
    let mut reexports = HashMap::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "mod" if tokens.get(at + 2).is_some_and(|sign| sign == ";") => modules.push(tokens[at + 1].clone()),
            "use" => {
                for path in paths(&tokens[at + 1..]) {
                    if let [module, .., name] = path.as_slice() {
                        reexports.insert(name.clone(), module.clone());
                    }
                }
            }
            _ => {}
        }
    }
    (modules, reexports)
}

/// Returns the names under the crate's root that a file uses, where the file is the module `own`.
pub fn imports(tokens: &[String], own: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let follows_a_path = at > 0 && tokens[at - 1] == "::";
        if follows_a_path || !["crate", "super"].contains(&token.as_str()) {
            continue;
        }
        for path in paths(&tokens[at..]) {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let at_root = path.first().is_some_and(|name| name == "crate") || ups >= own.len();
            if let (true, Some(name)) = (at_root, path.get(ups.max(1))) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// Reads the path that `tokens` begin with, and returns all that its braces spread it to; the last name is the local one.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    tree(tokens).0
}

fn tree(tokens: &[String]) -> (Vec<Vec<String>>, usize) {
    let mut path = Vec::new();
    let mut at = 0;
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                let mut spread = Vec::new();
                at += 1;
                while let Some(token) = tokens.get(at).filter(|token| *token != "}") {
                    if token == "," {
                        at += 1;
                        continue;
                    }
                    let (branches, length) = tree(&tokens[at..]);
                    spread.extend(branches.into_iter().map(|branch| [path.clone(), branch].concat()));
                    at += length.max(1);
                }
                return (spread, at + 1);
            }
            Some("," | ";" | "}") | None => return (vec![path], at),
            Some(name) => path.push(name.to_owned()),
        }
        at += 1;
        match tokens.get(at).map(String::as_str) {
            Some("::") => at += 1,
            Some("as") => {
                path.extend(tokens.get(at + 1).cloned());
                return (vec![path], at + 2);
            }
            _ => return (vec![path], at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{imports, modules, tokens};

    #[test]
    fn every_way_to_name_a_module_is_seen() {
        for (source, own, expected) in [
            ("use crate::disk;", "job", "disk"),
            ("use crate::disk::{File, look::Look};", "job", "disk disk"),
            (
                "use crate::{disk::File, error::{Error, Result}, job};",
                "job",
                "disk error error job",
            ),
            ("pub(crate) use crate::disk as door;", "job", "disk"),
            (
                "fn f() -> crate::error::Error { crate::disk::open(super::Digest) }",
                "job",
                "error disk Digest",
            ),
            ("use super::disk;", "job", "disk"),
            ("use super::Key; use super::super::disk;", "job::key", "disk"),
            ("use super::{Key, super::disk};", "job::key", "disk"),
            ("use self::key::Key; use std::fs; use key::crate_name;", "job", ""),
            (
                "pub(crate) fn f<'a>(c: char, s: &'a str) { c == '\\'' || c == '\"'; crate::disk::x() }",
                "job",
                "disk",
            ),
            (
                "// crate::cache\n/* crate::cache /* */ */ //! [`crate::cache`]\n",
                "job",
                "",
            ),
            (
                "const S: &str = \"crate::a \\\" crate::b\"; const R: &str = r#\"\" crate::c\"#; b'\"'; crate::d",
                "job",
                "d",
            ),
            (
                "#[cfg(test)] use crate::a; #[cfg(test)] mod tests { use crate::b; fn f() {} } use crate::c;",
                "job",
                "c",
            ),
            (
                "#[cfg(unix)] use crate::a; #[cfg(not(test))] use crate::b;",
                "job",
                "a b",
            ),
        ] {
            let own: Vec<String> = own.split("::").map(str::to_owned).collect();
            assert_eq!(imports(&tokens(source), &own).join(" "), expected, "in {source}");
        }
    }

    #[test]
    fn the_plan_is_the_mod_lines_and_the_reexports() {
        let (modules, reexports) = modules(&tokens(
            "//! Front page: mod nothing;\nmod digest;\n#[doc(hidden)]\npub mod disk;\npub(crate) mod job;\n\
             pub use digest::{Digest, Hasher as Hash}; pub use job::key::JobKey;",
        ));
        assert_eq!(modules, ["digest", "disk", "job"]);
        assert_eq!(reexports["Digest"], "digest");
        assert_eq!(reexports["Hash"], "digest");
        assert_eq!(reexports["JobKey"], "job");
    }
}
