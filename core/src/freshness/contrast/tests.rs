//! What is told of jobs that differ.

use super::*;
use crate::job::PipeState;

fn command() -> Story {
    Story {
        arguments: ["lint", "-v", "src", "--check"].map(OsString::from).to_vec(),
        program: Some("/bin/lint".into()),
        directory: Some("/w".into()),
        variables: vec![("LANG".into(), None), ("TZ".into(), Some(Digest::of(b"UTC")))],
        input: Some(Input::Nothing),
        ..Story::default()
    }
}

fn call(parameters: &[(&str, &str, bool)]) -> Story {
    let parameter = |(name, value, is_told): &(&str, &str, bool)| Parameter {
        name: (*name).to_owned(),
        digest: Digest::of(value.as_bytes()),
        text: is_told.then(|| (*value).to_owned()),
    };
    Story {
        arguments: vec!["m:f".into()],
        parameters: parameters.iter().map(parameter).collect(),
        ..Story::default()
    }
}

fn told(then: &Story, now: &Story) -> Vec<String> {
    contrasts(then, now).iter().map(ToString::to_string).collect()
}

fn with_arguments(arguments: &[&str]) -> Story {
    Story {
        arguments: arguments.iter().map(OsString::from).collect(),
        ..command()
    }
}

#[test]
fn everything_that_a_key_is_made_of_is_told() {
    let digest = Digest::of(b"x");
    let change = |change: &dyn Fn(&mut Story)| {
        let mut story = command();
        change(&mut story);
        story
    };
    for (now, expected) in [
        (command(), None),
        (
            with_arguments(&["lint", "-v", "src", "--fix"]),
            Some("argument 3: `--fix` instead of `--check`"),
        ),
        (
            with_arguments(&["lint", "-v", "-x", "src", "--check"]),
            Some("argument 2: `-x` instead of none"),
        ),
        (
            with_arguments(&["lint", "src", "--check"]),
            Some("argument 1: none instead of `-v`"),
        ),
        (
            with_arguments(&["./lint", "-v", "src", "--check"]),
            Some("the name that the program is called by: `./lint` instead of `lint`"),
        ),
        (
            change(&|story| story.program = Some("/opt/lint".into())),
            Some("the program: `/opt/lint` instead of `/bin/lint`"),
        ),
        (
            change(&|story| story.directory = Some("/w/b".into())),
            Some("the working directory: `/w/b` instead of `/w`"),
        ),
        (
            change(&|story| story.directory = None),
            Some("the working directory: it does not count now"),
        ),
        (
            change(&|story| story.variables[0].1 = Some(digest)),
            Some("the variable `LANG`: it is set, and was not"),
        ),
        (
            change(&|story| story.variables[1].1 = None),
            Some("the variable `TZ`: it is not set, and was"),
        ),
        (
            change(&|story| story.variables[1].1 = Some(digest)),
            Some("the variable `TZ`: it has another value"),
        ),
        (
            change(&|story| story.variables.push(("MODE".into(), None))),
            Some("the variable `MODE`: it counts now"),
        ),
        (
            change(&|story| drop(story.variables.pop())),
            Some("the variable `TZ`: it does not count now"),
        ),
        // A set: the order and how often one is named tell nothing.
        (change(&|story| story.variables.reverse()), None),
        (
            change(&|story| story.input = Some(Input::Terminal)),
            Some("standard input: a terminal instead of `/dev/null`"),
        ),
        (
            change(&|story| story.joined = true),
            Some("standard output and standard error: they are one stream now"),
        ),
        (
            change(&|story| story.scope = Some("ci".into())),
            Some("the scope: `ci` instead of none"),
        ),
    ] {
        assert_eq!(told(&command(), &now), Vec::from_iter(expected));
        assert_eq!(told(&now, &command()).is_empty(), expected.is_none());
    }
}

#[test]
fn of_inputs_of_one_kind_only_the_content_is_another() {
    let (one, other) = (Digest::of(b"1"), Digest::of(b"2"));
    let file = |digest, offset| Input::File { digest, offset };
    for (then, now, expected) in [
        (Input::Bytes(one), Input::Bytes(other), Some("it has another content")),
        (file(one, 0), file(other, 0), Some("it has another content")),
        (
            file(one, 0),
            file(one, 7),
            Some("it is read from another place in the same file"),
        ),
        (file(one, 0), Input::Closed, Some("none at all instead of a file")),
        (Input::Pipe(PipeState::Data), Input::Pipe(PipeState::Idle), None),
    ] {
        let of = |input| Story {
            input: Some(input),
            ..command()
        };
        let expected = expected.map(|expected| format!("standard input: {expected}"));
        assert_eq!(told(&of(then), &of(now)), Vec::from_iter(expected));
    }
}

