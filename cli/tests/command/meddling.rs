//! Jobs that meddle with the store, and what happens to the outputs that were declared.

use std::fs;
use std::os::unix::fs::symlink;

use crate::sandbox::{Did, Sandbox};

/// C33. Whatever it does there, its result is its own, and what is found there next time is right or nothing.
#[test]
fn a_job_that_meddles_with_the_store_costs_itself_the_memory_and_no_result() {
    for meddling in [
        r#"rm -rf "$S""#,
        r#"rm -rf "$S/jobstamps-v1""#,
        r#"rm -rf "$S/jobstamps-v1"/??"#,
        r#"find "$S" -type f -delete"#,
        r#"find "$S" -name "*.lock" -delete"#,
        r#"rm -rf "$S"; echo > "$S""#,
        r#"rm -rf "$S"; mkdir other; ln -s "$PWD/other" "$S""#,
        r#"rm -rf "$S/jobstamps-v1"; mkdir other; ln -s "$PWD/other" "$S/jobstamps-v1""#,
        r#"mv "$S" "$S.moved"; mkdir "$S""#,
        r#"for f in $(find "$S" -type f); do echo damage > $f; done"#,
        r#"for f in $(find "$S" -type f); do : > $f; done"#,
        r#"find "$S" -type d -exec touch {}/litter \;"#,
        r#"chmod 777 "$S/jobstamps-v1""#,
        r#"chmod -R a-w "$S""#,
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("in", "1").write("meddle", "");
        sandbox.variable("S", sandbox.store());
        let call =
            || sandbox.shell("jobstamp --dependencies in -- tallied sh -c '. ./meddle; seq 30000; cat in; exit 3'");
        let seq = sandbox.shell("seq 30000").output.stdout.clone();
        let expected = |last: &str| [&seq[..], last.as_bytes()].concat();
        call().ran();
        // A stale stamp, with a blob, is there when it begins.
        sandbox.write("in", "2").write("meddle", meddling);
        call().ran().prints(expected("2")).returns(3);
        sandbox.write("meddle", "");
        for last in ["2", "3"] {
            sandbox.write("in", last);
            call().prints(expected(last)).returns(3);
            call().prints(expected(last)).returns(3);
        }
        // Nothing of it was followed out of the store.
        assert!(
            fs::read_dir(sandbox.path("other")).map_or(0, Iterator::count) <= 1,
            "{meddling}"
        );
        sandbox.arrange(r#"chmod -R u+w "$S"; rm -rf "$S" "$S.moved""#);
        call().ran().complains("");
        call().replayed().prints(expected("3")).complains("");
    }
}

/// O01, O02, O03. What counts is that it is there.
#[test]
fn an_output_that_was_changed_or_replaced_is_left_as_it_is() {
    for (change, did) in [
        (":", Did::Replay),
        ("printf edited > out", Did::Replay),
        (": > out", Did::Replay),
        ("chmod 000 out", Did::Replay),
        ("rm out; mkdir out; echo precious > out/file", Did::Replay),
        ("rm out; ln -s elsewhere out; echo precious > elsewhere", Did::Replay),
        ("rm out; mkfifo out", Did::Replay),
        ("rm out", Did::Run),
        ("rm out; ln -s nowhere out", Did::Run),
    ] {
        let sandbox = Sandbox::new();
        let line = "jobstamp --output-files out -- tallied sh -c 'echo said; rm -f out; echo made > out'";
        sandbox.shell(line).ran().prints("said\n").complains("");
        sandbox.arrange(change);
        let look =
            "ls -lR --time-style=full-iso . | grep -v ^total; test -f out && cat out; cat elsewhere out/file 2>&-; :";
        let before = sandbox.shell(look).output.stdout.clone();
        sandbox.shell(line).did(did).prints("said\n").complains("");
        if did == Did::Replay {
            sandbox.shell(look).prints(before);
        } else {
            assert_eq!(sandbox.read("out"), b"made\n", "{change}");
        }
    }
}

/// O01. Through a link that was there before.
#[test]
fn an_output_that_is_a_link_is_there_when_what_it_leads_to_is() {
    let sandbox = Sandbox::new();
    symlink("real", sandbox.path("out")).unwrap();
    let line = "jobstamp --output-files out -- tallied sh -c 'echo made > out'";
    sandbox.shell(line).ran();
    sandbox.shell(line).replayed();
    sandbox.remove("real").shell(line).ran();
    assert_eq!(sandbox.read("real"), b"made\n");
}
