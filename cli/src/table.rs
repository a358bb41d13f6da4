//! Rows in columns, fitted to the screen: what is too long is cut where it says least, what does not fit at all is left
//! out, and nothing is lost where lines may have any length.

use std::fmt::Display;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::paint::Style;
use crate::screen::Screen;

/// Blanks between columns.
const GAP: usize = 2;
/// A column that is cut keeps so many characters before others are left out.
const KEPT: usize = 16;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    title: &'static str,
    align: Align,
    cut: Cut,
    /// Where not all fit, those with the highest number go first; 0 never.
    rank: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// Where a text that is too long is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is not.
    Nowhere,
    /// At its end.
    Behind,
    /// At its beginning.
    Before,
}

impl Column {
    /// A column of words.
    pub const fn words(title: &'static str) -> Self {
        Self {
            title,
            align: Align::Left,
            cut: Cut::Nowhere,
            rank: 0,
        }
    }

    /// A column of numbers, or of amounts with their units: they end under each other.
    pub const fn amounts(title: &'static str) -> Self {
        Self {
            align: Align::Right,
            ..Self::words(title)
        }
    }

    /// Of texts that say most where they begin, as commands do, and may be cut behind.
    pub const fn cut_behind(self) -> Self {
        Self {
            cut: Cut::Behind,
            ..self
        }
    }

    /// Of texts that say most where they end, as paths do, and may be cut before.
    pub const fn cut_before(self) -> Self {
        Self {
            cut: Cut::Before,
            ..self
        }
    }

    /// Left out where nothing stands in it, and where not all fit; those with the highest `rank` go first.
    pub const fn optional(self, rank: u8) -> Self {
        Self { rank, ..self }
    }
}

/// What stands in one row of one column: one line, without control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A plain cell.
    pub fn new(text: impl Display) -> Self {
        Self::styled(Style::Plain, text)
    }

    /// A cell that looks as `style` has it.
    pub fn styled(style: Style, text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            style,
        }
    }
}

