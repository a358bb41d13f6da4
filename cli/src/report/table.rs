//! A table that can be read without seeing it, without its script, and on a narrow page.

use std::fmt::Write as _;

use super::html::Text;
use crate::units;

/// A table, sorted by one of its columns.
pub struct Table<'a> {
    /// The `id` of its heading; what stands under that has this and `-what`.
    pub id: &'static str,
    /// What it tells, in HTML of our own.
    pub what: &'static str,
    /// Its columns.
    pub columns: &'a [Heading],
    /// Which of them it is sorted by, in the order that is natural to it.
    pub sorted: usize,
    /// Its rows; of each the first cell names it.
    pub rows: Vec<Vec<Cell>>,
}

/// What a column holds.
#[derive(Clone, Copy)]
pub enum Heading {
    /// Words, the first first.
    Words(&'static str),
    /// Numbers, the largest first.
    Numbers(&'static str),
    /// Days, the latest first.
    Days(&'static str),
}

/// What stands in a cell.
pub struct Cell {
    html: String,
    worth: Option<i128>,
}

impl Cell {
    /// Plain words.
    pub fn words(words: &str) -> Self {
        Self {
            html: Text(words).to_string(),
            worth: None,
        }
    }

    /// What a program, a file or a person named, and smaller below it where that belongs; nothing if that is empty.
    pub fn name(name: &str, place: &str) -> Self {
        let mut html = format!("<code class=\"name\" translate=\"no\"><bdi>{}</bdi></code>", Text(name));
        if !place.is_empty() {
            let _ = write!(
                html,
                " <span class=\"soft\" translate=\"no\"><bdi>{}</bdi></span>",
                Text(place)
            );
        }
        Self { html, worth: None }
    }

    /// Several names, each with how often it is meant.
    pub fn names<'a>(names: impl Iterator<Item = (&'a str, u64)>) -> Self {
        let mut html = String::new();
        for (name, times) in names {
            let _ = write!(
                html,
                "<span class=\"name\"><code translate=\"no\"><bdi>{}</bdi></code> \u{d7} {}</span> ",
                Text(name),
                units::number(times)
            );
        }
        Self { html, worth: None }
    }

    /// The first digits of a key.
    pub fn key(digits: &str) -> Self {
        Self {
            html: format!("<code>{}</code>", Text(digits)),
            worth: None,
        }
    }

    /// A number, with the words that it is shown in.
    pub fn number(worth: impl Into<i128>, shown: &str) -> Self {
        Self {
            html: Text(shown).to_string(),
            worth: Some(worth.into()),
        }
    }

    /// Draws under it how much of the whole its parts are.
    #[allow(clippy::cast_precision_loss)] // Nobody sees a difference.
    pub fn with_bar(mut self, hit: u64, run: u64, whole: u64) -> Self {
        let share = |part: u64| {
            if whole == 0 {
                0.0
            } else {
                part as f64 / whole as f64 * 100.0
            }
        };
        let (hit, run) = (share(hit), share(run));
        let _ = write!(
            self.html,
            "<svg class=\"bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"rest\" width=\"100\" height=\"1\"/><rect class=\"hit\" width=\"{hit:.2}\" height=\"1\"/>\
             <rect class=\"run\" x=\"{hit:.2}\" width=\"{run:.2}\" height=\"1\"/></svg>"
        );
        self
    }
}

impl Table<'_> {
    /// Returns the table as HTML. Where it is wider than the page it can be scrolled, from the keyboard too.
    pub fn html(&self) -> String {
        let Self { id, what, .. } = self;
        let mut html = format!(
            "<p class=\"soft\" id=\"{id}-what\">{what}</p>\n\
             <div class=\"wide\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n\
             <table aria-labelledby=\"{id}\" aria-describedby=\"{id}-what\">\n<thead><tr>"
        );
        for (column, heading) in self.columns.iter().enumerate() {
            let (class, first, words) = match heading {
                Heading::Words(words) => ("", "ascending", words),
                Heading::Days(words) => ("", "descending", words),
                Heading::Numbers(words) => (" class=\"number\"", "descending", words),
            };
            let sorted = if column == self.sorted {
                format!(" aria-sort=\"{first}\"")
            } else {
                String::new()
            };
            let _ = write!(
                html,
                "<th scope=\"col\"{class} data-first=\"{first}\"{sorted}>{}</th>",
                Text(words)
            );
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for (column, Cell { html: inner, worth }) in row.iter().enumerate() {
                let class = match self.columns.get(column) {
                    Some(Heading::Numbers(_)) => " class=\"number\"",
                    _ => "",
                };
                let worth = worth.map_or_else(String::new, |worth| format!(" data-worth=\"{worth}\""));
                let (start, end) = if column == 0 {
                    ("th scope=\"row\"", "th")
                } else {
                    ("td", "td")
                };
                let _ = write!(html, "<{start}{class}{worth}>{inner}</{end}>");
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody>\n</table>\n</div>\n");
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_its_rows_and_columns_are_and_what_it_is_sorted_by() {
        let table = Table {
            id: "who",
            what: "Who <em>does</em> what.",
            columns: &[Heading::Words("Program"), Heading::Numbers("Replayed")],
            sorted: 1,
            rows: vec![vec![
                Cell::name("<img src=x>", "/a\"b"),
                Cell::number(1_234, "1,234").with_bar(1, 3, 8),
            ]],
        };
        let html = table.html();
        for part in [
            "<p class=\"soft\" id=\"who-what\">Who <em>does</em> what.</p>",
            "<table aria-labelledby=\"who\" aria-describedby=\"who-what\">",
            "<th scope=\"col\" data-first=\"ascending\">Program</th>",
            "<th scope=\"col\" class=\"number\" data-first=\"descending\" aria-sort=\"descending\">Replayed</th>",
            "<th scope=\"row\"><code class=\"name\" translate=\"no\"><bdi>&lt;img src=x&gt;</bdi></code>",
            "<bdi>/a&quot;b</bdi>",
            "<td class=\"number\" data-worth=\"1234\">1,234<svg",
            "<rect class=\"run\" x=\"12.50\" width=\"37.50\" height=\"1\"/>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
