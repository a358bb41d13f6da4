//! The configuration file: TOML, in the user's own home.
//!
//! It is used if it is a regular file of this user or of the system, and not writable by all. What cannot be
//! understood in it is told with its line and is not set; of a text that is no TOML, nothing is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Given, Place, Problem, Setting, Settings};
use crate::disk::{self, Own};

/// More than this is no configuration.
const MOST: u64 = 1 << 20;

/// What there was to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// What it sets; nothing if there is no file.
    pub settings: Settings,
    /// What people should know, in the order of its lines.
    pub problems: Vec<Problem>,
    /// Whether there is a file that was read.
    pub is_there: bool,
}

/// Returns where the configuration file is: `jobstamps/config.toml` in `XDG_CONFIG_HOME`, else in `~/.config`. Nowhere if
/// neither is an absolute path: a relative one would be looked for in whatever directory this is.
///
/// Source: the XDG Base Directory Specification.
#[must_use]
pub fn place(xdg_config_home: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    let absolute = |path: Option<&OsStr>| path.map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute(xdg_config_home).or_else(|| Some(absolute(home)?.join(".config")))?;
    Some(folder.join("jobstamps").join("config.toml"))
}

/// Reads the configuration file `path`; paths in it that begin with `~/` are in `home`.
#[must_use]
pub fn read(path: &Path, home: Option<&OsStr>) -> Read {
    match disk::read_own(path, MOST + 1) {
        Own::Missing => Read::default(),
        own => read_what_is_there(own, path, home),
    }
}

/// Reads what was found under `path`. Nearly nobody has one, and every hit asks: apart from what that touches.
#[cold]
#[inline(never)]
fn read_what_is_there(own: Own, path: &Path, home: Option<&OsStr>) -> Read {
    let whole = |what: String| Problem {
        place: Place::File {
            path: path.to_path_buf(),
            line: None,
        },
        what,
    };
    let not_used = |why: String| Read {
        problems: vec![whole(format!("it is not used: {why}"))],
        ..Read::default()
    };
    let bytes = match own {
        Own::Missing => return Read::default(),
        Own::Refused(why) => return not_used(why),
        Own::Bytes(bytes) if bytes.len() as u64 > MOST => return not_used("it is longer than 1 MiB".to_owned()),
        Own::Bytes(bytes) => bytes,
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return not_used("it is not UTF-8".to_owned());
    };
    let (settings, problems) = understand(text, path, home);
    Read {
        settings,
        problems,
        is_there: true,
    }
}

/// Reads `text`, which is in the file `path`.
pub(crate) fn understand(text: &str, path: &Path, home: Option<&OsStr>) -> (Settings, Vec<Problem>) {
    let at = |offset: Option<usize>, what: String| Problem {
        place: Place::File {
            path: path.to_path_buf(),
            line: offset.map(|offset| line_of(text, offset)),
        },
        what,
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let what = format!("it is not used, since this is no TOML: {}", one_line(error.message()));
            return (Settings::default(), vec![at(error.span().map(|span| span.start), what)]);
        }
    };
    let mut settings = Settings::default();
    let mut problems: Vec<(usize, String)> = Vec::new();
    for (key, value) in &table {
        if let Err(what) = set(&mut settings, key.get_ref(), value, home) {
            problems.push((key.span().start, what));
        }
    }
    problems.sort();
    let problems = problems.into_iter().map(|(offset, what)| at(Some(offset), what));
    (settings, problems.collect())
}

fn set(settings: &mut Settings, key: &str, value: &Spanned<DeValue>, home: Option<&OsStr>) -> Result<(), String> {
    let Some(setting) = Setting::of_key(key) else {
        return Err(unknown(key));
    };
    if setting.is_of_one_run() {
        let variable = setting.variable();
        return Err(format!("`{key}` is said for one run (--{key} or {variable}), not here"));
    }
    let words: Vec<&str>;
    let given = match value.get_ref() {
        DeValue::String(text) => Given::Text(OsStr::new(text.as_ref())),
        DeValue::Boolean(switch) => Given::Switch(*switch),
        DeValue::Integer(number) => match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Given::Number(number),
            Err(_) => Given::Other("this number"),
        },
        DeValue::Array(list) => match list.iter().map(|word| word.get_ref().as_str()).collect() {
            Some(list) => {
                words = list;
                Given::List(&words)
            }
            None => Given::Other("a list of something else than texts"),
        },
        DeValue::Float(_) => Given::Other("a number with a point"),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Table(_) => Given::Other("a table"),
    };
    settings.set(setting, &given).map_err(|what| format!("{key}: {what}"))?;
    if setting == Setting::Directory {
        settings.directory = Some(absolute(settings.directory.take(), home)?);
    }
    Ok(())
}

