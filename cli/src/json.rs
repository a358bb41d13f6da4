//! Text as JSON has it: RFC 8259.

use std::fmt::Write as _;

use jobstamps::misleads;

/// Returns `text` in quotes, on one line, and without a character that could steer a terminal.
pub fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            // All of these lie in the first plane.
            unseen if unseen.is_control() || misleads(unseen) => {
                // A text takes whatever is written to it.
                let _ = write!(quoted, "\\u{:04x}", u32::from(unseen));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// X11.
    #[test]
    fn whatever_a_text_holds_it_is_one_line_in_quotes() {
        for (plain, quoted) in [
            ("", r#""""#),
            ("caf\u{e9}", "\"caf\u{e9}\""),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("a\nb\r\t\u{1b}[31m\u{9b}", r#""a\nb\u000d\u0009\u001b[31m\u009b""#),
            ("a\u{2028}b\u{202e}c", r#""a\u2028b\u202ec""#),
        ] {
            assert_eq!(text(plain), quoted);
        }
    }
}
