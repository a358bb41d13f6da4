//! Columns over time, drawn so that they fit any width: only shapes are stretched, words stand beside them.

use std::fmt::Write as _;

use super::html::Text;

/// How wide a column is, with and without the space behind it.
const SLOT: u32 = 10;
const COLUMN: u32 = 8;
/// How high the drawing is, and what the highest column may have of it.
const HEIGHT: f64 = 100.0;

/// A chart of columns.
pub struct Chart<'a> {
    /// What it shows, for those who do not see it.
    pub summary: &'a str,
    /// The columns, the first first.
    pub columns: Vec<Column>,
    /// What the full height stands for.
    pub top: u64,
    /// What is written at the full height, and at half of it.
    pub marks: [String; 2],
    /// What is written under the first and the last column.
    pub ends: [String; 2],
}

/// One column: its parts, one upon the other.
pub struct Column {
    /// What is told of it when it is pointed at.
    pub told: String,
    /// How much it shows in the colour of what was replayed.
    pub hit: u64,
    /// How much it shows upon that in the colour of what ran.
    pub run: u64,
}

impl Chart<'_> {
    /// Returns the chart as HTML.
    pub fn html(&self) -> String {
        let width = SLOT * u32::try_from(self.columns.len().max(1)).unwrap_or(u32::MAX / SLOT);
        let mut html = format!(
            "<div class=\"plot\">\n\
             <div class=\"scale\" aria-hidden=\"true\"><span>{}</span><span>{}</span><span>0</span></div>\n\
             <svg viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\n\
             <path class=\"line\" d=\"M0 0H{width}M0 50H{width}\"/>\n",
            Text(&self.marks[0]),
            Text(&self.marks[1]),
            Text(self.summary),
        );
        for (left, column) in (0..).step_by(SLOT as usize).zip(&self.columns) {
            let (hit, run) = (self.height(column.hit), self.height(column.run));
            let _ = write!(html, "<g class=\"slot\"><title>{}</title>", Text(&column.told));
            for (class, height, below) in [("hit", hit, 0.0), ("run", run, hit)] {
                if height > 0.0 {
                    let _ = write!(
                        html,
                        "<rect class=\"{class}\" x=\"{}\" y=\"{:.2}\" width=\"{COLUMN}\" height=\"{height:.2}\"/>",
                        left + (SLOT - COLUMN) / 2,
                        HEIGHT - below - height,
                    );
                }
            }
            let _ = writeln!(
                html,
                "<rect class=\"over\" x=\"{left}\" width=\"{SLOT}\" height=\"{HEIGHT}\"/></g>"
            );
        }
        let [first, last] = [Text(&self.ends[0]), Text(&self.ends[1])];
        let _ = write!(
            html,
            "</svg>\n<div class=\"days\" aria-hidden=\"true\"><span>{first}</span><span>{last}</span></div>\n</div>\n"
        );
        html
    }

    /// Returns how high `amount` stands: what is there at all can be seen.
    #[allow(clippy::cast_precision_loss)] // Nobody sees a difference.
    fn height(&self, amount: u64) -> f64 {
        if amount == 0 {
            return 0.0;
        }
        (amount as f64 / self.top.max(1) as f64 * HEIGHT).clamp(0.8, HEIGHT)
    }
}

/// Returns the first round number that is no less than `most`, and whose half is whole and round too.
pub fn round_number(most: u64) -> u64 {
    first_round(&[2, 4, 6, 10], most)
}

/// Returns the first round time that is no less than `most` nanoseconds, and whose half people would call round too.
pub fn round_time(most: u64) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    const MINUTE: u64 = 60 * SECOND;
    const HOUR: u64 = 60 * MINUTE;
    if most <= 40 * SECOND {
        return first_round(&[1_000_000, 2_000_000, 4_000_000], most);
    }
    let clock = [1, 2, 4, 10, 20, 40];
    let clock = clock
        .map(|minutes| minutes * MINUTE)
        .into_iter()
        .chain([1, 2, 4, 10, 20].map(|hours| hours * HOUR));
    let days = [2, 4, 10].map(|days| days * 24 * HOUR);
    clock
        .into_iter()
        .find(|round| *round >= most)
        .unwrap_or_else(|| first_round(&days, most))
}

/// Returns the first of `digits` and of their tenfolds that is no less than `most`.
fn first_round(digits: &[u64], most: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for digit in digits {
            match power.checked_mul(*digit) {
                Some(round) if round < most => {}
                Some(round) => return round,
                None => return most,
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn scales_end_at_a_round_number_that_is_no_less_than_the_highest_column() {
        for (most, round) in [
            (0, 2),
            (3, 4),
            (5, 6),
            (7, 10),
            (11, 20),
            (61, 100),
            (4001, 6000),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(round_number(most), round);
        }
        for (most, round) in [
            (0, SECOND / 1000),
            (SECOND / 3, 4 * SECOND / 10),
            (SECOND, SECOND),
            (11 * SECOND, 20 * SECOND),
            (41 * SECOND, 60 * SECOND),
            (3601 * SECOND, 7200 * SECOND),
            (86_400 * SECOND, 2 * 86_400 * SECOND),
            (150 * 86_400 * SECOND, 200 * 86_400 * SECOND),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(round_time(most), round);
        }
    }

    #[test]
    fn columns_stand_in_their_order_and_what_is_there_at_all_can_be_seen() {
        let column = |hit, run| Column {
            told: "<b>".to_owned(),
            hit,
            run,
        };
        let chart = Chart {
            summary: "\"quoted\"",
            columns: vec![column(5000, 2500), column(0, 0), column(1, 0)],
            top: 10_000,
            marks: ["100".to_owned(), "50".to_owned()],
            ends: ["first".to_owned(), "last".to_owned()],
        };
        let html = chart.html();
        for part in [
            "viewBox=\"0 0 30 100\"",
            "aria-label=\"&quot;quoted&quot;\"",
            "<title>&lt;b&gt;</title>",
            "<rect class=\"hit\" x=\"1\" y=\"50.00\" width=\"8\" height=\"50.00\"/>",
            "<rect class=\"run\" x=\"1\" y=\"25.00\" width=\"8\" height=\"25.00\"/>",
            "<rect class=\"hit\" x=\"21\" y=\"99.20\" width=\"8\" height=\"0.80\"/>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("<rect class=\"hit\"").count(), 2);
    }
}