/// Returns the directory as everybody finds it, wherever they are.
fn absolute(directory: Option<PathBuf>, home: Option<&OsStr>) -> Result<PathBuf, String> {
    let directory = directory.unwrap_or_default();
    let directory = match (directory.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => Path::new(home).join(below),
        _ => directory,
    };
    if directory.is_absolute() {
        Ok(directory)
    } else {
        Err("directory: give an absolute path, or one that begins with `~/`".to_owned())
    }
}

fn unknown(key: &str) -> String {
    let meant = key.to_ascii_lowercase().replace('_', "-");
    let shown = crate::Shown::bytes(key.as_bytes());
    match Setting::of_key(&meant) {
        Some(setting) => format!("there is no `{shown}`: write `{}`", setting.key()),
        None => format!("there is no setting `{shown}` (`jobstamp config` shows all)"),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    1 + before.bytes().filter(|byte| *byte == b'\n').count()
}

fn one_line(message: &str) -> String {
    message.split('\n').collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ToolCheck;
    use crate::settings::Color;
    use std::time::Duration;

    fn of(text: &str) -> (Settings, Vec<String>) {
        let (settings, problems) = understand(text, Path::new("/h/c.toml"), Some("/h".as_ref()));
        let lines = problems.iter().map(|problem| {
            let line = problem.to_string();
            line.trim_start_matches("configuration file `/h/c.toml`").to_owned()
        });
        (settings, lines.collect())
    }

    #[test]
    fn a_file_sets_what_it_names() {
        let text = r#"
            # Mine.
            directory = "~/stamps"
            max-size = "20G"
            max-age = "30d"
            ttl = "1h"
            stale = "10m"
            scope = "main"
            quiet = true
            strict = false
            tool-check = "content"
            env = ["CC", "CFLAGS"]
            max-output = 1_000
            color = "never"
        "#;
        let expected = Settings {
            directory: Some("/h/stamps".into()),
            max_size: Some(20 << 30),
            max_age: Some(Duration::from_secs(30 * 24 * 3600)),
            ttl: Some(Duration::from_secs(3600)),
            stale: Some(Duration::from_secs(600)),
            scope: Some("main".into()),
            quiet: Some(true),
            strict: Some(false),
            tool_check: Some(ToolCheck::Content),
            env: vec!["CC".into(), "CFLAGS".into()],
            max_output: Some(1000),
            color: Some(Color::Never),
            ..Settings::default()
        };
        assert_eq!(of(text), (expected, Vec::new()));
        assert_eq!(of(""), (Settings::default(), Vec::new()));
    }

    #[test]
    fn each_line_that_cannot_be_understood_is_told_and_the_others_count() {
        let text = "ttl = \"1 hour\"\nquiet = true\nmax_size = \"1G\"\ncolour = \"never\"\nstrict = 1.5\n\
                    env = [1]\ndirectory = \"stamps\"\nforce = true\nmax-size = -1\n[scope]\na = 1\n";
        let (settings, problems) = of(text);
        let quiet = Settings {
            quiet: Some(true),
            ..Settings::default()
        };
        assert_eq!(settings, quiet);
        assert_eq!(
            problems,
            [
                ", line 1: ttl: `1 hour` is no duration such as 90s, 1h30m, 7d or 2w",
                ", line 3: there is no `max_size`: write `max-size`",
                ", line 4: there is no setting `colour` (`jobstamp config` shows all)",
                ", line 5: strict: a number with a point is neither true nor false",
                ", line 6: env: a list of something else than texts is no list of names",
                ", line 7: directory: give an absolute path, or one that begins with `~/`",
                ", line 8: `force` is said for one run (--force or JOBSTAMPS_FORCE), not here",
                ", line 9: max-size: this number is no size such as 500K, 20M or 1G",
                ", line 10: scope: a table is no text in quotes",
            ]
        );
    }

    #[test]
    fn of_what_is_no_toml_nothing_is_used() {
        for (text, line) in [
            ("quiet = true\nttl = 1h\n", 2),
            ("quiet = true\nquiet = false\n", 2),
            ("\n\n= 1", 3),
        ] {
            let (settings, problems) = of(text);
            assert_eq!(settings, Settings::default(), "{text}");
            let begin = format!(", line {line}: it is not used, since this is no TOML: ");
            assert!(problems.len() == 1 && problems[0].starts_with(&begin), "{problems:?}");
            assert!(!problems[0].contains('\n'), "{problems:?}");
        }
    }

    #[test]
    fn it_is_in_the_configuration_directory_and_never_relative_to_where_we_are() {
        for (xdg, home, expected) in [
            (Some("/x"), Some("/h"), Some("/x/jobstamps/config.toml")),
            (None, Some("/h"), Some("/h/.config/jobstamps/config.toml")),
            (Some(""), Some("/h"), Some("/h/.config/jobstamps/config.toml")),
            (Some("x"), Some("/h"), Some("/h/.config/jobstamps/config.toml")),
            (Some("x"), Some("h"), None),
            (None, None, None),
        ] {
            let found = place(xdg.map(OsStr::new), home.map(OsStr::new));
            assert_eq!(found, expected.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
