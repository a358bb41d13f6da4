//! What came of jobs over time: two charts, and the numbers they are drawn from.

use jobstamps::ledger::{Day, Tally};

use super::calendar::Span;
use super::chart::{Chart, Column, round_number, round_time};
use super::tables;
use crate::units::{duration, number, of};

const LEGEND: &str = "<ul class=\"legend\" aria-hidden=\"true\">\
    <li><svg viewBox=\"0 0 1 1\"><rect class=\"hit\" width=\"1\" height=\"1\"/></svg>Replayed</li>\
    <li><svg viewBox=\"0 0 1 1\"><rect class=\"run\" width=\"1\" height=\"1\"/></svg>Ran</li></ul>\n";

/// Returns the section of the page that tells what came of jobs on these days.
pub fn timeline(days: &[(Day, Tally)]) -> String {
    let (span, columns) = Span::columns(days);
    let word = span.word();
    let title = match span {
        Span::Day => "Day by day",
        Span::Week => "Week by week",
        Span::Month => "Month by month",
    };
    format!(
        "<section>\n<h2 id=\"time\">{title}</h2>\n\
         <h3>Time saved</h3>\n<figure>\n{}</figure>\n\
         <h3>Jobs</h3>\n<figure>\n{LEGEND}{}</figure>\n\
         <details>\n<summary id=\"numbers\">The numbers, {word} by {word}</summary>\n{}</details>\n</section>\n",
        saved(span, &columns),
        jobs(span, &columns),
        tables::numbers(span, &columns),
    )
}

fn saved(span: Span, columns: &[(Day, Tally)]) -> String {
    let (best, most) = highest(span, columns, |tally| tally.saved);
    let top = round_time(most);
    let column = |(day, tally): &(Day, Tally)| Column {
        told: format!("{}: {} saved", span.name(*day), duration(tally.saved)),
        hit: tally.saved,
        run: 0,
    };
    let chart = Chart {
        summary: &format!("Time saved each {}. The most, {}: {best}.", span.word(), duration(most)),
        columns: columns.iter().map(column).collect(),
        top,
        marks: [top, top / 2].map(round),
        ends: ends(span, columns),
    };
    chart.html()
}

fn jobs(span: Span, columns: &[(Day, Tally)]) -> String {
    let (busiest, most) = highest(span, columns, Tally::times);
    let top = round_number(most);
    let column = |(day, tally): &(Day, Tally)| Column {
        told: format!(
            "{}: {} replayed, {} run",
            span.name(*day),
            number(tally.hits),
            number(tally.runs())
        ),
        hit: tally.hits,
        run: tally.runs(),
    };
    let chart = Chart {
        summary: &format!(
            "Jobs replayed and run each {}. The most, {}: {busiest}.",
            span.word(),
            of(most, "job", "jobs")
        ),
        columns: columns.iter().map(column).collect(),
        top,
        marks: [top, top / 2].map(number),
        ends: ends(span, columns),
    };
    chart.html()
}

/// Returns the name and the measure of the highest column, of equal ones the first.
fn highest<T: Ord + Default>(span: Span, columns: &[(Day, Tally)], measure: impl Fn(&Tally) -> T) -> (String, T) {
    let highest = columns.iter().rev().max_by_key(|(_, tally)| measure(tally));
    highest.map_or_else(Default::default, |(day, tally)| (span.name(*day), measure(tally)))
}

/// Returns what stands under the first and the last column.
fn ends(span: Span, columns: &[(Day, Tally)]) -> [String; 2] {
    let name = |column: Option<&(Day, Tally)>| column.map_or_else(String::new, |(day, _)| span.name(*day));
    [name(columns.first()), name(columns.get(1..).and_then(<[_]>::last))]
}

/// Returns a round time without the unit that there is nothing of.
fn round(nanoseconds: u64) -> String {
    let said = duration(nanoseconds).replace(".0 ", " ");
    let tail = [" 0 s", " 0 min", " 0 h"]
        .into_iter()
        .find_map(|tail| said.strip_suffix(tail));
    tail.map_or_else(|| said.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_times_are_said_without_what_there_is_nothing_of() {
        for (milliseconds, said) in [
            (1, "1 ms"),
            (500, "500 ms"),
            (1000, "1 s"),
            (10_000, "10 s"),
            (60_000, "1 min"),
            (90_000, "1 min 30 s"),
            (7_200_000, "2 h"),
            (180_000_000, "2 d 2 h"),
        ] {
            assert_eq!(round(milliseconds * 1_000_000), said);
        }
    }
}
