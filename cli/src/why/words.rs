//! The answer for people: a line for each reason, and below it, set in, how that was then and how it is now.

use std::fmt::Write as _;

use jobstamps::fingerprint::{Seen, ThenAndNow};
use jobstamps::{Contrast, Nearest, Time};

use super::answer::{Answer, Because};
use crate::paint::Style;
use crate::screen::Screen;
use crate::units;

/// So many differences from the nearest job are told.
const MOST_CONTRASTS: usize = 8;
/// So many digits of a digest are shown: two that differ do so in these.
const DIGITS: usize = 12;

/// Returns the answer as people read it on `screen`.
pub fn text(answer: &Answer, screen: &Screen, now: Time) -> String {
    if answer.reasons.is_empty() {
        return "nothing it depends on has changed: it would be replayed\n".to_owned();
    }
    let mut text = String::new();
    for because in &answer.reasons {
        // A text takes whatever is written to it.
        let _ = writeln!(text, "{}", because.text);
        details(&mut text, because, answer, screen, now);
    }
    if let Some(nearest) = &answer.nearest {
        self::nearest(&mut text, nearest, now);
    }
    text
}

fn details(text: &mut String, because: &Because, answer: &Answer, screen: &Screen, now: Time) {
    if because.kind == "expired"
        && let (Some(ran), Some(limit)) = (answer.ran, answer.expires)
    {
        let (ago, limit) = (age(ran, now), units::seconds(limit.as_secs()));
        let _ = writeln!(
            text,
            "    it ran {ago}, at {}, and a run counts for {limit}",
            units::moment(ran)
        );
    }
    let Some(views) = &because.views else { return };
    let absent = because.inside.is_some().then_some("not there");
    for (label, seen, style) in [("then", &views.then, Style::Faint), ("now ", &views.now, Style::Plain)] {
        let facts = facts(seen, views);
        let said = match seen.kind {
            None if facts.is_empty() => absent.map(str::to_owned),
            _ => (!facts.is_empty()).then(|| facts.join(", ")),
        };
        let Some(said) = said else { continue };
        let mut line = format!("{label}  {said}");
        if label == "now "
            && let Some(modified) = seen.modified.filter(|_| said.contains("written"))
        {
            let ago = format!(", {}", age(modified, now));
            let is_room = screen.width.is_none_or(|width| 4 + line.len() + ago.len() <= width);
            line.push_str(if is_room { &ago } else { "" });
        }
        let _ = writeln!(text, "    {}", screen.paint.text(style, line.trim_end()));
    }
}

/// Returns what is to be said of one side: all in which it differs from the other.
fn facts(seen: &Seen, ThenAndNow { then, now }: &ThenAndNow) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(size) = seen.size.filter(|_| then.size != now.size) {
        facts.push(units::size(size));
    }
    if let Some(mode) = seen
        .mode
        .filter(|_| then.mode != now.mode && then.mode.is_some() && now.mode.is_some())
    {
        facts.push(format!("mode {mode:o}"));
    }
    if then.modified != now.modified {
        facts.extend(
            seen.modified
                .map(|time| format!("written {}", moment(time, then.modified, now.modified))),
        );
    } else if then.changed != now.changed {
        facts.extend(
            seen.changed
                .map(|time| format!("changed {}", moment(time, then.changed, now.changed))),
        );
    }
    if let (Some(digest), Some(was), Some(is)) = (seen.digest, then.digest, now.digest)
        && was != is
    {
        facts.push(format!("content {}", &digest.hex()[..DIGITS]));
    }
    facts
}

/// Returns `time` to the second, or as exactly as it takes to tell two times apart.
fn moment(time: Time, then: Option<Time>, now: Option<Time>) -> String {
    let said = units::moment(time);
    match (then, now) {
        (Some(then), Some(now)) if then.seconds == now.seconds => {
            format!("{}.{:09}Z", said.trim_end_matches('Z'), time.nanoseconds)
        }
        _ => said,
    }
}

fn nearest(text: &mut String, nearest: &Nearest, now: Time) {
    let ran = nearest
        .ran
        .map_or_else(String::new, |ran| format!("ran {} and ", age(ran, now)));
    let _ = write!(text, "    the nearest remembered job {ran}differs in");
    if let [contrast] = &nearest.contrasts[..] {
        let _ = writeln!(text, " {contrast}");
        return;
    }
    let _ = writeln!(text);
    let told: Vec<&Contrast> = nearest.contrasts.iter().take(MOST_CONTRASTS).collect();
    for contrast in &told {
        let _ = writeln!(text, "      {contrast}");
    }
    let more = nearest.contrasts.len() - told.len();
    if more > 0 {
        let _ = writeln!(text, "      and {more} more");
    }
}

