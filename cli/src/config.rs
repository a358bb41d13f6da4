//! Shows every setting, its value and who says so.

use std::io::{self, Write as _};
use std::path::Path;

use jobstamps::Shown;
use jobstamps::settings::{Place, Problem, Setting, Value};
use jobstamps::store::Limits;

use crate::arguments::Told;
use crate::json::{self, Object};
use crate::paint::Style;
use crate::screen::Screen;
use crate::surroundings::{Layers, Surroundings};
use crate::table::{Cell, Column, Table};
use crate::variables::filled;

/// All of it can be understood.
const UNDERSTOOD: u8 = 0;
/// Some of it cannot.
const NOT_UNDERSTOOD: u8 = 1;

/// A setting as it holds.
struct Held {
    setting: Setting,
    value: Option<Value>,
    /// What holds, where that is no value: "no limit".
    without: &'static str,
    /// The variables that say so.
    variables: Vec<&'static str>,
    in_file: bool,
}

/// Prints all settings; returns the exit code.
#[cold]
#[inline(never)]
pub fn config(told: &Told) -> u8 {
    let surroundings = Surroundings::look();
    let layers = Layers::look();
    let all: Vec<Held> = Setting::ALL
        .into_iter()
        .map(|setting| held(setting, &layers, &surroundings))
        .filter(|held| !held.setting.is_of_one_run() || !held.variables.is_empty())
        .collect();
    let text = if told.has("--json") {
        let problems = surroundings
            .problems
            .iter()
            .map(|problem| json::text(&problem.to_string()));
        let object = Object::new()
            .text_or_null("file", layers.path.as_deref().map(Shown::path))
            .value("file_is_read", layers.file.is_there)
            .value("disabled", surroundings.disabled)
            .value("settings", json::array(all.iter().map(as_object)))
            .value("problems", json::array(problems));
        format!("{object}\n")
    } else {
        as_text(&all, &layers, &surroundings)
    };
    // Whoever stopped reading knows enough.
    let _ = io::stdout().write_all(text.as_bytes());
    if surroundings.problems.is_empty() {
        UNDERSTOOD
    } else {
        NOT_UNDERSTOOD
    }
}

/// Finds out what holds for `setting`.
fn held(setting: Setting, layers: &Layers, surroundings: &Surroundings) -> Held {
    let (usual, without) = usual(setting, surroundings);
    let legacy = match setting {
        Setting::UseHashes if surroundings.always_hashes => Some("JOBSTAMPS_ALWAYS_USE_HASHES"),
        Setting::Explain if surroundings.debug => Some("JOBSTAMPS_DEBUG"),
        _ => None,
    };
    let in_variable = layers.variables.get(setting).is_some();
    let in_file = layers.file.settings.get(setting).is_some();
    let adds_up = setting == Setting::Env;
    let value = match legacy {
        // These go before everything.
        Some(_) => Some(Value::Switch(true)),
        None => surroundings.settings.get(setting).or(usual),
    };
    Held {
        setting,
        value,
        without,
        variables: match legacy {
            Some(legacy) => vec![legacy],
            None => Vec::from_iter(in_variable.then(|| setting.variable())),
        },
        in_file: in_file && legacy.is_none() && (adds_up || !in_variable),
    }
}

/// Returns what holds where nobody says anything: a value, or what there is without one.
fn usual(setting: Setting, surroundings: &Surroundings) -> (Option<Value>, &'static str) {
    let switch = |on| (Some(Value::Switch(on)), "");
    let limits = Limits::default();
    match setting {
        Setting::Directory => (Some(Value::Path(surroundings.stamp_directory(None))), ""),
        Setting::MaxSize => (Some(Value::Bytes(limits.bytes)), ""),
        Setting::MaxAge => (Some(Value::Time(std::time::Duration::from_secs(limits.age))), ""),
        Setting::Ttl => (None, "for ever"),
        Setting::Stale => (None, "never"),
        Setting::Scope | Setting::Env => (None, "none"),
        Setting::MaxOutput => (None, "no limit"),
        Setting::ToolCheck => (Some(Value::Word("stat")), ""),
        Setting::Color => (Some(Value::Word("auto")), ""),
        Setting::RecordArguments | Setting::Wait | Setting::Count => switch(true),
        Setting::Quiet
        | Setting::Strict
        | Setting::Explain
        | Setting::UseHashes
        | Setting::Paranoid
        | Setting::DiscardFailures
        | Setting::Force
        | Setting::Warm
        | Setting::Verify => switch(false),
    }
}

