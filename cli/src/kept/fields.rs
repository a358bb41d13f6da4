//! All that is remembered of one job, for programs: docs/json.md tells the fields.

use std::path::{Path, PathBuf};

use jobstamps::Shown;
use jobstamps::fingerprint::Fingerprint;
use jobstamps::stamp::{Outcome, Stamp};

use super::detail::{self, Detail, Told};
use crate::json::{self, Object, array};
use crate::naming;
use crate::units;

/// Returns `detail` as one object on one line.
pub(super) fn object(detail: &Detail) -> String {
    let story = &detail.story;
    let arguments = story.arguments.iter().map(|word| json::text(&shown(word)));
    let variables = story.variables.iter().map(|(name, value)| {
        let object = Object::new().text("name", shown(name));
        object.text_or_null("digest", value.as_ref().map(jobstamps::Digest::hex))
    });
    let parameters = story.parameters.iter().map(|parameter| {
        let text = parameter.text.as_deref().map(|text| Shown::bytes(text.as_bytes()));
        Object::new()
            .text("name", Shown::bytes(parameter.name.as_bytes()))
            .text("digest", parameter.digest.hex())
            .text_or_null("text", text)
    });
    let stamps = detail.stamps.iter().flatten().map(stamp);
    let unreadable = detail.stamps.iter().filter(|told| told.is_none()).count();
    let object = Object::new()
        .text("key", &detail.key)
        .text_or_null("job", naming::job(story))
        .value("arguments", array(arguments))
        .text_or_null("program", story.program.as_deref().map(Shown::path))
        .text_or_null("directory", story.directory.as_deref().map(Shown::path))
        .text_or_null("input", story.input.as_ref().map(detail::input))
        .value("joined", story.joined)
        .text_or_null("scope", story.scope.as_deref().map(shown))
        .value("variables", array(variables))
        .value("parameters", array(parameters))
        .text("used", units::moment(detail.used))
        .value("bytes", detail.bytes)
        .text("path", Shown::path(&detail.path))
        .value("hits", detail.tally.hits)
        .value("runs", detail.tally.runs())
        .seconds("saved_seconds", detail.tally.saved)
        .value("stamps", array(stamps))
        .value("unreadable", unreadable);
    format!("{object}\n")
}

fn stamp(told: &Told) -> Object {
    let Told { stamp, said, parts } = told;
    let code = match stamp.outcome {
        Outcome::Exit { code, .. } => Some(code),
        _ => None,
    };
    Object::new()
        .text("ran", units::moment(stamp.started))
        .seconds("seconds", stamp.took)
        .text("outcome", outcome(stamp))
        .value_or_null("exit", code)
        .value_or_null("stdout_bytes", said.as_ref().map(|said| said.out))
        .value_or_null("stderr_bytes", said.as_ref().map(|said| said.err))
        .value_or_null("value_bytes", value_bytes(stamp))
        .text_or_null("only_for", detail::condition(stamp.condition))
        .value("programs", array(stamp.program.iter().map(|file| path(&file.path))))
        .value(
            "code",
            array(
                parts
                    .iter()
                    .map(|part| json::text(&Shown::bytes(part.as_bytes()).to_string())),
            ),
        )
        .value("dependencies", array(stamp.dependencies.iter().map(dependency)))
        .value("outputs", array(stamp.outputs.iter().map(|output| path(output))))
}

fn outcome(stamp: &Stamp) -> &'static str {
    match stamp.outcome {
        Outcome::Exit { .. } => "exit",
        Outcome::Value { .. } => "value",
        Outcome::ReadsInput => "reads input",
    }
}

fn value_bytes(stamp: &Stamp) -> Option<u64> {
    match &stamp.outcome {
        Outcome::Value { pieces, .. } => Some(pieces.iter().fold(0, |sum, piece| sum + piece.length())),
        _ => None,
    }
}

fn dependency((named, fingerprint): &(PathBuf, Fingerprint)) -> Object {
    let (kind, file) = match fingerprint {
        Fingerprint::Missing => ("missing", None),
        Fingerprint::File(file) => ("file", Some(file)),
        Fingerprint::Tree(tree) if tree.pattern => ("pattern", None),
        Fingerprint::Tree(_) => ("directory", None),
    };
    let digest = match fingerprint {
        Fingerprint::File(file) => file.digest,
        Fingerprint::Tree(tree) => tree.content,
        Fingerprint::Missing => None,
    };
    Object::new()
        .text("path", Shown::path(named))
        .text("kind", kind)
        .value_or_null("bytes", file.map(|file| file.look.size))
        .text_or_null("modified", file.map(|file| units::moment(file.look.modified)))
        .text_or_null("digest", digest.map(|digest| digest.hex()))
}

fn path(path: &Path) -> String {
    json::text(&Shown::path(path).to_string())
}

fn shown(text: &std::ffi::OsStr) -> String {
    Shown::bytes(text.as_encoded_bytes()).to_string()
}
