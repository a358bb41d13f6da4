//! Parts of tests that other processes run.

#[cfg(unix)]
use std::fs::File;

#[cfg(unix)]
use super::world::World;

/// Runs programs for a test, such as `mkfifo`.
pub fn command(program: &str, arguments: &[&str]) -> bool {
    std::process::Command::new(program)
        .args(arguments)
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether this is the part of a test that another process runs: see [`elsewhere`].
pub fn is_elsewhere(test: &str) -> bool {
    std::env::var_os("JOBSTAMPS_TEST").is_some_and(|named| named == test)
}

/// Runs `test` of this very program once more, behind the words of `before`, where [`is_elsewhere`] holds for it.
pub fn elsewhere(test: &str, before: &[&str]) -> std::process::Command {
    let program = std::env::current_exe().unwrap();
    let mut words = before.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    words.push(program.into());
    let mut command = std::process::Command::new(&words[0]);
    command
        .args(&words[1..])
        .args(["--exact", test, "--nocapture"])
        .env("JOBSTAMPS_TEST", test);
    command
}

/// Runs `body` with the rights of an ordinary user: in another process if we are root, who may do everything.
#[cfg(unix)]
pub fn unprivileged(test: &str, body: impl FnOnce(&World)) {
    let world = World::new();
    world.write("secret", "").mode("secret", 0o000);
    if File::open(world.path("secret")).is_err() {
        return body(&world);
    }
    let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    match elsewhere(test, &user).env("TMPDIR", "/tmp").status() {
        Ok(status) => assert!(status.success(), "{test} as an ordinary user: {status}"),
        Err(error) => eprintln!("SKIPPED: {test} needs an ordinary user, and setpriv: {error}"),
    }
}
