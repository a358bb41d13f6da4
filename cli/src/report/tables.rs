//! The tables of the page: which they are, and what stands in them.

use jobstamps::ledger::{Day, Tally};

use super::calendar::Span;
use super::figures::{Causes, Figures, Kept, percent};
use super::table::Cell;
use super::table::Heading::{Days, Numbers, Words};
use super::table::Table;
use crate::units;

/// Returns the section on what came of the jobs of each program.
pub fn programs(figures: &Figures) -> String {
    let most = figures
        .programs
        .iter()
        .map(|(_, tally)| tally.saved)
        .max()
        .unwrap_or_default();
    let row = |(name, tally): &(String, Tally)| {
        let percent = percent(tally);
        vec![
            Cell::name(name, ""),
            time(tally.saved).with_bar(tally.saved, 0, most),
            Cell::number(percent, &format!("{percent} %")).with_bar(tally.hits, tally.runs(), tally.times()),
            number(tally.hits),
            number(tally.runs()),
            time(tally.taken),
        ]
    };
    let table = Table {
        id: "programs",
        what: "What came of the jobs of each program and function.",
        columns: &[
            Words("Program"),
            Numbers("Time saved"),
            Numbers("Replayed"),
            Numbers("Replays"),
            Numbers("Runs"),
            Numbers("Time run"),
        ],
        sorted: 1,
        rows: figures.programs.iter().map(row).collect(),
    };
    let others = match figures.other_programs {
        0 => String::new(),
        others => format!(
            "<p class=\"soft\">{} saved less.</p>\n",
            units::of(others, "more program", "more programs")
        ),
    };
    section("Programs", &table, &others)
}

/// Returns the section on why jobs ran.
pub fn causes(figures: &Figures) -> String {
    let why = Table {
        id: "causes",
        what: "What was in the way of a replay.",
        columns: &[Words("Reason"), Numbers("Runs"), Words("Most often")],
        sorted: 1,
        rows: rows(&figures.causes),
    };
    let unkept = Table {
        id: "unkept",
        what: "These will run again.",
        columns: &[Words("Reason"), Numbers("Runs"), Words("Most often")],
        sorted: 1,
        rows: rows(&figures.unkept),
    };
    section("Why jobs ran", &why, "") + &section("Why runs were not remembered", &unkept, "")
}

fn rows(all: &[Causes]) -> Vec<Vec<Cell>> {
    let most = all.iter().map(|causes| causes.times).max().unwrap_or_default();
    let row = |causes: &Causes| {
        vec![
            Cell::words(causes.words),
            number(causes.times).with_bar(0, causes.times, most),
            Cell::names(causes.details.iter().map(|(name, times)| (name.as_str(), *times))),
        ]
    };
    all.iter().map(row).collect()
}

/// Returns the section on the stamps that saved most.
pub fn valuable(figures: &Figures) -> String {
    let most = figures.valuable.iter().map(|kept| kept.saved).max().unwrap_or_default();
    let row = |kept: &Kept| {
        vec![
            Cell::name(&kept.job, &kept.directory),
            time(kept.saved).with_bar(kept.saved, 0, most),
            number(kept.hits),
            size(kept.bytes),
            day(kept.used),
            Cell::key(&kept.key),
        ]
    };
    let table = Table {
        id: "valuable",
        what: "The jobs whose replays saved most time. <code>jobstamp show KEY</code> tells all that is known of one.",
        columns: &[
            Words("Job"),
            Numbers("Time saved"),
            Numbers("Replays"),
            Numbers("Size"),
            Days("Last used"),
            Words("Key"),
        ],
        sorted: 1,
        rows: figures.valuable.iter().map(row).collect(),
    };
    section("Most valuable stamps", &table, "")
}

/// Returns the section on the stamps that take most room.
pub fn largest(figures: &Figures) -> String {
    let most = figures.largest.iter().map(|kept| kept.bytes).max().unwrap_or_default();
    let row = |kept: &Kept| {
        vec![
            Cell::name(&kept.job, &kept.directory),
            size(kept.bytes).with_bar(kept.bytes, 0, most),
            time(kept.saved),
            number(kept.hits),
            day(kept.used),
            Cell::key(&kept.key),
        ]
    };
    let table = Table {
        id: "largest",
        what: "The jobs that take most room. <code>jobstamp forget KEY</code> lets one go.",
        columns: &[
            Words("Job"),
            Numbers("Size"),
            Numbers("Time saved"),
            Numbers("Replays"),
            Days("Last used"),
            Words("Key"),
        ],
        sorted: 1,
        rows: figures.largest.iter().map(row).collect(),
    };
    section("Largest stamps", &table, "")
}

/// Returns the table of the numbers that the charts are drawn from, the last first.
pub fn numbers(span: Span, columns: &[(Day, Tally)]) -> String {
    let row = |(first, tally): &(Day, Tally)| {
        vec![
            Cell::number(first.starts(), &span.name(*first)),
            time(tally.saved),
            number(tally.hits),
            number(tally.runs()),
            time(tally.taken),
        ]
    };
    let title = match span {
        Span::Day => "Day",
        Span::Week => "Week",
        Span::Month => "Month",
    };
    let table = Table {
        id: "numbers",
        what: "What the charts show, the last first.",
        columns: &[
            Days(title),
            Numbers("Time saved"),
            Numbers("Replays"),
            Numbers("Runs"),
            Numbers("Time run"),
        ],
        sorted: 0,
        rows: columns.iter().rev().map(row).collect(),
    };
    table.html()
}

/// Returns a section of one table, if there is anything in it, and of `more` HTML below.
fn section(title: &'static str, table: &Table, more: &str) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let id = table.id;
    format!(
        "<section>\n<h2 id=\"{id}\">{title}</h2>\n{}{more}</section>\n",
        table.html()
    )
}

fn number(number: u64) -> Cell {
    Cell::number(number, &units::number(number))
}

fn size(bytes: u64) -> Cell {
    Cell::number(bytes, &units::size(bytes))
}

fn time(nanoseconds: u64) -> Cell {
    match nanoseconds {
        0 => Cell::number(0_u64, "0 s"),
        _ => Cell::number(nanoseconds, &units::duration(nanoseconds)),
    }
}

fn day(seconds: i64) -> Cell {
    Cell::number(seconds, &Day::of(seconds).to_string())
}
