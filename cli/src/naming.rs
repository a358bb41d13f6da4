//! What people are shown of a job: its command line or its call, as they would write it.

use jobstamps::Shown;
use jobstamps::stamp::Story;

/// Returns the command as a shell takes it, or the call; nothing where neither is written down.
pub fn job(story: &Story) -> Option<String> {
    if story.is_of_call() {
        return Some(call(story));
    }
    if story.arguments.is_empty() {
        return None;
    }
    let words = story.arguments.iter().map(|word| quoted(word.as_encoded_bytes()));
    Some(words.collect::<Vec<_>>().join(" "))
}

fn call(story: &Story) -> String {
    let function = story
        .arguments
        .first()
        .map(|name| Shown::bytes(name.as_encoded_bytes()).to_string());
    let parameters = story.parameters.iter().map(|parameter| {
        let text = parameter.text.as_deref().unwrap_or("…");
        format!(
            "{}={}",
            Shown::bytes(parameter.name.as_bytes()),
            Shown::bytes(text.as_bytes())
        )
    });
    format!(
        "{}({})",
        function.unwrap_or_default(),
        parameters.collect::<Vec<_>>().join(", ")
    )
}

/// Returns `word` as a shell takes it, but for what cannot be shown.
fn quoted(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(byte) || *byte >= 0x80;
    let shown = Shown::bytes(word).to_string();
    if !word.is_empty() && word.iter().all(is_plain) {
        return shown;
    }
    format!("'{}'", shown.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use jobstamps::Digest;
    use jobstamps::job::Parameter;

    use super::*;

    #[test]
    fn a_command_is_shown_as_a_shell_takes_it() {
        for (words, shown) in [
            (&["cc", "-c", "a.c", "-DX=1"][..], "cc -c a.c -DX=1"),
            (&["grep", "", "a b", "caf\u{e9}"], "grep '' 'a b' caf\u{e9}"),
            (&["sh", "-c", "echo it's $HOME"], r"sh -c 'echo it'\''s $HOME'"),
            (&["printf", "a\n\u{1b}"], r"printf 'a\n\e'"),
        ] {
            let story = Story {
                arguments: words.iter().map(Into::into).collect(),
                program: Some("/bin/x".into()),
                ..Story::default()
            };
            assert_eq!(job(&story).as_deref(), Some(shown));
        }
    }

    #[test]
    fn a_call_is_shown_with_the_arguments_that_are_written_down() {
        let parameter = |name: &str, text: Option<&str>| Parameter {
            name: name.to_owned(),
            digest: Digest::of(b""),
            text: text.map(str::to_owned),
        };
        let mut story = Story {
            arguments: vec!["m:f".into()],
            ..Story::default()
        };
        assert_eq!(job(&story).as_deref(), Some("m:f()"));
        story.parameters = vec![parameter("x", Some("[1, 2]")), parameter("key", None)];
        assert_eq!(job(&story).as_deref(), Some("m:f(x=[1, 2], key=…)"));
        assert_eq!(job(&Story::default()), None);
    }
}