fn age(time: Time, now: Time) -> String {
    match now.seconds_since(time) {
        0 => "just now".to_owned(),
        seconds => units::age(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobstamps::Digest;
    use jobstamps::disk::Kind;
    use std::path::PathBuf;
    use std::time::Duration;

    const NOW: i64 = 1_700_000_000;

    fn seen(size: u64, written: (i64, u32), content: Option<&str>) -> Seen {
        let time = Time {
            seconds: NOW - written.0,
            nanoseconds: written.1,
        };
        Seen {
            kind: Some(Kind::File),
            size: Some(size),
            modified: Some(time),
            changed: Some(time),
            mode: Some(0o644),
            digest: content.map(|content| Digest::of(content.as_bytes())),
        }
    }

    fn said(then: Seen, now: Seen, inside: Option<&str>, width: Option<usize>) -> String {
        let because = Because {
            kind: "dependency",
            text: "because".to_owned(),
            path: None,
            inside: inside.map(PathBuf::from),
            views: Some(ThenAndNow { then, now }),
        };
        let answer = Answer {
            reasons: vec![because],
            ..Answer::default()
        };
        let screen = Screen {
            width,
            ..Screen::default()
        };
        text(&answer, &screen, at(0))
    }

    fn at(ago: i64) -> Time {
        Time {
            seconds: NOW - ago,
            nanoseconds: 0,
        }
    }

    #[test]
    fn only_what_differs_is_said_of_then_and_now() {
        let (there, gone) = (seen(3, (7200, 0), None), Seen::default());
        for (then, now, inside, lines) in [
            (
                there,
                seen(2048, (60, 5), None),
                None,
                &[
                    "    then  3 B, written 2023-11-14T20:13:20Z",
                    "    now   2.0 KiB, written 2023-11-14T22:12:20Z, 1 min ago",
                ][..],
            ),
            (
                seen(3, (0, 1), Some("old")),
                seen(3, (0, 2), Some("new")),
                None,
                &[
                    "    then  written 2023-11-14T22:13:20.000000001Z, content 96a4257289f9",
                    "    now   written 2023-11-14T22:13:20.000000002Z, content b20ab0a020a4, just now",
                ],
            ),
            (there, gone, None, &["    then  3 B, written 2023-11-14T20:13:20Z"]),
            (
                there,
                gone,
                Some("d/in"),
                &["    then  3 B, written 2023-11-14T20:13:20Z", "    now   not there"],
            ),
            (there, there, None, &[]),
        ] {
            let expected: Vec<&str> = ["because"].iter().chain(lines).copied().collect();
            assert_eq!(said(then, now, inside, None).lines().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn where_a_line_would_not_fit_it_does_without_the_age() {
        let said = |width| said(seen(1, (9, 0), None), seen(2, (8, 0), None), None, Some(width));
        assert!(said(60).ends_with("written 2023-11-14T22:13:12Z, 8 s ago\n"));
        assert!(said(50).ends_with("written 2023-11-14T22:13:12Z\n"));
    }

    #[test]
    fn an_expired_stamp_is_told_with_its_age() {
        let mut answer = Answer::apart("expired", "its stamp has expired");
        (answer.ran, answer.expires) = (Some(at(7200)), Some(Duration::from_secs(3600)));
        assert_eq!(
            text(&answer, &Screen::default(), at(0)),
            "its stamp has expired\n    it ran 2 h ago, at 2023-11-14T20:13:20Z, and a run counts for 60 minutes\n"
        );
    }

    #[test]
    fn of_the_nearest_job_a_few_differences_are_told() {
        let argument = |number: usize| Contrast::Argument {
            number,
            then: Some("a".into()),
            now: Some(format!("b{number}").into()),
        };
        let told = |contrasts: Vec<Contrast>| {
            let mut answer = Answer::apart("no-stamp", "it has no stamp yet");
            answer.nearest = Some(Nearest {
                key: jobstamps::Job::call("f", "").key(),
                story: jobstamps::stamp::Story::default(),
                contrasts,
                ran: Some(at(60)),
            });
            text(&answer, &Screen::default(), at(0))
        };
        assert_eq!(
            told(vec![argument(3)]),
            "it has no stamp yet\n    the nearest remembered job ran 1 min ago and differs in argument 3: `b3` instead of `a`\n"
        );
        let many = told((1..=10).map(argument).collect());
        let lines: Vec<&str> = many.lines().collect();
        assert_eq!(lines[1], "    the nearest remembered job ran 1 min ago and differs in");
        assert_eq!(lines[2], "      argument 1: `b1` instead of `a`");
        assert_eq!((lines.len(), lines[10]), (11, "      and 2 more"));
    }
}
