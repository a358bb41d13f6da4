//! What is remembered of a run, and what is not.

use super::world::{METHODS, World, clock};
use jobstamps::disk::Wait;
use jobstamps::job::{Command, Input, Invocation, JobKey, Parameter, PipeState};
use jobstamps::stamp::Story;
use jobstamps::store::Store;
use jobstamps::{Cache, Digest, Finish, InputUse, Job, Lookup, Reason, Recording, Stream};

fn command() -> Job {
    Job {
        program: None,
        ..Job::command(Command::new("/bin/lint", ["-v", "secret-argument"]))
    }
}

fn recording(cache: &Cache, job: &Job) -> Recording {
    let (recording, warnings) = cache.record(job);
    assert_eq!(warnings, []);
    recording
}

/// Replays `job` as runs of (stream, bytes), and its exit code.
fn replay(cache: &Cache, job: &Job) -> (Vec<(Stream, Vec<u8>)>, u8) {
    let Lookup::Fresh(hit) = cache.lookup(job, None) else {
        panic!("it is stale")
    };
    let mut said = Vec::new();
    hit.replay
        .each(&mut |stream, span| {
            let mut bytes = Vec::new();
            span.write_to(&mut bytes)?;
            said.push((stream, bytes));
            Ok(())
        })
        .unwrap();
    (said, hit.replay.code())
}

/// C21, C23.
#[test]
fn streams_are_replayed_byte_by_byte_in_the_order_they_came() {
    use Stream::{Err, Out};
    let world = World::new();
    let cache = world.cache();
    let mut recording = recording(&cache, &command());
    for (stream, bytes) in [
        (Out, &b"one\n"[..]),
        (Err, b"\xff\0\r\n"),
        (Err, b""),
        (Out, b"tw"),
        (Out, b"o"),
    ] {
        recording.say(stream, bytes);
    }
    assert!(recording.save_exit(3).stored);
    let said = vec![
        (Out, b"one\n".to_vec()),
        (Err, b"\xff\0\r\n".to_vec()),
        (Out, b"two".to_vec()),
    ];
    assert_eq!(replay(&cache, &command()), (said, 3));
}

#[test]
fn streams_too_large_for_a_stamp_are_replayed_in_their_order_too() {
    let world = World::new();
    let cache = world.cache();
    let mut recording = recording(&cache, &command());
    let mut expected = Vec::new();
    for number in 0..50_000_u32 {
        let stream = if number % 2 == 0 { Stream::Out } else { Stream::Err };
        let bytes = vec![number.to_le_bytes()[0]; 1 + (number % 7) as usize];
        recording.say(stream, &bytes);
        expected.push((stream, bytes));
    }
    assert!(recording.save_exit(0).stored);
    assert_eq!(
        world.files().len(),
        2,
        "the stamp and a blob of what was said: {:?}",
        world.files()
    );
    assert_eq!(replay(&cache, &command()), (expected, 0));
}

/// C12.
#[test]
fn every_exit_code_is_replayed() {
    let world = World::new();
    let cache = world.cache();
    for code in 0..=u8::MAX {
        assert!(recording(&cache, &command()).save_exit(code).stored);
        assert_eq!(replay(&cache, &command()), (vec![], code));
    }
}

#[test]
fn what_grows_past_its_limit_is_not_kept_and_says_so() {
    let world = World::new();
    let cache = world.cache();
    let mut recording = recording(&cache, &command());
    recording.limit(10);
    recording.say(Stream::Out, b"0123456789");
    assert!(recording.can_be_kept());
    recording.say(Stream::Out, b"0");
    assert!(!recording.can_be_kept());
    let saved = recording.save_exit(0);
    assert!(!saved.stored);
    assert_eq!(
        saved.warnings[0].to_string(),
        "the output is larger than 10 bytes; not cached"
    );
    assert_eq!(world.files().len(), 0);
}

