//! Why a job would run: how it was and how it is, and which remembered job is most like it.

use super::world::{METHODS, World};
use jobstamps::disk::Kind;
use jobstamps::fingerprint::{Seen, ThenAndNow};
use jobstamps::job::{Command, Input, Invocation, Parameter, PipeState};
use jobstamps::{Cache, Digest, Explained, Finish, InputUse, Job, Method, Nearest, Reason};

fn explain(world: &World, job: &Job) -> Vec<Explained> {
    let explanation = world.cache().explain(job).unwrap();
    let reasons: Vec<Reason> = explanation.reasons.iter().map(|one| one.reason.clone()).collect();
    assert_eq!(Some(reasons), world.cache().reasons(job));
    explanation.reasons
}

/// Returns the views of the one reason there is.
fn views(world: &World, job: &Job) -> ThenAndNow {
    let [explained] = explain(world, job).try_into().unwrap();
    explained.views.unwrap()
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn size(seen: &Seen) -> (Option<Kind>, Option<u64>) {
    (seen.kind, seen.size)
}

#[test]
fn a_dependency_is_told_of_as_it_was_and_as_it_is() {
    for method in METHODS {
        let world = World::new();
        world.write("in", "old").age("in", 60);
        let job = world.job(&["in"]).by(method);
        let modified = || jobstamps::disk::look(&world.path("in")).unwrap().unwrap().modified;
        let was = modified();
        world.run(&job).ran().stored();
        assert_eq!(explain(&world, &job), []);
        world.write("in", "other");
        let seen = views(&world, &job);
        assert_eq!(size(&seen.then), (Some(Kind::File), Some(3)), "{method:?}");
        assert_eq!(size(&seen.now), (Some(Kind::File), Some(5)));
        assert_eq!((seen.then.modified, seen.now.modified), (Some(was), Some(modified())));
        // Read only where that of then is known.
        let contents = (seen.then.digest, seen.now.digest);
        if method == Method::Mtime {
            assert_eq!(contents, (None, None));
        } else {
            assert_eq!(contents, (Some(digest("old")), Some(digest("other"))), "{method:?}");
        }
    }
}

#[test]
fn what_is_missing_now_was_something_and_what_appeared_was_nothing() {
    let world = World::new();
    world.write("in", "old");
    let job = world.job(&["in", "absent"]);
    world.run(&job).ran().stored();
    world.remove("in").write("absent", "new");
    let seen: Vec<ThenAndNow> = explain(&world, &job).iter().map(|one| one.views.unwrap()).collect();
    assert_eq!(size(&seen[0].then), (Some(Kind::File), Some(3)));
    assert_eq!(seen[0].now, Seen::default());
    assert_eq!(seen[1].then, Seen::default());
    assert_eq!(size(&seen[1].now), (Some(Kind::File), Some(3)));
}

#[test]
fn of_a_directory_the_first_file_that_differs_is_told_of() {
    for (method, contents) in [
        (Method::Mtime, (None, None)),
        (Method::Hash, (Some(digest("old")), Some(digest("other")))),
    ] {
        let world = World::new();
        world.write("d/a", "same").write("d/b", "old");
        let job = world.job(&["d", "d/*"]).by(method);
        world.run(&job).ran().stored();
        world.write("d/b", "other");
        for explained in explain(&world, &job) {
            let seen = explained.views.unwrap();
            assert_eq!(size(&seen.then), (Some(Kind::File), Some(3)), "{method:?}");
            assert_eq!(size(&seen.now), (Some(Kind::File), Some(5)));
            assert_eq!((seen.then.digest, seen.now.digest), contents);
        }
    }
}

#[test]
fn what_is_new_in_a_directory_was_nothing_then() {
    let world = World::new();
    world.write("d/b", "old");
    let job = world.job(&["d"]).by(Method::Hash);
    world.run(&job).ran().stored();
    world.write("d/a", "new");
    let seen = views(&world, &job);
    assert_eq!(seen.then, Seen::default());
    assert_eq!(size(&seen.now), (Some(Kind::File), Some(3)));
}

#[test]
fn when_the_run_was_is_told_with_its_reasons() {
    let world = World::new();
    world.write("in", "old");
    let job = world.job(&["in"]);
    assert_eq!(world.cache().explain(&job).unwrap().ran, None);
    world.run(&job).ran().stored();
    world.write("in", "other");
    assert!(world.cache().explain(&job).unwrap().ran.is_some());
}

fn command(arguments: &[&str]) -> Job {
    let command = Command {
        directory: Some("/w".into()),
        variables: vec![("LANG".into(), None)],
        ..Command::new("/bin/lint", arguments)
    };
    Job {
        program: None,
        ..Job::command(command)
    }
}

fn remember(cache: &Cache, job: &Job) {
    assert!(cache.record(job).0.save_exit(0).stored);
}

fn told(nearest: Option<Nearest>) -> Vec<String> {
    let nearest = nearest.map(|nearest| nearest.contrasts).unwrap_or_default();
    nearest.iter().map(ToString::to_string).collect()
}

#[test]
fn a_job_that_never_ran_is_told_what_is_other_than_in_the_nearest_one_that_did() {
    let world = World::new();
    let cache = world.cache();
    let asked = command(&["-v", "src", "--fix"]);
    assert_eq!(told(cache.nearest(&asked, &[])), [""; 0]);
    for arguments in [
        &["-v", "src", "--check"][..],
        &["-q", "src", "-x", "--check"],
        &["help"],
    ] {
        remember(&cache, &command(arguments));
    }
    let other_program = Job {
        program: None,
        ..Job::command(Command::new("/bin/fix", ["-v", "src", "--fix"]))
    };
    remember(&cache, &other_program);
    let nearest = cache.nearest(&asked, &[]).unwrap();
    assert_eq!(nearest.key, command(&["-v", "src", "--check"]).key());
    assert!(nearest.ran.is_some());
    assert_eq!(told(Some(nearest)), ["argument 3: `--fix` instead of `--check`"]);
    // A variable is nearer than an argument, and what is asked for is never itself the nearest.
    let mut elsewhere = asked.clone();
    let Invocation::Command(command) = &mut elsewhere.invocation else {
        unreachable!()
    };
    command.variables[0].1 = Some(digest("C"));
    remember(&cache, &elsewhere);
    remember(&cache, &asked);
    assert_eq!(
        told(cache.nearest(&asked, &[])),
        ["the variable `LANG`: it is not set, and was"]
    );
}

#[test]
fn of_jobs_that_are_equally_near_the_last_used_is_named() {
    let world = World::new();
    let cache = world.cache();
    for (name, age) in [("a", 50), ("b", 20), ("c", 90)] {
        let job = command(&[name]);
        remember(&cache, &job);
        let stamp = std::fs::File::open(cache.stamp_path(&job)).unwrap();
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        stamp.set_modified(then).unwrap();
    }
    let nearest = cache.nearest(&command(&["new"]), &[]);
    assert_eq!(told(nearest), ["argument 1: `new` instead of `b`"]);
}

#[test]
fn what_is_not_to_be_written_down_is_never_the_nearest() {
    let world = World::new();
    let cache = world.cache();
    let mut private = command(&["secret"]);
    private.record_arguments = false;
    remember(&cache, &private);
    assert_eq!(told(cache.nearest(&command(&["public"]), &[])), [""; 0]);
    // What is asked for is told of all the same: its caller knows it.
    remember(&cache, &command(&["public"]));
    assert_eq!(
        told(cache.nearest(&private, &[])),
        ["argument 1: `secret` instead of `public`"]
    );
}

#[test]
fn a_reader_is_compared_with_what_it_read() {
    let world = World::new();
    let cache = world.cache();
    let reading = |input| {
        let mut job = command(&["-"]);
        if let Invocation::Command(command) = &mut job.invocation {
            command.input = input;
        }
        job
    };
    let finish = Finish::Exit {
        code: 0,
        input: InputUse::Read(digest("a")),
    };
    let (recording, _) = cache.record(&reading(Input::Pipe(PipeState::Data)));
    assert!(recording.save(finish).stored);
    let nearest = cache.nearest(&reading(Input::Bytes(digest("b"))), &[]);
    assert_eq!(told(nearest), ["standard input: it has another content"]);
}

#[test]
fn a_call_is_compared_with_others_of_its_function() {
    let world = World::new();
    let cache = world.cache();
    let parameters = |n: &str| {
        [("n", n), ("mode", "fast")].map(|(name, value)| Parameter {
            name: name.into(),
            digest: Digest::of(value.as_bytes()),
            text: Some(value.into()),
        })
    };
    let call = |function: &str, n: &str| Job::call(function, n);
    for (function, n) in [("m:f", "2"), ("m:g", "3")] {
        let (mut recording, _) = cache.record(&call(function, n));
        recording.called_with(parameters(n).to_vec());
        assert!(recording.save_value("").stored);
    }
    let nearest = cache.nearest(&call("m:f", "3"), &parameters("3"));
    assert_eq!(told(nearest), ["the argument `n`: `3` instead of `2`"]);
}
