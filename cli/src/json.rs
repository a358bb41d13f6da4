//! Values as JSON has them: RFC 8259.

use std::fmt::{Display, Write as _};

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

/// An object under way; its fields stand in the order in which they came.
#[derive(Debug, Default)]
pub struct Object(String);

impl Object {
    /// An object without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    pub fn text(self, name: &str, value: impl Display) -> Self {
        self.value(name, text(&value.to_string()))
    }

    /// Adds a text, or `null`.
    pub fn text_or_null(self, name: &str, value: Option<impl Display>) -> Self {
        self.value(name, value.map_or_else(null, |value| text(&value.to_string())))
    }

    /// Adds a whole number, `true` or `false`, an [`Object`] or an [`array()`].
    pub fn value(mut self, name: &str, value: impl Display) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        // A text takes whatever is written to it.
        let _ = write!(self.0, "{comma}{}:{value}", text(name));
        self
    }

    /// As [`Object::value`], or `null`.
    pub fn value_or_null(self, name: &str, value: Option<impl Display>) -> Self {
        self.value(name, value.map_or_else(null, |value| value.to_string()))
    }

    /// Adds a number of seconds: whole nanoseconds, and no more digits than it has.
    pub fn seconds(self, name: &str, nanoseconds: u64) -> Self {
        let fraction = format!("{:09}", nanoseconds % 1_000_000_000);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        self.value(name, format_args!("{}{point}{fraction}", nanoseconds / 1_000_000_000))
    }
}

impl Display for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{{{}}}", self.0)
    }
}

/// Returns `values`, each as JSON has it already, as an array.
pub fn array(values: impl IntoIterator<Item = impl Display>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    format!("[{}]", values.join(","))
}

fn null() -> String {
    "null".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_its_fields_in_the_order_in_which_they_came() {
        assert_eq!(Object::new().to_string(), "{}");
        assert_eq!(array([0; 0]), "[]");
        let inner = Object::new().text("name", "a\"b").value("ok", true);
        let object = Object::new()
            .value("z", 1)
            .value("a", array([inner, Object::new()]))
            .text_or_null("t", Some("x"))
            .text_or_null("u", None::<&str>)
            .value_or_null("v", None::<u64>);
        let expected = r#"{"z":1,"a":[{"name":"a\"b","ok":true},{}],"t":"x","u":null,"v":null}"#;
        assert_eq!(object.to_string(), expected);
    }

    #[test]
    fn seconds_have_no_more_digits_than_they_need() {
        for (nanoseconds, seconds) in [
            (0, "0"),
            (1, "0.000000001"),
            (1_500_000_000, "1.5"),
            (20_000_000_000, "20"),
            (u64::MAX, "18446744073.709551615"),
        ] {
            let object = Object::new().seconds("seconds", nanoseconds);
            assert_eq!(object.to_string(), format!("{{\"seconds\":{seconds}}}"));
        }
    }

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