#[test]
fn a_recording_that_is_dropped_leaves_no_stamp() {
    let world = World::new();
    let cache = world.cache();
    let mut recording = recording(&cache, &command());
    recording.say(Stream::Out, &vec![0; 100_000]);
    drop(recording);
    assert_eq!(world.files().len(), 0);
    assert_eq!(
        cache.reasons(&command()).unwrap(),
        [Reason::NoStamp(cache.stamp_path(&command()))]
    );
}

/// O04.
#[test]
fn an_output_that_is_not_made_warns_and_is_stored_and_stays_stale() {
    for method in METHODS {
        let world = World::new();
        let job = world.making(&[], &["out", "other"]).by(method);
        for _ in 0..2 {
            let did = world.run(&job).ran().stored();
            assert_eq!(did.words(), ["the declared output `out` and 1 more were not made"]);
        }
        world.write("other", "");
        let did = world.run(&job).ran().stored();
        assert_eq!(did.why(), "the output `out` is missing");
        assert_eq!(did.words(), ["the declared output `out` was not made"]);
        // Made later by somebody else.
        world.write("out", "");
        assert_eq!(world.run(&job).replayed().value, did.value);
    }
}

/// O01, O03.
#[test]
fn an_output_counts_by_being_there() {
    let world = World::new();
    let job = world.making(&[], &["out"]);
    world.run_while(&job, || world.write("out", "made")).ran().stored();
    world.write("out", "by hand");
    world.run(&job).replayed();
    world.remove("out");
    assert_eq!(world.reasons(&job), ["the output `out` is missing"]);
    world.run(&job).ran();
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_dangling_link_is_missing() {
    let world = World::new();
    world.link("out", "nowhere");
    let job = world.making(&[], &["out"]);
    let did = world.run(&job).ran();
    assert_eq!(did.words(), ["the declared output `out` was not made"]);
    assert_eq!(world.reasons(&job), ["the output `out` is missing"]);
}

/// X06.
#[test]
fn arguments_are_written_down_only_if_they_may_be() {
    let has_argument = |job: &Job| {
        let world = World::new();
        assert!(recording(&world.cache(), job).save_exit(0).stored);
        let bytes = std::fs::read(world.stamp()).unwrap();
        bytes.windows(15).any(|window| window == b"secret-argument")
    };
    assert!(has_argument(&command()));
    let mut private = command();
    private.record_arguments = false;
    assert!(!has_argument(&private));
}

/// Returns the stories of all stamps.
fn stories(world: &World, keys: &[JobKey]) -> Vec<Story> {
    let store = Store::open(&world.stamps()).unwrap().unwrap();
    let told = |key| store.find(key, Wait::Allowed).unwrap().unwrap().cold(0).unwrap();
    keys.iter().map(|key| told(key).story).collect()
}

#[test]
fn a_story_tells_all_that_the_key_is_made_of() {
    let world = World::new();
    let mut job = command();
    job.scope = Some("main".into());
    let Invocation::Command(command) = &mut job.invocation else {
        unreachable!()
    };
    command.directory = Some("/w".into());
    command.variables = vec![("TZ".into(), Some(Digest::of(b"UTC")))];
    command.joined = true;
    assert!(recording(&world.cache(), &job).save_exit(0).stored);
    let [story] = stories(&world, &[job.key()]).try_into().unwrap();
    let expected = Story {
        arguments: vec!["lint".into(), "-v".into(), "secret-argument".into()],
        program: Some("/bin/lint".into()),
        directory: Some("/w".into()),
        variables: vec![("TZ".into(), Some(Digest::of(b"UTC")))],
        input: Some(Input::Nothing),
        joined: true,
        scope: Some("main".into()),
        parameters: Vec::new(),
    };
    assert_eq!(story, expected);
    assert_eq!(Story::of(&job, &[]), expected);
}

#[test]
fn the_story_of_a_reader_tells_which_input_it_read() {
    let world = World::new();
    let reading = |input| {
        let mut job = command();
        if let Invocation::Command(command) = &mut job.invocation {
            command.input = input;
        }
        job
    };
    let (piped, digest) = (Input::Pipe(PipeState::Empty), Digest::of(b"text"));
    let finish = Finish::Exit {
        code: 0,
        input: InputUse::Read(digest),
    };
    assert!(recording(&world.cache(), &reading(piped)).save(finish).stored);
    let keys = [piped, Input::Bytes(digest)].map(|input| reading(input).key());
    let inputs: Vec<_> = stories(&world, &keys).into_iter().map(|story| story.input).collect();
    assert_eq!(inputs, [Some(Input::Pipe(PipeState::Data)), Some(Input::Bytes(digest))]);
}

#[test]
fn the_story_of_a_call_tells_its_parameters_unless_nothing_is_to_be_written_down() {
    for (is_told, expected) in [(true, 1), (false, 0)] {
        let world = World::new();
        let mut job = Job::call("m:f", "3");
        job.record_arguments = is_told;
        let mut recording = recording(&world.cache(), &job);
        recording.called_with(vec![Parameter {
            name: "n".into(),
            digest: Digest::of(b"3"),
            text: Some("3".into()),
        }]);
        assert!(recording.save_value("9").stored);
        let [story] = stories(&world, &[job.key()]).try_into().unwrap();
        assert_eq!((story.arguments.len(), story.parameters.len()), (expected, expected));
        assert_eq!(story.is_of_call(), is_told);
    }
}

#[test]
fn a_stamp_that_could_run_code_is_not_written_without_a_key() {
    let world = World::new();
    let pickled = || Finish::Value {
        pieces: vec![b"\x80\x05N.".to_vec(), vec![0; 100_000]],
        pickled: true,
    };
    let job = Job::call("f", "");
    let saved = recording(&world.cache(), &job).save(pickled());
    assert!(!saved.stored);
    let warning = saved.warnings[0].to_string();
    assert!(
        warning.ends_with("there is no key to sign it with; not cached"),
        "{warning}"
    );
    assert_eq!(world.files().len(), 0, "nor any part of it");

    let cache = |key| Cache::open(&world.stamps(), clock, key);
    assert!(recording(&cache(Some([1; 32])), &job).save(pickled()).stored);
    assert!(matches!(cache(Some([1; 32])).lookup(&job, None), Lookup::Fresh(_)));
    for other in [None, Some([2; 32])] {
        let Lookup::Stale(stale) = cache(other).lookup(&job, None) else {
            panic!("{other:?}")
        };
        assert_eq!(stale.warnings.len(), 1);
        assert!(matches!(stale.reason, Reason::Damaged(_)));
    }
}

#[test]
fn the_value_of_a_function_comes_back_in_the_pieces_it_was_given() {
    let world = World::new();
    let cache = world.cache();
    let job = Job::call("f", "");
    let pieces = vec![b"small".to_vec(), vec![7; 100_000], Vec::new()];
    let finish = Finish::Value {
        pieces: pieces.clone(),
        pickled: false,
    };
    assert!(recording(&cache, &job).save(finish).stored);
    let Lookup::Fresh(mut hit) = cache.lookup(&job, None) else {
        panic!()
    };
    let parts = hit.replay.take_value().into_iter();
    assert_eq!(parts.map(|part| part.into_bytes().unwrap()).collect::<Vec<_>>(), pieces);
    assert_eq!(hit.replay.take_value().len(), 0);
    assert_eq!(hit.replay.code(), 0);
}

#[test]
fn the_offset_that_a_command_left_its_input_file_at_is_replayed() {
    let world = World::new();
    let cache = world.cache();
    let finish = Finish::Exit {
        code: 0,
        input: InputUse::Left(17),
    };
    assert!(recording(&cache, &command()).save(finish).stored);
    let Lookup::Fresh(hit) = cache.lookup(&command(), None) else {
        panic!()
    };
    assert_eq!(hit.replay.offset(), Some(17));
}
