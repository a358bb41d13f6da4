//! A pipe on standard input: which stamp speaks for it, before a byte of it is read.

use super::world::World;
use PipeState::{Data, Empty, Idle};
use jobstamps::job::{Command, Input, PipeState};
use jobstamps::{Cache, Digest, Finish, InputUse, Job, Lookup, Stream};

#[derive(Debug, PartialEq)]
enum Says {
    Replayed(String),
    ReadsInput,
    Runs(String),
}

fn job(world: &World, input: Input) -> Job {
    let command = Command {
        input,
        ..Command::new("/bin/cat", [""; 0])
    };
    let job = Job {
        program: None,
        ..Job::command(command)
    };
    job.depends_on(world.path("in"))
}

fn bytes(text: &str) -> Input {
    Input::Bytes(Digest::of(text.as_bytes()))
}

fn look_up(world: &World, input: Input) -> Says {
    match world.cache().lookup(&job(world, input), None) {
        Lookup::Fresh(hit) => {
            let mut out = Vec::new();
            hit.replay.to(&mut out, &mut Vec::new()).unwrap();
            Says::Replayed(String::from_utf8(out).unwrap())
        }
        Lookup::ReadsInput => Says::ReadsInput,
        Lookup::Stale(stale) => Says::Runs(world.short(&stale.reason.to_string())),
    }
}

/// Runs the job on `input`; it says `text` and does with its input what `used` says.
fn run(cache: &Cache, job: &Job, text: &str, used: InputUse) {
    let (mut recording, _) = cache.record(job);
    recording.say(Stream::Out, text.as_bytes());
    let saved = recording.save(Finish::Exit { code: 0, input: used });
    assert!(saved.stored, "{:?}", saved.warnings);
}

fn read(text: &str) -> InputUse {
    InputUse::Read(Digest::of(text.as_bytes()))
}

fn world() -> World {
    let world = World::new();
    world.write("in", "");
    world
}

#[test]
fn a_reader_is_stored_under_its_inputs_digest_and_known_as_a_reader() {
    let world = world();
    run(&world.cache(), &job(&world, Input::Pipe(Data)), "a", read("a"));
    for state in [Data, Empty, Idle] {
        assert_eq!(look_up(&world, Input::Pipe(state)), Says::ReadsInput);
        assert_eq!(world.cache().reasons(&job(&world, Input::Pipe(state))), None);
    }
    assert_eq!(look_up(&world, bytes("a")), Says::Replayed("a".into()));
    assert_eq!(look_up(&world, bytes("b")), Says::Runs("it has no stamp yet".into()));
    run(&world.cache(), &job(&world, bytes("b")), "b", InputUse::Known);
    assert_eq!(look_up(&world, bytes("a")), Says::Replayed("a".into()));
    assert_eq!(look_up(&world, bytes("b")), Says::Replayed("b".into()));
}

#[test]
fn a_reader_stays_one_until_a_dependency_changes() {
    let world = world();
    run(&world.cache(), &job(&world, Input::Pipe(Data)), "a", read("a"));
    world.write("in", "other");
    let runs = Says::Runs("the dependency `in` changed: its size was 0 bytes and is 5".into());
    assert_eq!(look_up(&world, Input::Pipe(Data)), runs);
    assert_eq!(look_up(&world, bytes("a")), runs);
}

