//! What anybody named, as text of a page: it can end neither a tag nor an attribute, nor turn the direction of writing.

use std::fmt::{self, Display, Formatter, Write};

use jobstamps::Shown;

/// Text between tags, or in an attribute with quotes around it. Anywhere else it would not be safe.
#[derive(Clone, Copy)]
pub struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(Escape(formatter), "{}", Shown::bytes(self.0.as_bytes()))
    }
}

/// Escapes all that is written through it.
struct Escape<'a, 'b>(&'a mut Formatter<'b>);

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| self.write_char(character))
    }

    fn write_char(&mut self, character: char) -> fmt::Result {
        match character {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            plain => self.0.write_char(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_tag_or_an_attribute_or_is_more_than_a_line() {
        for (plain, escaped) in [
            ("", ""),
            ("caf\u{e9} -o a=b", "caf\u{e9} -o a=b"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload=\"x' y='", "&quot; onload=&quot;x&#39; y=&#39;"),
            ("&lt;&amp;", "&amp;lt;&amp;amp;"),
            ("a\nb\0\u{1b}[31m", "a\\nb\\x00\\e[31m"),
            ("\u{202e}lmth.exe", "\\u{202e}lmth.exe"),
        ] {
            assert_eq!(Text(plain).to_string(), escaped);
        }
    }
}
