//! What was counted, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jobstamps::Shown;
use jobstamps::ledger::{Cause, Causes, Day};

use super::{Figures, Kept, chart};
use crate::paint::Style;
use crate::screen::Screen;
use crate::table::{Cell, Column, Table};
use crate::units;

/// Of each cause so many things that it is about are told.
const MOST_ABOUT: usize = 3;

const NAMES: [Column; 7] = [
    Column::words("PROGRAM").cut_behind(),
    Column::amounts("REPLAYED"),
    Column::amounts("RAN"),
    Column::amounts("SAVED"),
    Column::amounts("TOOK").optional(2),
    Column::amounts("KEPT").optional(3),
    Column::amounts("LAST").optional(1),
];
const CAUSES: [Column; 3] = [
    Column::amounts("TIMES"),
    Column::words("REASON"),
    Column::words("MOST OFTEN").cut_behind().optional(1),
];

/// Returns what there is to tell, with up to `rows` rows in each table (0: all of them).
pub(super) fn text(figures: &Figures, rows: u64, screen: &Screen) -> String {
    let mut text = String::new();
    let total = &figures.counts.total;
    let directory = Shown::path(&figures.directory);
    if total.times() == 0 {
        let _ = match figures.since {
            Some(_) => writeln!(text, "nothing was counted in that time in `{directory}`"),
            None => writeln!(
                text,
                "nothing was counted yet in `{directory}`; each job that is replayed or runs from now on is"
            ),
        };
        keeps(&mut text, figures.kept);
        return text;
    }
    summary(&mut text, figures, screen);
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let rows = if rows == 0 { usize::MAX } else { rows };
    let first = figures.since.map(Day::of);
    let days = &figures.counts.days;
    let first = first.or_else(|| days.keys().next().copied());
    let last = days.keys().next_back().copied().max(Some(Day::of(figures.now.seconds)));
    if let (Some(first), Some(last)) = (first, last) {
        let (replayed, ran) = chart::marks(screen);
        let replayed = screen.paint.text(Style::Good, replayed);
        let ran = screen.paint.text(Style::Notable, ran);
        title(&mut text, "When", screen);
        let _ = writeln!(text, "  {replayed} replayed  {ran} ran");
        text.push_str(&chart::lines(days, first, last, screen));
    }
    title(&mut text, "What", screen);
    names(&mut text, figures, rows, screen);
    causes(&mut text, "Why they ran", &figures.counts.misses, rows, screen);
    causes(
        &mut text,
        "Why runs are not remembered",
        &figures.counts.unkept,
        rows,
        screen,
    );
    text
}

/// Says it all in some lines.
fn summary(text: &mut String, figures: &Figures, screen: &Screen) {
    let total = &figures.counts.total;
    let percent = |times: u64| {
        // No more than it is: 100 % are all.
        let tenths = u128::from(times) * 1000 / u128::from(total.times().max(1));
        format!("{}.{} %", tenths / 10, tenths % 10)
    };
    let mut table = Table::new([
        Column::words("JOBS"),
        Column::amounts("TIMES"),
        Column::amounts(""),
        Column::words("").cut_behind(),
    ]);
    let mut row = |name, times: u64, style, what: String| {
        table.push([
            Cell::new(name),
            Cell::styled(style, units::number(times)),
            Cell::new(percent(times)),
            Cell::new(what),
        ]);
    };
    let that = |did: &str, nanoseconds| match nanoseconds {
        0 => String::new(),
        _ => format!("which {did} {}", units::duration(nanoseconds)),
    };
    row("replayed", total.hits, Style::Good, that("saved", total.saved));
    row("ran", total.runs(), Style::Notable, that("took", total.taken));
    if total.unkept > 0 {
        row("  not kept", total.unkept, Style::Plain, "of those that ran".to_owned());
    }
    text.push_str(&table.lines(screen));
    keeps(text, figures.kept);
}

fn keeps(text: &mut String, kept: Kept) {
    if kept.jobs > 0 {
        let _ = writeln!(
            text,
            "{} kept, {}",
            units::of(kept.jobs, "job is", "jobs are"),
            units::bytes(kept.bytes)
        );
    }
}

fn names(text: &mut String, figures: &Figures, rows: usize, screen: &Screen) {
    let names = figures.names();
    let mut table = Table::new(NAMES);
    for (name, tally, kept) in names.iter().take(rows) {
        let seconds = figures.now.seconds.saturating_sub(tally.last);
        let time = |nanoseconds: u64| match nanoseconds {
            0 => Cell::new("-"),
            _ => Cell::new(units::duration(nanoseconds)),
        };
        let kept = if kept.jobs == 0 {
            "-".to_owned()
        } else {
            units::size(kept.bytes)
        };
        table.push([
            Cell::styled(Style::Name, Shown::bytes(name)),
            Cell::new(units::number(tally.hits)),
            Cell::new(units::number(tally.runs())),
            time(tally.saved),
            time(tally.taken),
            Cell::new(kept),
            Cell::new(units::age(u64::try_from(seconds).unwrap_or_default())),
        ]);
    }
    text.push_str(&table.lines(screen));
    more(text, names.len(), rows);
}

fn causes(text: &mut String, heading: &str, causes: &BTreeMap<Cause, Causes>, rows: usize, screen: &Screen) {
    if causes.is_empty() {
        return;
    }
    title(text, heading, screen);
    let mut sorted: Vec<(&Cause, &Causes)> = causes.iter().collect();
    sorted.sort_by_key(|(_, causes)| std::cmp::Reverse(causes.times));
    let mut table = Table::new(CAUSES);
    for (cause, causes) in sorted.iter().take(rows) {
        let about = causes.most_frequent(MOST_ABOUT).into_iter();
        let about = about.map(|(what, times)| match times {
            1 => Shown::bytes(what).to_string(),
            _ => format!("{} ({})", Shown::bytes(what), units::number(times)),
        });
        table.push([
            Cell::new(units::number(causes.times)),
            Cell::new(cause.words()),
            Cell::styled(Style::Faint, about.collect::<Vec<_>>().join(", ")),
        ]);
    }
    text.push_str(&table.lines(screen));
    more(text, sorted.len(), rows);
}

fn title(text: &mut String, title: &str, screen: &Screen) {
    let _ = writeln!(text, "\n{}", screen.paint.text(Style::Strong, title));
}

/// Says how many rows there are beside those that are shown.
fn more(text: &mut String, all: usize, shown: usize) {
    if all > shown {
        let _ = writeln!(text, "and {} more; `--limit 0` shows all", all - shown);
    }
}
