//! Text as JSON has it: RFC 8259.

use std::fmt::Write as _;

/// Returns `text` in quotes, on one line, and without a character that could steer a terminal.
pub fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            // All control characters lie in the first plane.
            control if control.is_control() => {
                // A text takes whatever is written to it.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
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
        ] {
            assert_eq!(text(plain), quoted);
        }
    }
}
