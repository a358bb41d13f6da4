//! How often jobs were replayed and ran, as bars: a line for each day, or for each week or month where there are many days.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jobstamps::ledger::{Day, Tally};
use unicode_width::UnicodeWidthStr as _;

use crate::paint::Style;
use crate::screen::Screen;
use crate::units;

/// So many lines at the most, as long as months suffice.
const MOST: i64 = 31;
/// With more months than that, those are left out in which nothing happened: a clock was wrong by decades.
const MONTHS: usize = 10 * 12;
/// A bar is no longer, however wide the screen.
const LONGEST: usize = 60;
/// Where lines may have any length they have this one.
const USUAL: usize = 80;

/// What one line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    label: String,
    tally: Tally,
}

/// Returns the lines of the chart, from the day `from` to the day `to`.
pub fn lines(days: &BTreeMap<Day, Tally>, from: Day, to: Day, screen: &Screen) -> String {
    let spans = spans(days, from, to);
    let most = spans.iter().map(|span| span.tally.times()).max().unwrap_or(0).max(1);
    let labels = spans.iter().map(|span| span.label.width()).max().unwrap_or(0);
    let amounts: Vec<[String; 2]> = spans.iter().map(|span| amounts(&span.tally)).collect();
    let widest = |column: usize| amounts.iter().map(|pair| pair[column].width()).max().unwrap_or(0);
    let (counted, saved) = (widest(0), widest(1));
    let room = screen
        .width
        .unwrap_or(USUAL)
        .saturating_sub(2 + labels + 2 + 2 + counted);
    // Where there is no room for both, the bars say more.
    let with_saved = saved > 0 && room >= 10 + 2 + saved;
    let room = if with_saved { room - 2 - saved } else { room };
    let room = room.clamp(4, LONGEST);
    let mut text = String::new();
    for (span, [counts, spared]) in spans.iter().zip(&amounts) {
        let (bar, length) = bar(&span.tally, most, room, screen);
        let label = screen.paint.text(Style::Faint, &span.label);
        let gap = " ".repeat(labels - span.label.width());
        let rest = " ".repeat(room - length + 2 + counted - counts.width());
        // A text takes whatever is written to it.
        let _ = write!(text, "  {label}{gap}  {bar}{rest}{counts}");
        if with_saved && !spared.is_empty() {
            let rest = " ".repeat(2 + saved - spared.width());
            let _ = write!(text, "{rest}{spared}");
        }
        text.push('\n');
    }
    text
}

/// Returns how often jobs were replayed, of how many times; and how long that saved.
fn amounts(tally: &Tally) -> [String; 2] {
    if tally.times() == 0 {
        return ["-".to_owned(), String::new()];
    }
    let counts = format!("{} of {}", units::number(tally.hits), units::number(tally.times()));
    let saved = (tally.saved > 0).then(|| units::duration(tally.saved));
    [counts, saved.unwrap_or_default()]
}

/// Returns the bar for `tally`, where `most` fills all the `room`, and how long it is.
fn bar(tally: &Tally, most: u64, room: usize, screen: &Screen) -> (String, usize) {
    let of = |times: u64| {
        let scaled = u128::from(times) * room as u128;
        // Rounded, and whatever there is can be seen.
        let length = (scaled + u128::from(most) / 2) / u128::from(most);
        usize::try_from(length)
            .unwrap_or(room)
            .clamp(usize::from(times > 0), room)
    };
    let length = of(tally.times()).max(usize::from(tally.hits > 0) + usize::from(tally.runs() > 0));
    let runs = of(tally.runs()).min(length - usize::from(tally.hits > 0));
    let (replayed, ran) = marks(screen);
    let replayed = screen.paint.text(Style::Good, &replayed.repeat(length - runs));
    let ran = screen.paint.text(Style::Notable, &ran.repeat(runs));
    (format!("{replayed}{ran}"), length)
}

/// Returns what stands for jobs that were replayed, and for runs: told apart without colour too.
pub fn marks(screen: &Screen) -> (&'static str, &'static str) {
    if screen.unicode { ("█", "░") } else { ("#", "-") }
}

