//! `jobstamp list`: the jobs that are remembered, the foremost first.

use std::fmt::Write as _;

use jobstamps::disk::Time;
use jobstamps::job::Declared;

use super::remembered::Remembered;
use super::rows::{Order, Rows, Wanted};
use super::{DONE, Desk, print, refused};
use crate::arguments::Told;
use crate::json::{Object, array};
use crate::paint::Style;
use crate::screen::Screen;
use crate::surroundings::now;
use crate::table::{Cell, Column, Table};
use crate::units;

/// So many are listed unless more are asked for.
const MOST: u64 = 20;

/// Prints the jobs that are remembered; returns the exit code.
#[cold]
#[inline(never)]
pub fn list(told: &Told) -> u8 {
    let desk = Desk::open(told);
    let wanted = wanted(told, &desk);
    let counts = desk.cache.ledger(None);
    let rows = counts.and_then(|counts| Rows::gather(&desk.cache, &counts, &wanted));
    match rows {
        Ok(rows) if told.has("--json") => print(object(&rows)),
        Ok(rows) => print(text(&rows, &wanted, &desk.screen())),
        Err(error) => return refused(&error),
    }
    DONE
}

fn wanted(told: &Told, desk: &Desk) -> Wanted {
    let most = if told.has("--all") {
        u64::MAX
    } else {
        told.number("--limit").unwrap_or(MOST)
    };
    let base = desk.surroundings.directory.clone().unwrap_or_default();
    let directory = told.one("--directory").map(|path| Declared::new(path, &base));
    let seconds = |name| told.duration(name).map(|duration| duration.as_secs());
    Wanted {
        order: match told.text("--sort") {
            Some("oldest") => Order::Oldest,
            Some("largest") => Order::Largest,
            Some("saved") => Order::Saved,
            _ => Order::Newest,
        },
        most: usize::try_from(most).unwrap_or(usize::MAX),
        program: told.one("--program").map(|name| name.as_encoded_bytes().to_vec()),
        directory: directory.map(|directory| directory.path().to_path_buf()),
        older: seconds("--older"),
        newer: seconds("--newer"),
        now: now(),
    }
}

fn object(rows: &Rows) -> String {
    let object = Object::new()
        .value("jobs", array(rows.foremost.iter().map(Remembered::object)))
        .value("matching", rows.matching)
        .value("bytes", rows.bytes)
        .value("unreadable", rows.survey.unreadable);
    format!("{object}\n")
}

fn text(rows: &Rows, wanted: &Wanted, screen: &Screen) -> String {
    let mut text = String::new();
    if !rows.foremost.is_empty() {
        // What they are sorted by goes last.
        let (ran, size, saved) = match wanted.order {
            Order::Newest | Order::Oldest => (1, 2, 3),
            Order::Largest => (2, 1, 3),
            Order::Saved => (3, 2, 1),
        };
        let age = if wanted.order == Order::Oldest { "USED" } else { "RAN" };
        let mut table = Table::new([
            Column::words("KEY"),
            Column::amounts(age).optional(ran),
            Column::amounts("TOOK").optional(4),
            Column::amounts("SIZE").optional(size),
            Column::amounts("HITS").optional(5),
            Column::amounts("SAVED").optional(saved),
            Column::words("JOB").cut_behind(),
            Column::words("DIRECTORY").cut_before().optional(6),
        ]);
        for one in &rows.foremost {
            table.push(cells(one, wanted));
        }
        text.push_str(&table.lines(screen));
        text.push('\n');
    }
    text.push_str(&sum(rows));
    text
}

fn cells(one: &Remembered, wanted: &Wanted) -> [Cell; 8] {
    let ago = |time: Time| units::age(wanted.now.seconds_since(time));
    let age = match wanted.order {
        Order::Oldest => ago(one.used),
        _ => one.ran.map_or_else(String::new, ago),
    };
    let (hits, saved) = match one.hits {
        0 => (String::new(), String::new()),
        hits => (units::number(hits), units::duration(one.saved)),
    };
    // A failure is worth a look; it is told in words by `show`.
    let style = match one.code {
        None | Some(0) => Style::Plain,
        Some(_) => Style::Notable,
    };
    [
        Cell::styled(Style::Name, one.digits()),
        Cell::new(age),
        Cell::new(one.took.map_or_else(String::new, units::duration)),
        Cell::new(units::size(one.bytes)),
        Cell::new(hits),
        Cell::styled(Style::Good, saved),
        Cell::styled(style, one.words()),
        Cell::styled(Style::Faint, one.directory()),
    ]
}

/// Returns the line below the table.
fn sum(rows: &Rows) -> String {
    let jobs = units::of(rows.matching, "job", "jobs");
    let size = units::bytes(rows.bytes);
    let shown = rows.foremost.len() as u64;
    let mut text = match rows.matching {
        0 if rows.survey.visited > 0 => {
            let all = units::of(rows.survey.visited, "job is", "jobs are");
            format!("Nothing of that kind; {all} remembered.\n")
        }
        0 => "Nothing is remembered yet.\n".to_owned(),
        matching if matching > shown => {
            format!("{} of {jobs}, {size} in all; --all lists them.\n", units::number(shown))
        }
        _ => format!("{jobs}, {size}.\n"),
    };
    if rows.survey.unreadable > 0 {
        let files = units::of(rows.survey.unreadable, "file", "files");
        // A text takes whatever is written to it.
        let _ = writeln!(text, "{files} cannot be read: `jobstamp doctor` tells more.");
    }
    text
}