fn as_text(all: &[Held], layers: &Layers, surroundings: &Surroundings) -> String {
    let screen = Screen::stdout(surroundings.wish());
    let mut table = Table::new([
        Column::words("SETTING"),
        Column::words("VALUE").cut_before(),
        Column::words("FROM").cut_before(),
    ]);
    for held in all {
        let is_set = held.in_file || !held.variables.is_empty();
        let style = if is_set { Style::Strong } else { Style::Faint };
        let value = held.value.as_ref().map(ToString::to_string);
        let mut from = held.variables.clone();
        from.extend(held.in_file.then_some("the file"));
        let from = if is_set { from.join(", ") } else { "default".to_owned() };
        table.push([
            Cell::styled(Style::Name, held.setting.key()),
            Cell::styled(style, value.as_deref().unwrap_or(held.without)),
            Cell::styled(if is_set { Style::Plain } else { Style::Faint }, from),
        ]);
    }
    let mut text = table.lines(&screen);
    text.push('\n');
    let file = match &layers.path {
        None => "there is no place for a configuration file: neither XDG_CONFIG_HOME nor HOME is an absolute path"
            .to_owned(),
        Some(path) if layers.file.is_there => format!("the file is {}", at_home(path)),
        Some(path) if layers.file.problems.is_empty() => format!("the file would be {}", at_home(path)),
        Some(path) => format!("the file {} is not used", at_home(path)),
    };
    text += &file;
    text.push('\n');
    if surroundings.disabled {
        text += "JOBSTAMPS_DISABLED is set: every job runs, and no store is touched\n";
    }
    for problem in &surroundings.problems {
        let line = format!("problem: {}", shortened(problem, layers.path.as_deref()));
        text += &screen.paint.text(Style::Bad, &line);
        text.push('\n');
    }
    text
}

/// Returns what is wrong, with the path as it stands above it.
fn shortened(problem: &Problem, path: Option<&Path>) -> String {
    match (&problem.place, path) {
        (Place::File { line: Some(line), .. }, Some(_)) => format!("line {line} of the file: {}", problem.what),
        (Place::File { .. }, Some(_)) => format!("the file: {}", problem.what),
        _ => problem.to_string(),
    }
}

/// Returns `path` as people write it who are at home there.
fn at_home(path: &Path) -> String {
    let home = filled("HOME");
    let below = home.as_ref().and_then(|home| path.strip_prefix(home).ok());
    match below {
        Some(below) => format!("~/{}", Shown::path(below)),
        None => Shown::path(path).to_string(),
    }
}

fn as_object(held: &Held) -> Object {
    let object = Object::new().text("name", held.setting.key());
    let object = match &held.value {
        None => object.value("value", "null"),
        Some(Value::Bytes(bytes)) => object.value("value", bytes),
        Some(Value::Time(time)) => object.seconds("value", u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        Some(Value::Switch(switch)) => object.value("value", switch),
        Some(Value::List(list)) => {
            let texts = list
                .iter()
                .map(|text| Shown::bytes(text.as_encoded_bytes()).to_string());
            object.value("value", json::array(texts.map(|text| json::text(&text))))
        }
        Some(text @ (Value::Path(_) | Value::Word(_) | Value::Text(_))) => object.text("value", text),
    };
    let file = held.in_file.then_some("file");
    let from = held.variables.iter().copied().chain(file).map(json::text);
    object.value("from", json::array(from))
}
