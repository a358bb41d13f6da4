//! What is kept, and who looks after it: `list`, `show`, `forget`, `sweep`, `path`.

mod forget;
mod list;
mod show;
mod sweep;

use std::time::SystemTime;

use jobstamps::job::{Code, CodePart, Parameter};
use jobstamps::{Cache, Digest, Job};
use serde_json::Value;

use crate::sandbox::Sandbox;

/// Remembers a call of `f(x=1)`, as Python does.
fn call(sandbox: &Sandbox) {
    let cache = Cache::open(&sandbox.store(), || SystemTime::now().into(), None);
    let part = CodePart {
        name: "f".to_owned(),
        digest: Digest::of(b"return"),
    };
    let (mut recording, _) = cache.record(&Job {
        code: Some(Code::of("module:f", vec![part])),
        ..Job::call("module:f", "1")
    });
    recording.called_with(vec![Parameter {
        name: "x".to_owned(),
        digest: Digest::of(b"1"),
        text: Some("1".to_owned()),
    }]);
    assert!(recording.save_value("one").stored);
}

/// Returns what a line of shell prints for programs.
#[track_caller]
fn json(sandbox: &Sandbox, line: &str) -> Value {
    let done = sandbox.shell(line).ran_times(0).complains("");
    serde_json::from_slice(&done.output.stdout).unwrap()
}

/// Returns what `jobstamp list` with these options has of each job, in its order.
#[track_caller]
fn listed(sandbox: &Sandbox, options: &str) -> Vec<String> {
    let list = json(sandbox, &format!("jobstamp list --json {options}"));
    let job = |one: &Value| one["job"].as_str().unwrap().to_owned();
    list["jobs"].as_array().unwrap().iter().map(job).collect()
}

/// Returns the key of the job that is listed so.
#[track_caller]
fn key(sandbox: &Sandbox, job: &str) -> String {
    let list = json(sandbox, "jobstamp list --json --all");
    let mut all = list["jobs"].as_array().unwrap().iter();
    let found = all.find(|one| one["job"] == job);
    found.expect(job)["key"].as_str().unwrap().to_owned()
}

/// Two beginnings fit one line, and no job runs.
#[test]
fn path_prints_where_the_store_is_and_where_the_stamps_of_a_command_are() {
    let sandbox = Sandbox::new();
    let root = sandbox.store().join("jobstamps-v1");
    let line = |path: &std::path::Path| format!("{}\n", path.display());
    sandbox.shell("jobstamp path").prints(line(&root)).returns(0);
    assert!(!sandbox.store().exists(), "asking makes no directory");
    sandbox
        .shell("jobstamp path --stamp-directory other")
        .prints(line(&sandbox.path("other/jobstamps-v1")));
    let asked = sandbox
        .shell("jobstamp path -- tallied echo a")
        .ran_times(0)
        .output
        .stdout
        .clone();
    sandbox.shell("jobstamp -- tallied echo a 2>&1 | cat").ran();
    // Once it is there, it is that one, whatever became of the streams of its run.
    let stamp = sandbox.stamps().remove(0);
    sandbox.shell("jobstamp path -- tallied echo a").prints(line(&stamp));
    assert_ne!(asked, line(&stamp).as_bytes(), "its streams went to one place");
    sandbox.shell("jobstamp path -- no-such-program").returns(127);
    let path = json(&sandbox, "jobstamp path --json -- tallied echo a");
    assert_eq!(path["path"], stamp.to_str().unwrap());
}

#[test]
fn what_is_printed_for_programs_is_as_documented() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").write("src/a", "1");
    call(&sandbox);
    let job =
        "--use-hashes --scope s --dependencies in src 's*/a' gone --output-files out -- tallied sh -c 'echo >out'";
    sandbox.shell(&format!("jobstamp {job}")).ran();
    sandbox.shell("printf x | jobstamp -- tallied cat").ran();
    sandbox.shell("printf '' | jobstamp -- tallied cat -").ran();
    sandbox.shell("TZ=UTC jobstamp -- tallied true 2>&1").ran();
    let print = |line: &str| {
        let done = sandbox.shell(&format!("jobstamp {line}"));
        done.ran_times(0).complains("").output.stdout.clone()
    };
    let keys = listed_keys(&sandbox);
    let check = |name: &str, outputs: &[Vec<u8>]| crate::documented::check(name, outputs);
    check("list", &[print("list --json")]);
    let shown: Vec<Vec<u8>> = keys.iter().map(|key| print(&format!("show --json {key}"))).collect();
    check("show", &shown);
    check("path", &[print("path --json")]);
    check("sweep", &[print("sweep --json --dry-run"), print("sweep --json")]);
    check(
        "forget",
        &[print("forget --json --dependency in"), print("forget --json --all")],
    );
}

fn listed_keys(sandbox: &Sandbox) -> Vec<String> {
    let list = json(sandbox, "jobstamp list --json --all");
    let all = list["jobs"].as_array().unwrap();
    all.iter().map(|one| one["key"].as_str().unwrap().to_owned()).collect()
}

/// What cannot be used is told in a line, and nothing is made.
#[test]
fn a_store_that_cannot_be_used_is_told_in_a_line() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.store(), "").unwrap();
    for words in [
        "list",
        "show 1234",
        "forget 1234",
        "forget --all",
        "sweep",
        "show -- true",
    ] {
        sandbox
            .shell(&format!("jobstamp {words}"))
            .prints("")
            .says(" exists and is not a directory.\n")
            .returns(125);
    }
}
