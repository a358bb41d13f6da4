//! No two different jobs share a key.

use jobstamps::Digest;
use jobstamps::job::{Call, Command, Input, Invocation, JobKey, PipeState};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::arbitrary::name;

/// From so few letters that near misses are likely.
fn word() -> impl Strategy<Value = String> {
    "[ab]{0,3}"
}

fn input() -> impl Strategy<Value = Input> {
    let digest = || word().prop_map(|word| Digest::of(word.as_bytes()));
    prop_oneof![
        Just(Input::Closed),
        Just(Input::Nothing),
        Just(Input::Terminal),
        Just(Input::Pipe(PipeState::Data)),
        digest().prop_map(Input::Bytes),
        digest().prop_map(Input::Whole),
        (digest(), 0..3_u64).prop_map(|(digest, offset)| Input::File { digest, offset })
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let value = option::of(word().prop_map(|word| Digest::of(word.as_bytes())));
    let variables = prop::collection::btree_map(word(), value, 0..3);
    (
        vec(word(), 0..3),
        word(),
        option::of(word()),
        variables,
        input(),
        any::<bool>(),
    )
        .prop_map(|(arguments, program, directory, variables, input, joined)| Command {
            arguments: arguments.into_iter().map(Into::into).collect(),
            program: program.into(),
            directory: directory.map(Into::into),
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            input,
            joined,
        })
}

fn invocation() -> impl Strategy<Value = Invocation> {
    let call = (word(), word()).prop_map(|(function, arguments)| Call {
        function,
        arguments: arguments.into(),
    });
    prop_oneof![command().prop_map(Invocation::Command), call.prop_map(Invocation::Call)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn keys_are_equal_exactly_where_jobs_are(one in invocation(), other in invocation()) {
        prop_assert_eq!(JobKey::of(&one, None) == JobKey::of(&other, None), one == other);
    }

    #[test]
    fn moving_bytes_between_arguments_makes_another_job(words in vec(name(), 2..5), cut in any::<prop::sample::Index>()) {
        let call = |arguments| Command {
            arguments,
            program: "/bin/x".into(),
            directory: None,
            variables: Vec::new(),
            input: Input::Nothing,
            joined: false,
        };
        let at = cut.index(words.len() - 1);
        let mut joined = words.clone();
        let moved = joined.remove(at + 1);
        joined[at].push(moved);
        let keys = [words, joined].map(|arguments| JobKey::of(&Invocation::Command(call(arguments)), None));
        prop_assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn the_order_and_repetition_of_variables_make_no_other_job(command in command()) {
        let mut other = command.clone();
        other.variables.reverse();
        other.variables.extend(command.variables.first().cloned());
        prop_assert_eq!(JobKey::of(&Invocation::Command(command), None), JobKey::of(&Invocation::Command(other), None));
    }
}