/// Rows in columns.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Makes a table without rows.
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, which has a cell for each column.
    pub fn push(&mut self, cells: impl Into<Vec<Cell>>) {
        let mut cells = cells.into();
        cells.resize(self.columns.len(), Cell::default());
        self.rows.push(cells);
    }

    /// Returns the table as lines for `screen`, the titles first.
    pub fn lines(&self, screen: &Screen) -> String {
        let widths = self.widths(screen.width);
        let titles = self
            .columns
            .iter()
            .map(|column| Cell::styled(Style::Strong, column.title));
        let titles: Vec<Cell> = titles.collect();
        let mut text = String::new();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let mut line = String::new();
            // Blanks are written when something comes behind them: no line ends in any.
            let mut pending = 0;
            for (index, width) in widths.iter().enumerate() {
                let Some(width) = *width else { continue };
                let (cell, column) = (&row[index], &self.columns[index]);
                let shown = cut(&cell.text, width, column.cut, screen.unicode);
                let space = width.saturating_sub(shown.width());
                let before = if column.align == Align::Right { space } else { 0 };
                if shown.is_empty() {
                    pending += before;
                } else {
                    line.push_str(&" ".repeat(pending + before));
                    line.push_str(&screen.paint.text(cell.style, &shown));
                    pending = 0;
                }
                pending += space - before + GAP;
            }
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Decides how wide each column is; nothing for one that is left out.
    fn widths(&self, most: Option<usize>) -> Vec<Option<usize>> {
        let widest = |index: usize| {
            let cells = self.rows.iter().map(|row| row[index].text.width());
            cells.chain([self.columns[index].title.width()]).max().unwrap_or(0)
        };
        let natural: Vec<usize> = (0..self.columns.len()).map(widest).collect();
        let is_told = |index: usize| self.rows.iter().any(|row| !row[index].text.is_empty());
        let ranked = self.columns.iter().enumerate();
        let mut shown: Vec<bool> = ranked
            .map(|(index, column)| column.rank == 0 || is_told(index))
            .collect();
        let Some(most) = most else {
            let all = natural.into_iter().zip(shown);
            return all.map(|(width, shown)| shown.then_some(width)).collect();
        };
        loop {
            let last_try = !shown
                .iter()
                .zip(&self.columns)
                .any(|(shown, column)| *shown && column.rank > 0);
            // Rather cut all there is than let lines run over.
            let kept = if last_try { 1 } else { KEPT };
            let widths = self.fitted(&natural, &shown, kept, most);
            if last_try || total(&widths) <= most {
                return widths;
            }
            let ranks = self.columns.iter().enumerate().filter(|(index, _)| shown[*index]);
            if let Some((index, _)) = ranks.max_by_key(|(_, column)| column.rank) {
                shown[index] = false;
            }
        }
    }

    /// Cuts the widest of the columns that may be cut, as long as it is more than `kept` wide and all are too wide.
    fn fitted(&self, natural: &[usize], shown: &[bool], kept: usize, most: usize) -> Vec<Option<usize>> {
        let mut widths: Vec<Option<usize>> = natural
            .iter()
            .zip(shown)
            .map(|(width, shown)| shown.then_some(*width))
            .collect();
        let mut excess = total(&widths).saturating_sub(most);
        while excess > 0 {
            let may_be_cut = |(index, width): (usize, &Option<usize>)| {
                let width = width.filter(|width| *width > kept && self.columns[index].cut != Cut::Nowhere)?;
                Some((width, index))
            };
            let mut cuttable: Vec<(usize, usize)> = widths.iter().enumerate().filter_map(may_be_cut).collect();
            cuttable.sort_unstable();
            let Some((width, index)) = cuttable.pop() else { break };
            // Down to the next widest, or to what is to be kept, in one step.
            let floor = cuttable.last().map_or(kept, |(next, _)| (*next).max(kept));
            let step = (width - floor).clamp(1, excess);
            widths[index] = Some(width - step);
            excess -= step;
        }
        widths
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown: Vec<usize> = widths.iter().flatten().copied().collect();
    shown.iter().sum::<usize>() + GAP * shown.len().saturating_sub(1)
}

/// Returns as much of `text` as has `width` columns, with a mark where it was cut.
pub fn cut(text: &str, width: usize, cut: Cut, unicode: bool) -> String {
    if text.width() <= width || cut == Cut::Nowhere {
        return text.to_owned();
    }
    let mark = if unicode { "…" } else { ".." };
    let Some(room) = width.checked_sub(mark.width()) else {
        return mark.chars().take(width).collect();
    };
    if cut == Cut::Behind {
        return format!("{}{mark}", leading(text.chars(), room).iter().collect::<String>());
    }
    let end = leading(text.chars().rev(), room);
    // A mark that belongs to a letter does not go on without it.
    let end = end.iter().rev().skip_while(|character| character.width() == Some(0));
    format!("{mark}{}", end.collect::<String>())
}

/// Returns the first of `characters` that have room.
fn leading(characters: impl Iterator<Item = char>, room: usize) -> Vec<char> {
    let mut used = 0;
    let fits = |character: &char| {
        used += character.width().unwrap_or(0);
        used <= room
    };
    characters.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(width: usize) -> Screen {
        Screen {
            width: Some(width).filter(|width| *width > 0),
            unicode: true,
            ..Screen::default()
        }
    }

    fn table() -> Table {
        let mut table = Table::new([
            Column::words("KEY"),
            Column::amounts("SIZE"),
            Column::words("DIRECTORY").cut_before().optional(1),
            Column::words("COMMAND").cut_behind(),
        ]);
        for (key, size, directory, command) in [
            (
                "1f2e",
                "1.2 KiB",
                "/home/somebody/project",
                "make --jobs 4 all of the things",
            ),
            ("a", "9 B", "/w", "true"),
        ] {
            table.push([key, size, directory, command].map(Cell::new));
        }
        table
    }

    #[track_caller]
    fn looks(table: &Table, screen: &Screen, expected: &[&str]) {
        let lines = table.lines(screen);
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected, "{screen:?}");
        if let Some(width) = screen.width {
            assert!(lines.lines().all(|line| line.width() <= width), "{screen:?}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be_and_numbers_end_under_each_other() {
        looks(
            &table(),
            &screen(0),
            &[
                "KEY      SIZE  DIRECTORY               COMMAND",
                "1f2e  1.2 KiB  /home/somebody/project  make --jobs 4 all of the things",
                "a         9 B  /w                      true",
            ],
        );
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_does_not_fit_is_left_out() {
        looks(
            &table(),
            &screen(58),
            &[
                "KEY      SIZE  DIRECTORY              COMMAND",
                "1f2e  1.2 KiB  …ome/somebody/project  make --jobs 4 all o…",
                "a         9 B  /w                     true",
            ],
        );
        looks(
            &table(),
            &screen(40),
            &[
                "KEY      SIZE  COMMAND",
                "1f2e  1.2 KiB  make --jobs 4 all of the…",
                "a         9 B  true",
            ],
        );
        looks(
            &table(),
            &screen(17),
            &["KEY      SIZE  C…", "1f2e  1.2 KiB  m…", "a         9 B  t…"],
        );
    }

    #[test]
    fn what_nothing_stands_in_is_left_out_if_it_may_be() {
        let columns = ["A", "B", "C"].map(Column::words);
        let mut table = Table::new([columns[0], columns[1].optional(1), columns[2].optional(2)]);
        table.push(["", "", "c"].map(Cell::new));
        for width in [0, 80] {
            looks(&table, &screen(width), &["A  C", "   c"]);
        }
    }

    #[test]
    fn a_text_is_as_wide_as_it_looks_and_cut_between_letters() {
        for (text, width, behind, before) in [
            ("abcdef", 6, "abcdef", "abcdef"),
            ("abcdef", 5, "abcd…", "…cdef"),
            ("abcdef", 1, "…", "…"),
            ("abcdef", 0, "", ""),
            ("漢字漢字", 8, "漢字漢字", "漢字漢字"),
            ("漢字漢字", 7, "漢字漢…", "…字漢字"),
            ("漢字漢字", 6, "漢字…", "…漢字"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…", "…e\u{301}"),
        ] {
            assert_eq!(cut(text, width, Cut::Behind, true), behind, "{text} {width}");
            assert_eq!(cut(text, width, Cut::Before, true), before, "{text} {width}");
        }
        assert_eq!(cut("abcdef", 5, Cut::Behind, false), "abc..");
    }

    #[test]
    fn colour_changes_no_width() {
        let paint = crate::paint::Paint::decide(crate::paint::Wish::Always, false, &|_| None);
        let mut table = Table::new([Column::words("A"), Column::words("B")]);
        table.push([Cell::styled(Style::Good, "one"), Cell::new("two")]);
        let lines = table.lines(&Screen { paint, ..screen(0) });
        assert_eq!(lines, "\x1b[1mA\x1b[0m    \x1b[1mB\x1b[0m\n\x1b[32mone\x1b[0m  two\n");
    }
}