#[test]
fn a_call_differs_in_its_parameters_as_far_as_they_may_be_told() {
    for (then, now, expected) in [
        (
            ("n", "2", true),
            ("n", "3", true),
            &["the argument `n`: `3` instead of `2`"][..],
        ),
        (
            ("n", "2", false),
            ("n", "3", true),
            &["the argument `n`: `3` instead of another"],
        ),
        (
            ("n", "2", false),
            ("n", "3", false),
            &["the argument `n`: it has another value"],
        ),
        (("n", "2", true), ("n", "2", false), &[]),
        (
            ("n", "2", true),
            ("m", "2", true),
            &[
                "the argument `m`: `2` instead of none",
                "the argument `n`: none instead of `2`",
            ],
        ),
        (
            ("n", "2", false),
            ("m", "2", false),
            &[
                "the argument `m`: there was none",
                "the argument `n`: there is none now",
            ],
        ),
    ] {
        assert_eq!(told(&call(&[then]), &call(&[now])), expected);
    }
}

#[test]
fn of_long_texts_the_place_is_shown_where_they_begin_to_differ() {
    let long = |word: &str| format!("{}{word}{}", "é".repeat(100), "z".repeat(100));
    let (then, now) = (long("then"), long("now"));
    let said = told(
        &with_arguments(&["sh", "-c", &then]),
        &with_arguments(&["sh", "-c", &now]),
    );
    let shown = |word: &str| format!("`…{}{word}{}…`", "é".repeat(12), "z".repeat(48 - word.len()));
    assert_eq!(
        said,
        [format!("argument 2: {} instead of {}", shown("now"), shown("then"))]
    );
}

#[test]
fn what_was_written_otherwise_weighs_more_than_what_happens_to_be_otherwise() {
    let far = |now: &Story| distance(&contrasts(&command(), now));
    let mut elsewhere = command();
    elsewhere.variables[0].1 = Some(Digest::of(b"C"));
    let argument = with_arguments(&["lint", "-v", "src", "--fix"]);
    let two = with_arguments(&["lint", "-q", "src", "--fix"]);
    assert_eq!(far(&command()), 0);
    assert!(far(&elsewhere) < far(&argument) && far(&argument) < far(&two));
}

#[test]
fn no_job_is_nearer_than_its_arguments_tell() {
    let lists = [
        &["lint", "a"][..],
        &["./lint", "a"],
        &["lint"],
        &["lint", "a", "b"],
        &["./lint", "b", "a"],
        &[],
    ];
    for (then, now) in lists.iter().flat_map(|then| lists.map(|now| (then, now))) {
        let (then, now) = (with_arguments(then), with_arguments(now));
        let arguments = then.arguments.iter().map(|argument| argument.as_encoded_bytes());
        let least = least_distance(&now, arguments);
        assert_eq!(least == 0, then.arguments == now.arguments);
        // Of a job without a name nothing is told.
        let is_told = !then.arguments.is_empty() && !now.arguments.is_empty();
        assert!(
            !is_told || least <= distance(&contrasts(&then, &now)),
            "{then:?} {now:?}"
        );
    }
}

#[test]
fn a_job_is_near_one_of_the_same_program_with_half_of_its_arguments_or_all_but_one() {
    for (then, now, is_near_it) in [
        (&["lint", "a"][..], &["lint", "b"][..], true),
        (&["lint", "a", "b"], &["lint", "a", "c"], true),
        (&["lint", "a", "b"], &["lint", "c", "d"], false),
        (&["lint"], &["lint", "a"], true),
        (&["lint", "a", "b", "c"], &["lint"], false),
        (&["lint", "a", "b", "c"], &["lint", "x", "b", "y"], true),
        (&["lint", "a"], &["lint", "a"], false),
    ] {
        let (then, now) = (with_arguments(then), with_arguments(now));
        assert_eq!(is_near(&now, &contrasts(&then, &now)), is_near_it, "{then:?} {now:?}");
    }
    let other_place = Story {
        program: Some("/opt/bin/lint".into()),
        ..command()
    };
    let other_program = Story {
        program: Some("/bin/cat".into()),
        ..command()
    };
    let are_akin = |one: &Story, other: &Story| {
        let called = other.arguments.first().map(|called| called.as_encoded_bytes());
        let program = other.program.as_ref().map(|path| path.as_os_str().as_encoded_bytes());
        Kin::of(one).has(called, program)
    };
    assert!(are_akin(&command(), &other_place));
    assert!(!are_akin(&command(), &other_program));
    assert!(!are_akin(&command(), &call(&[])));
    assert!(are_akin(&call(&[]), &call(&[("n", "1", true)])));
    assert!(!are_akin(&Story::default(), &Story::default()));
}
