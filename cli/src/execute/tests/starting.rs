//! Commands that start, and that do not.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{Write, pipe};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::super::Input;
use super::{Player, shell};

/// Writes a file for this test alone and returns its path.
fn file(name: &str, content: &str, mode: u32) -> PathBuf {
    // Among what was built, so that nothing is left behind elsewhere.
    let built = std::env::current_exe().unwrap();
    let directory = built.with_file_name(format!("execute-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn what_cannot_be_started_is_told_in_the_words_of_a_shell() {
    let plain = file("plain", "echo", 0o644);
    let orphan = file("orphan", "#!/no/such/interpreter -x\n", 0o755);
    let strange = file("strange", &format!("#!{}\n", plain.display()), 0o755);
    for (program, words) in [
        (
            PathBuf::from("/no/such/file"),
            "command not found; exit code 127".to_owned(),
        ),
        (PathBuf::from("/"), "Is a directory; exit code 126".to_owned()),
        (PathBuf::from("/bin/sh/x"), "Not a directory; exit code 126".to_owned()),
        (plain.clone(), "Permission denied; exit code 126".to_owned()),
        (
            orphan,
            "bad interpreter `/no/such/interpreter`: No such file or directory; exit code 127".to_owned(),
        ),
        (
            strange,
            format!(
                "bad interpreter `{}`: Permission denied; exit code 126",
                plain.display()
            ),
        ),
    ] {
        let report = Player::new(&program, [&program]).play();
        assert_eq!(report.ended, words, "{}", program.display());
    }
}

#[test]
fn too_many_arguments_are_told() {
    let much = "x".repeat(100_000);
    let arguments = std::iter::once("echo").chain(std::iter::repeat_n(much.as_str(), 200));
    assert_eq!(
        Player::new("/bin/echo", arguments).play().ended,
        "Argument list too long; exit code 126"
    );
}

#[test]
fn a_script_without_an_interpreter_is_given_to_the_shell() {
    let script = file("script", "echo \"$0 $1\"\n", 0o755);
    let expected = format!("{} word\n", script.display());
    Player::new(&script, ["other name", "word"])
        .play()
        .delivered(expected.as_bytes());
}

#[test]
fn arguments_arrive_byte_for_byte() {
    let long = "y".repeat(128 * 1024 - 1);
    let arguments: [&OsStr; 7] = [
        OsStr::new("printf"),
        OsStr::new("[%s]"),
        OsStr::new(""),
        OsStr::new("a\nb"),
        OsStr::from_bytes(b"\xff"),
        OsStr::new("--"),
        OsStr::new(&long),
    ];
    let expected = [b"[][a\nb][\xff][--][", long.as_bytes(), b"]"].concat();
    Player::new("/usr/bin/printf", arguments).play().delivered(&expected);
}

/// Leaves the player `free` descriptors to open.
fn limit(free: usize) {
    let few = libc::rlimit {
        rlim_cur: 40,
        rlim_max: 40,
    };
    // SAFETY: a plain system call on a value that lives through it.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few) };
    let mut files: Vec<_> = std::iter::from_fn(|| fs::File::open("/dev/null").ok()).collect();
    files.truncate(files.len() - free);
    std::mem::forget(files);
}

#[test]
fn with_however_few_descriptors_the_command_runs_and_is_heard() {
    for free in 1..12 {
        let (source, mut writer) = pipe().unwrap();
        writer.write_all(b"word\n").unwrap();
        drop(writer);
        let player = shell("read line; echo $line; echo err >&2; exit 4");
        let report = player
            .input(source, || Input::Relay)
            .prepare(move || limit(free))
            .play();
        report.says("how: Code(4)");
        assert_eq!(
            (report.out.as_slice(), report.err.as_slice()),
            (&b"word\n"[..], &b"err\n"[..]),
            "{free}"
        );
    }
}

#[test]
fn without_descriptors_for_pipes_the_command_runs_unrecorded() {
    let report = shell("echo word; exit 4").prepare(|| limit(1)).play();
    assert_eq!(
        (report.out.as_slice(), report.recorded_out.as_slice()),
        (&b"word\n"[..], &b""[..])
    );
    report.says("how: Code(4)").says("unrecorded: Some(Os { code: 24");
}
