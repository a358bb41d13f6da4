//! The answer for programs: docs/json.md tells its fields, and a test holds it to them.

use std::ffi::OsStr;
use std::path::Path;

use jobstamps::disk::Kind;
use jobstamps::fingerprint::Seen;
use jobstamps::freshness::Setting;
use jobstamps::job::Parameter;
use jobstamps::{Contrast, Nearest, Time};

use super::answer::{Answer, Because};
use super::shown;
use crate::json::{self, Object};
use crate::units;

/// Returns the answer as one object.
pub fn object(answer: &Answer) -> Object {
    let filed = answer.filed.as_ref();
    Object::new()
        .value("fresh", answer.reasons.is_empty())
        .value("reasons", json::array(answer.reasons.iter().map(reason)))
        .text_or_null("key", filed.map(|(key, _)| key.hex()))
        .text_or_null("stamp", filed.map(|(_, path)| self::path(path)))
        .text_or_null("ran", answer.ran.map(units::moment))
        .value_or_null("nearest", answer.nearest.as_ref().map(nearest))
}

fn path(path: &Path) -> String {
    shown(path.as_os_str())
}

fn reason(because: &Because) -> Object {
    let path = |path: &Option<_>| path.as_deref().map(self::path);
    Object::new()
        .text("kind", because.kind)
        .text("text", &because.text)
        .text_or_null("path", path(&because.path))
        .text_or_null("inside", path(&because.inside))
        .value_or_null("then", because.views.map(|views| seen(&views.then)))
        .value_or_null("now", because.views.map(|views| seen(&views.now)))
}

fn seen(seen: &Seen) -> Object {
    let kind = seen.kind.map(|kind| match kind {
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Link => "link",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::Device => "device",
    });
    let exactly = |time: Time| format!("{}.{:09}Z", units::moment(time).trim_end_matches('Z'), time.nanoseconds);
    Object::new()
        .text_or_null("kind", kind)
        .value_or_null("size", seen.size)
        .text_or_null("modified", seen.modified.map(exactly))
        .text_or_null("changed", seen.changed.map(exactly))
        .text_or_null("mode", seen.mode.map(|mode| format!("{mode:04o}")))
        .text_or_null("digest", seen.digest.map(|digest| digest.hex()))
}

fn nearest(nearest: &Nearest) -> Object {
    let story = &nearest.story;
    Object::new()
        .text("key", nearest.key.hex())
        .text_or_null("ran", nearest.ran.map(units::moment))
        .value(
            "command",
            json::array(story.arguments.iter().map(|word| json::text(&shown(word)))),
        )
        .text_or_null("directory", story.directory.as_deref().map(path))
        .value("differences", json::array(nearest.contrasts.iter().map(difference)))
}

/// What a difference is about, and how it was and is where that can be told in a text.
struct Sides {
    kind: &'static str,
    number: Option<usize>,
    name: Option<String>,
    then: Option<String>,
    now: Option<String>,
}

fn difference(contrast: &Contrast) -> Object {
    let sides = sides(contrast);
    Object::new()
        .text("kind", sides.kind)
        .text("text", contrast)
        .value_or_null("number", sides.number)
        .text_or_null("name", sides.name)
        .text_or_null("then", sides.then)
        .text_or_null("now", sides.now)
}

fn sides(contrast: &Contrast) -> Sides {
    let of = |kind, then: Option<&OsStr>, now: Option<&OsStr>| Sides {
        kind,
        number: None,
        name: None,
        then: then.map(shown),
        now: now.map(shown),
    };
    match contrast {
        Contrast::Program { then, now } => of("program", Some(then.as_ref()), Some(now.as_ref())),
        Contrast::Name { then, now } => of("name", Some(then), Some(now)),
        Contrast::Argument { number, then, now } => Sides {
            number: Some(*number),
            ..of("argument", then.as_deref(), now.as_deref())
        },
        Contrast::Directory { then, now } => {
            let text = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.as_os_str().to_os_string());
            of("directory", text(then).as_deref(), text(now).as_deref())
        }
        Contrast::Variable { name, then, now } => {
            // Values are kept nowhere: only whether there was one.
            let state = |setting: &Setting| match setting {
                Setting::NotCounted => "not counted",
                Setting::Unset => "unset",
                Setting::Set(_) => "set",
            };
            let (then, now) = (state(then), state(now));
            Sides {
                name: Some(shown(name)),
                ..of("variable", Some(then.as_ref()), Some(now.as_ref()))
            }
        }
        Contrast::Input { .. } => of("input", None, None),
        Contrast::Joined { .. } => of("joined", None, None),
        Contrast::Scope { then, now } => of("scope", then.as_deref(), now.as_deref()),
        Contrast::Parameter { name, then, now } => {
            let text = |one: &Option<Parameter>| one.as_ref()?.text.clone();
            Sides {
                kind: "parameter",
                number: None,
                name: Some(name.clone()),
                then: text(then),
                now: text(now),
            }
        }
    }
}
