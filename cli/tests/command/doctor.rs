//! `jobstamp doctor` looks at the store and says, a line each, what is so, where, and what to do.
//!
//! What it finds *in* stores is promised in `checkup`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::sandbox::{Sandbox, is_root, skip};
use crate::store::JOB;

/// What doctor said, and the exit code it said it with.
pub struct Said {
    /// The lines, without the last, which sums up.
    pub lines: Vec<String>,
    /// The last.
    pub sum: String,
    code: i32,
}

/// Asks the doctor. It says nothing on standard error, and its exit code says whether there is a problem.
#[track_caller]
pub fn doctor(sandbox: &Sandbox, options: &[&str]) -> Said {
    said(
        &sandbox
            .call([&["jobstamp", "doctor"], options].concat())
            .complains("")
            .output,
    )
}

#[track_caller]
pub fn said(output: &std::process::Output) -> Said {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let said = Said {
        sum: lines.pop().unwrap_or_default(),
        code: output.status.code().unwrap_or(-1),
        lines,
    };
    let has_problem = said.lines.iter().any(|line| line.starts_with("problem "));
    assert_eq!(
        said.code,
        i32::from(has_problem),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

impl Said {
    /// One line begins so and has all these words.
    #[track_caller]
    pub fn has(&self, level: &str, words: &[&str]) -> &Self {
        let fits = |line: &&String| line.starts_with(level) && words.iter().all(|word| line.contains(word));
        assert_eq!(
            self.lines.iter().filter(fits).count(),
            1,
            "{level} {words:?} in {:#?}",
            self.lines
        );
        self
    }

    /// Nothing is worse than ok.
    #[track_caller]
    pub fn is_well(&self) -> &Self {
        let worse: Vec<_> = self.lines.iter().filter(|line| !line.starts_with("ok ")).collect();
        // What the machine that runs the tests has for a disk is not ours to choose.
        let worse: Vec<_> = worse
            .iter()
            .filter(|line| !line.contains("file system: ") && !line.contains("room: "))
            .collect();
        assert!(worse.is_empty(), "{worse:#?}");
        self
    }
}

/// A world with a stamp and a clock that is right.
pub fn with_a_healthy_store() -> Sandbox {
    let sandbox = Sandbox::young();
    sandbox.job(JOB).jobstamp(&[]).ran();
    sandbox
}

#[test]
fn of_a_healthy_store_it_says_where_it_is_and_that_all_is_well() {
    let sandbox = with_a_healthy_store();
    let root = format!("`{}`", sandbox.store().join("jobstamps-v1").display());
    let said = doctor(&sandbox, &[]);
    said.is_well()
        .has("ok ", &["store: ", &root, "as JOBSTAMPS_DIRECTORY says"])
        .has("ok ", &["owner: you alone", "mode 700"])
        .has("ok ", &["stamps: 1 stamp of 1 job", "all are whole"])
        .has("ok ", &["locks: no job runs now"])
        .has("ok ", &["key: there is none yet", "home/.config/jobstamps/key"]);
    assert!(said.sum.starts_with("All is well"), "{}", said.sum);
}

#[test]
fn it_says_who_chose_the_place_and_makes_no_store() {
    let sandbox = Sandbox::young();
    doctor(&sandbox, &[]).has("ok ", &["as JOBSTAMPS_DIRECTORY says; it is not there yet"]);
    doctor(&sandbox, &["--stamp-directory", "a/b"]).has("ok ", &["as --stamp-directory says", "not there yet"]);
    sandbox.variable("JOBSTAMPS_DIRECTORY", "");
    doctor(&sandbox, &[]).has("ok ", &["/tmp/jobstamps-", "the default"]);
    assert!(!sandbox.store().exists() && !sandbox.path("a").exists());
    assert_eq!(fs::read_dir(sandbox.beside("tmp")).unwrap().count(), 0);
}

#[test]
fn it_changes_nothing() {
    let sandbox = with_a_healthy_store();
    sandbox.shell("jobstamp -- seq 30000");
    let all = || {
        let listed = sandbox.shell(r#"find "$JOBSTAMPS_DIRECTORY" "$HOME" -printf '%p %i %s %m %Ts %Cs\n' | sort"#);
        listed.output.stdout
    };
    let before = all();
    for options in [&[][..], &["--deep"], &["--json"]] {
        sandbox.call([&["jobstamp", "doctor"], options].concat()).returns(0);
    }
    // Probe files come and go, so the directory's own times may move.
    let without_root = |listed: Vec<u8>| {
        let text = String::from_utf8(listed).unwrap();
        let kept = text.lines().filter(|line| !line.contains("/jobstamps-v1 "));
        kept.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_root(all()), without_root(before));
}

/// X11.
#[test]
fn for_programs_it_says_the_same_as_json_on_one_line() {
    let sandbox = with_a_healthy_store();
    let odd = sandbox.path("a\n\u{1b}[31m\"b");
    let odd = odd.to_str().unwrap();
    for directory in [odd, sandbox.store().to_str().unwrap()] {
        let done = sandbox.call(["jobstamp", "doctor", "--json", "--stamp-directory", directory]);
        let text = String::from_utf8(done.returns(0).output.stdout.clone()).unwrap();
        assert!(text.ends_with("]}\n") && text.lines().count() == 1, "{text}");
        assert!(!text.trim_end().chars().any(char::is_control), "{text}");
        assert!(
            text.starts_with("{\"store\":\"")
                && text.contains(r#""well":true,"findings":[{"level":"ok","topic":"store""#)
        );
    }
    let done = sandbox.call(["jobstamp", "doctor", "--json", "--stamp-directory", odd]);
    assert!(String::from_utf8_lossy(&done.output.stdout).contains(r#"a\\n\\e[31m\"b"#));
    if !Path::new("/usr/bin/python3").exists() {
        return skip("JSON as another program reads it", "no python3");
    }
    sandbox
        .shell(
            r#"jobstamp doctor --json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["well"])'"#,
        )
        .prints("True\n");
}

/// S11.
#[test]
fn of_a_store_in_an_impossible_place_it_says_that_nothing_is_remembered() {
    let sandbox = Sandbox::young();
    sandbox.write("file", "");
    symlink("nowhere", sandbox.path("dangling")).unwrap();
    sandbox.directory("linked");
    symlink("elsewhere", sandbox.path("linked/jobstamps-v1")).unwrap();
    sandbox.write("taken/jobstamps-v1", "");
    for (place, words) in [
        ("file", "exists and is not a directory"),
        ("file/below", "not"),
        ("linked", "is a symbolic link"),
        ("taken", "is a file"),
    ] {
        let said = doctor(&sandbox, &["--stamp-directory", place]);
        said.has("problem ", &["store: ", words]);
        assert!(said.sum.contains("1 problem"), "{}", said.sum);
        sandbox
            .call(["jobstamp", "--stamp-directory", place, "--", "true"])
            .says("warning: ");
    }
    doctor(&sandbox, &["--stamp-directory", "dangling"]).has("ok ", &["way: ", "is a link to `nowhere`"]);
}

/// X01.
#[test]
fn of_a_store_that_others_have_a_hand_in_it_says_that_it_is_not_used() {
    let sandbox = with_a_healthy_store();
    let root = sandbox.store().join("jobstamps-v1");
    let set = |mode| fs::set_permissions(&root, fs::Permissions::from_mode(mode)).unwrap();
    set(0o777);
    let said = doctor(&sandbox, &[]);
    said.has(
        "problem ",
        &["store: ", "is writable by all", "nothing is remembered", "chmod 700"],
    );
    set(0o770);
    doctor(&sandbox, &[]).has("note ", &["owner: ", "its group may write there", "chmod 700"]);
    set(0o755);
    doctor(&sandbox, &[]).has("note ", &["owner: ", "others may see"]);
}

/// X01, X16.
#[test]
fn of_another_users_store_it_looks_at_nothing_and_says_whom_to_ask() {
    if !is_root("a store of another user") {
        return;
    }
    let sandbox = with_a_healthy_store();
    sandbox.arrange(r#"chown -R 65534 "$JOBSTAMPS_DIRECTORY""#);
    let traced = |line: &str| sandbox.shell(line).output;
    let said_to_root = said(&traced("jobstamp doctor"));
    said_to_root.has(
        "problem ",
        &[
            "store: ",
            "owned by uid 65534",
            "sudo -u '#65534' jobstamp doctor --stamp-directory `",
        ],
    );
    assert!(!said_to_root.lines.iter().any(|line| line.contains("stamps: ")));
    // The owner himself, who finds all well; and a third, who finds what root found, without the advice.
    let as_user = |user: u32| traced(&format!("setpriv --reuid {user} --clear-groups jobstamp doctor"));
    said(&as_user(65534)).has("ok ", &["owner: you alone (uid 65534"]);
    let third = said(&as_user(65533));
    third.has("problem ", &["store: ", "belongs to uid 65534", "find out who made it"]);
    // Somebody else's rights.
    said(&traced("setpriv --ruid 65534 jobstamp doctor")).has("problem ", &["user: "]);
}

/// X02.
#[test]
fn of_a_directory_above_that_everybody_may_write_it_says_what_could_happen() {
    let sandbox = Sandbox::young();
    sandbox.directory("open/within");
    let place = ["--stamp-directory", "open/within/store"];
    sandbox
        .call([&["jobstamp"][..], &place, &["--", "true"]].concat())
        .complains("");
    let set = |mode| fs::set_permissions(sandbox.path("open"), fs::Permissions::from_mode(mode)).unwrap();
    set(0o777);
    doctor(&sandbox, &place).has("problem ", &["way: everybody may write in", "open`", "chmod"]);
    set(0o1777);
    doctor(&sandbox, &place).is_well();
    if !is_root("links and directories of another user") {
        return;
    }
    symlink("open", sandbox.path("link")).unwrap();
    rustix::fs::chownat(
        CWD,
        sandbox.path("link"),
        rustix::process::Uid::from_raw(65534).into(),
        None,
        rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
    )
    .unwrap();
    let by_link = ["--stamp-directory", "link/within/store"];
    doctor(&sandbox, &by_link).has("problem ", &["way: ", "is a link to `open`", "belongs to uid 65534"]);
    // sudo: where another user's directory is, nothing of ours will be made.
    sandbox.directory("theirs");
    chown(sandbox.path("theirs"), Some(65534), None).unwrap();
    let said = doctor(&sandbox, &["--stamp-directory", "theirs/store"]);
    said.has(
        "problem ",
        &["store: ", "cannot be made", "in a directory owned by uid 65534"],
    );
}

/// S03, S21.
#[test]
fn what_other_versions_keep_beside_ours_is_named() {
    let sandbox = with_a_healthy_store();
    for name in ["jobstamps-v2", "jobstamps-v17"] {
        fs::create_dir(sandbox.store().join(name)).unwrap();
    }
    doctor(&sandbox, &[]).has(
        "note ",
        &[
            "versions: ",
            "jobstamps-v2, jobstamps-v17",
            "neither touches the other's",
        ],
    );
}

#[test]
fn the_users_key_is_looked_at_and_never_made() {
    let sandbox = with_a_healthy_store();
    let folder = sandbox.beside("home/.config/jobstamps");
    let key = folder.join("key");
    doctor(&sandbox, &[]).has("ok ", &["key: there is none yet"]);
    assert!(!folder.exists());
    fs::create_dir_all(&folder).unwrap();
    let set = |bytes: &[u8], mode| {
        fs::write(&key, bytes).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&[7; 32], 0o600);
    doctor(&sandbox, &[]).has("ok ", &["key: Python's values are signed with", "only you can read"]);
    set(&[7; 32], 0o644);
    doctor(&sandbox, &[]).has("problem ", &["key: ", "its mode is 644", "chmod 600"]);
    set(&[7; 31], 0o600);
    doctor(&sandbox, &[]).has("problem ", &["key: ", "it has 31 bytes, not 32"]);
    fs::remove_file(&key).unwrap();
    mknodat(CWD, &key, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    doctor(&sandbox, &[]).has("problem ", &["key: ", "it is a fifo"]);
    sandbox.variable("JOBSTAMPS_KEY", "short");
    doctor(&sandbox, &[]).has("note ", &["key: JOBSTAMPS_KEY has only 5 bytes"]);
    sandbox
        .variable("JOBSTAMPS_KEY", "")
        .variable("HOME", "")
        .variable("XDG_CONFIG_HOME", "relative");
    // Where the user has a home by /etc/passwd, it is that.
    let said = doctor(&sandbox, &[]);
    assert!(
        !said.lines.iter().any(|line| line.contains("relative")),
        "{:#?}",
        said.lines
    );
}

#[test]
fn variables_that_are_set_are_told_with_their_effect() {
    let sandbox = with_a_healthy_store();
    for (name, value, level, words) in [
        ("JOBSTAMPS_DISABLED", "1", "note ", "every job runs"),
        ("JOBSTAMPS_DEBUG", "1", "ok ", "says why it ran"),
        ("JOBSTAMPS_ALWAYS_USE_HASHES", "1", "ok ", "compared by content"),
        ("JOBSTAMPS_DISABLE", "1", "note ", "means nothing to us"),
        (
            "JOBSTAMPS_DIRECTORY",
            "store",
            "note ",
            "another store in each working directory",
        ),
    ] {
        doctor(sandbox.variable(name, value), &[]).has(level, &["variables: ", name, words]);
    }
}

#[test]
fn what_it_cannot_understand_is_said_with_2() {
    let sandbox = Sandbox::new();
    for (words, complaint) in [
        (&["--", "true"][..], "unexpected word `--`: doctor takes no command"),
        (&["--use-hashes"], "doctor has no option --use-hashes"),
        (&["--stamp-directory"], "--stamp-directory needs a value"),
    ] {
        let done = sandbox.call([&["jobstamp", "doctor"], words].concat());
        done.prints("").says(complaint).returns(2);
    }
    let done = sandbox.call(["jobstamp", "doctor", "--help"]).returns(0);
    assert!(done.output.stdout.starts_with(b"usage: jobstamp doctor "));
}

#[test]
fn what_it_prints_for_programs_is_as_documented() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    let json = |line: &str| sandbox.shell(line).complains("").output.stdout.clone();
    let outputs = [
        json("jobstamp doctor --json"),
        json("jobstamp doctor --json --stamp-directory file"),
    ];
    crate::documented::check("doctor", &outputs);
}