/// Divides the days into spans that are few enough.
fn spans(days: &BTreeMap<Day, Tally>, from: Day, to: Day) -> Vec<Span> {
    let count = to.days_since(from) + 1;
    let label = |day: Day| -> String {
        if count <= MOST {
            const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            format!("{} {day}", NAMES[day.weekday()])
        } else if count <= 7 * (MOST - 1) {
            let monday = day.later(-i64::try_from(day.weekday()).unwrap_or_default());
            format!("week of {monday}")
        } else {
            day.to_string()[..7].to_owned()
        }
    };
    let mut spans: Vec<Span> = Vec::new();
    let mut day = from;
    while day <= to {
        let label = label(day);
        if spans.last().is_none_or(|last| last.label != label) {
            spans.push(Span {
                label,
                tally: Tally::default(),
            });
        }
        if let (Some(span), Some(tally)) = (spans.last_mut(), days.get(&day)) {
            span.tally.join(tally);
        }
        if day.later(1) == day {
            break;
        }
        day = day.later(1);
    }
    if spans.len() > MONTHS {
        spans.retain(|span| span.tally.times() > 0);
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(hits: u64, misses: u64) -> Tally {
        Tally {
            hits,
            misses,
            saved: hits * 60_000_000_000,
            ..Tally::default()
        }
    }

    fn day(text: &str) -> Day {
        Day::read(text).unwrap()
    }

    fn screen(width: usize, unicode: bool) -> Screen {
        Screen {
            width: Some(width),
            unicode,
            ..Screen::default()
        }
    }

    fn days(all: &[(&str, u64, u64)]) -> BTreeMap<Day, Tally> {
        all.iter()
            .map(|(text, hits, misses)| (day(text), tally(*hits, *misses)))
            .collect()
    }

    #[test]
    fn a_bar_is_as_long_as_often_jobs_were_asked_for() {
        let days = days(&[("2026-11-20", 30, 10), ("2026-11-22", 10, 0), ("2026-11-23", 0, 1)]);
        let drawn = |width, unicode| lines(&days, day("2026-11-20"), day("2026-11-23"), &screen(width, unicode));
        assert_eq!(
            drawn(60, true),
            "  Fri 2026-11-20  ███████████████░░░░░  30 of 40  30 min 0 s\n\
             \x20 Sat 2026-11-21                               -\n\
             \x20 Sun 2026-11-22  █████                 10 of 10  10 min 0 s\n\
             \x20 Mon 2026-11-23  ░                       0 of 1\n"
        );
        assert_eq!(
            drawn(40, false),
            "  Fri 2026-11-20  #########---  30 of 40\n\
             \x20 Sat 2026-11-21                       -\n\
             \x20 Sun 2026-11-22  ###           10 of 10\n\
             \x20 Mon 2026-11-23  -               0 of 1\n"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_screen_where_that_can_be() {
        let days = days(&[("2026-11-20", 1_000_000, 0), ("2026-11-22", 1, 999_999)]);
        for width in 46..200 {
            let drawn = lines(&days, day("2026-11-20"), day("2026-11-22"), &screen(width, true));
            assert!(drawn.lines().all(|line| line.width() <= width), "{width}:\n{drawn}");
        }
    }

    #[test]
    fn whatever_there_is_can_be_seen() {
        let days = days(&[("2026-11-20", 1_000_000, 1), ("2026-11-21", 1, 1)]);
        let drawn = lines(&days, day("2026-11-20"), day("2026-11-21"), &screen(80, true));
        assert!(
            drawn.lines().all(|line| line.contains('█') && line.contains('░')),
            "{drawn}"
        );
    }

    #[test]
    fn a_clock_that_was_wrong_by_decades_makes_a_few_lines() {
        let days = days(&[("1970-01-01", 1, 0), ("2026-11-23", 2, 0), ("9999-12-31", 0, 1)]);
        for (to, expected) in [("2026-11-23", 2), ("9999-12-31", 3)] {
            let drawn = lines(&days, day("1970-01-01"), day(to), &screen(80, true));
            assert_eq!(drawn.lines().count(), expected, "{drawn}");
        }
    }

    #[test]
    fn many_days_are_weeks_and_very_many_are_months() {
        let labels = |from: &str, to: &str| -> Vec<String> {
            let spans = spans(&BTreeMap::new(), day(from), day(to));
            spans.into_iter().map(|span| span.label).collect()
        };
        assert_eq!(labels("2026-10-24", "2026-11-23").len(), 31);
        let weeks = labels("2026-10-23", "2026-11-23");
        assert_eq!((weeks[0].as_str(), weeks.len()), ("week of 2026-10-19", 6));
        let months = labels("2026-01-31", "2026-11-23");
        assert_eq!((months[0].as_str(), months.len()), ("2026-01", 11));
        let days = days(&[("2026-11-16", 1, 2), ("2026-11-22", 3, 4), ("2026-11-23", 5, 6)]);
        let weeks = spans(&days, day("2026-10-01"), day("2026-11-23"));
        let times: Vec<_> = weeks
            .iter()
            .rev()
            .take(2)
            .map(|span| (span.tally.hits, span.tally.misses))
            .collect();
        assert_eq!(times, [(5, 6), (4, 6)]);
    }
}