#[test]
fn the_first_look_that_finds_a_readers_dependency_no_longer_young_refreshes_the_record() {
    let world = World::young();
    world.write("in", "");
    let job = job(&world, Input::Pipe(Data));
    run(&world.cache(), &job, "a", read("a"));
    let stamp = || std::fs::read(world.cache().stamp_path(&job)).unwrap();
    let young = stamp();
    assert_eq!(look_up(&world, Input::Pipe(Data)), Says::ReadsInput);
    assert_eq!(stamp(), young, "while it is young nothing is written");
    world.turn_clock(10);
    assert!(world.cache().peek(&job).is_none() && world.cache().reasons(&job).is_none());
    assert_eq!(stamp(), young, "who only asks writes nothing");
    assert_eq!(look_up(&world, Input::Pipe(Data)), Says::ReadsInput);
    let refreshed = stamp();
    assert_ne!(refreshed, young);
    assert_eq!(look_up(&world, Input::Pipe(Data)), Says::ReadsInput);
    assert_eq!(stamp(), refreshed);
    assert_eq!(look_up(&world, bytes("a")), Says::Replayed("a".into()));
    world.write("in", "other");
    let runs = Says::Runs("the dependency `in` changed: its size was 0 bytes and is 5".into());
    assert_eq!(look_up(&world, Input::Pipe(Data)), runs);
}

#[test]
fn a_non_reader_is_replayed_for_any_pipe() {
    let world = world();
    run(&world.cache(), &job(&world, Input::Pipe(Data)), "x", InputUse::NotRead);
    for state in [Data, Empty, Idle] {
        assert_eq!(look_up(&world, Input::Pipe(state)), Says::Replayed("x".into()));
    }
}

/// `: | jobstamp -- cat`, and then `echo a | jobstamp -- cat` prints a.
#[test]
fn a_run_on_an_empty_or_idle_pipe_speaks_for_such_pipes_alone() {
    for (state, used) in [(Empty, InputUse::Empty), (Idle, InputUse::Idle)] {
        let world = world();
        run(&world.cache(), &job(&world, Input::Pipe(state)), "nothing", used);
        for other in [Data, Empty, Idle] {
            let says = look_up(&world, Input::Pipe(other));
            if other == state {
                assert_eq!(says, Says::Replayed("nothing".into()));
            } else {
                assert_eq!(says, Says::Runs("its standard input is another".into()));
            }
        }
        run(&world.cache(), &job(&world, Input::Pipe(Data)), "a", read("a"));
        assert_eq!(look_up(&world, Input::Pipe(Data)), Says::ReadsInput);
        assert_eq!(look_up(&world, bytes("a")), Says::Replayed("a".into()));
    }
}

#[test]
fn runs_on_empty_idle_and_read_pipes_stand_beside_each_other() {
    let world = world();
    run(&world.cache(), &job(&world, Input::Pipe(Idle)), "idle", InputUse::Idle);
    run(
        &world.cache(),
        &job(&world, Input::Pipe(Empty)),
        "empty",
        InputUse::Empty,
    );
    assert_eq!(look_up(&world, Input::Pipe(Idle)), Says::Replayed("idle".into()));
    assert_eq!(look_up(&world, Input::Pipe(Empty)), Says::Replayed("empty".into()));
}

#[test]
fn a_damaged_newer_stamp_leaves_a_good_older_one_its_say() {
    let world = world();
    run(
        &world.cache(),
        &job(&world, Input::Pipe(Data)),
        "any",
        InputUse::NotRead,
    );
    let large = "x".repeat(100_000);
    run(
        &world.cache(),
        &job(&world, Input::Pipe(Empty)),
        &large,
        InputUse::Empty,
    );
    assert_eq!(look_up(&world, Input::Pipe(Empty)), Says::Replayed(large));
    let blob = world.files().into_iter().find(|file| *file != world.stamp()).unwrap();
    std::fs::remove_file(blob).unwrap();
    assert_eq!(look_up(&world, Input::Pipe(Empty)), Says::Replayed("any".into()));
    // And where the stamp itself is damaged: its bytes begin behind the head and the table of two rows.
    let mut bytes = std::fs::read(world.stamp()).unwrap();
    bytes[72 + 2 * 80 + 40] ^= 1;
    std::fs::write(world.stamp(), bytes).unwrap();
    assert_eq!(look_up(&world, Input::Pipe(Empty)), Says::Replayed("any".into()));
}
