//! What the command takes of our standard input, and what that proves.

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Seek, SeekFrom, Write, pipe};
use std::os::unix::net::UnixStream;

use super::super::Input;
use super::{Player, digest, shell};
use crate::stdin::{Patience, read_ahead};

/// A pipe that holds `bytes`, and its writing end.
fn holding(bytes: &[u8]) -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(bytes).unwrap();
    (reader, writer)
}

fn relay() -> Input {
    Input::Relay
}

fn reader(bytes: &[u8]) -> String {
    format!(
        "input: Reader {{ digest: {:?}, length: {} }}",
        digest(bytes),
        bytes.len()
    )
}

#[test]
fn a_command_that_takes_everything_is_a_reader_of_what_it_took() {
    for bytes in [&b"x"[..], b"a\nb\nc\n", &[7; 4096], &vec![8; 60_000]] {
        let (source, writer) = holding(bytes);
        drop(writer);
        shell("cat")
            .input(source, relay)
            .play()
            .delivered(bytes)
            .says(&reader(bytes));
    }
}

#[test]
fn input_that_comes_while_the_command_runs_reaches_it_piece_by_piece() {
    let (source, mut writer) = pipe().unwrap();
    let mut playing = shell("while read line; do echo $line >&9; done")
        .input(source, relay)
        .start();
    for word in ["one", "two", "three"] {
        writeln!(writer, "{word}").unwrap();
        assert_eq!(playing.wait_for_bell(), word);
    }
    drop(writer);
    playing.finish().says(&reader(b"one\ntwo\nthree\n"));
}

#[test]
fn much_input_arrives_whole() {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let (source, mut writer) = pipe().unwrap();
    let expected = bytes.clone();
    let writing = std::thread::spawn(move || writer.write_all(&bytes).unwrap());
    shell("cat")
        .input(source, relay)
        .play()
        .delivered(&expected)
        .says(&reader(&expected));
    writing.join().unwrap();
}

#[test]
fn a_command_that_enlarges_its_pipe_is_relayed_all_the_same() {
    if !std::path::Path::new("/usr/bin/perl").exists() {
        return eprintln!("SKIPPED: there is no perl to enlarge a pipe with");
    }
    let enlarge = "fcntl(STDIN, 1031, 1048576) or die; print while <STDIN>";
    let bytes = b"some words\n".repeat(5000);
    let (source, writer) = holding(&bytes);
    drop(writer);
    let player = Player::new("/usr/bin/perl", ["perl", "-e", enlarge]);
    player
        .input(source, relay)
        .play()
        .delivered(&bytes)
        .says(&reader(&bytes));
}

#[test]
fn a_socket_is_relayed_like_a_pipe() {
    let (source, mut peer) = UnixStream::pair().unwrap();
    let ours = source.try_clone().unwrap();
    peer.write_all(b"first\nsecond\n").unwrap();
    let script = "read line; echo $line";
    // A shell reads byte by byte from a pipe, so as to take no more than a line.
    shell(script)
        .input(source, relay)
        .play()
        .delivered(b"first\n")
        .says("input: Partial");
    drop(peer);
    let mut rest = String::new();
    (&ours).read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "second\n");

    let (source, mut peer) = UnixStream::pair().unwrap();
    peer.write_all(b"words").unwrap();
    drop(peer);
    shell("cat")
        .input(source, relay)
        .play()
        .delivered(b"words")
        .says(&reader(b"words"));
}

#[test]
fn what_the_command_leaves_stays_the_callers() {
    for (script, proof, left) in [
        ("true", "NonReader", &b"first\nsecond\n"[..]),
        ("exec <&-; true", "NonReader", b"first\nsecond\n"),
        ("read line", "Partial", b"second\n"),
        ("read line; exec <&-; read gate <&8", "Partial", b"second\n"),
        ("cat >/dev/null", "Reader", b""),
        // All bytes are taken and no more can come, although the command never asked for the end.
        ("read line; read line", "Reader", b""),
    ] {
        let (mut source, writer) = holding(b"first\nsecond\n");
        drop(writer);
        let ours = source.try_clone().unwrap();
        shell(script).input(ours, relay).play().says(&format!("input: {proof}"));
        let mut rest = Vec::new();
        source.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, left, "{script}");
    }
}

#[test]
fn a_loop_over_lines_keeps_its_lines() {
    let (source, writer) = holding(b"a\nb\nc\n");
    drop(writer);
    for line in ["a", "b", "c"] {
        let mut byte = [0; 2];
        (&source).read_exact(&mut byte).unwrap();
        assert_eq!(byte[0], line.as_bytes()[0]);
        shell("echo lint")
            .input(source.try_clone().unwrap(), relay)
            .play()
            .delivered(b"lint\n");
    }
}

#[test]
fn an_empty_pipe_and_an_idle_one_prove_different_things() {
    let (source, writer) = pipe().unwrap();
    drop(writer);
    for script in ["true", "cat"] {
        shell(script)
            .input(source.try_clone().unwrap(), relay)
            .play()
            .says("input: Empty");
    }
    let (source, _writer) = pipe().unwrap();
    shell("true").input(source, relay).play().says("input: Idle");
}

#[test]
fn a_process_left_behind_gets_the_end_and_hangs_nothing() {
    let (source, _writer) = holding(b"");
    shell("cat <&0 & exit 0")
        .input(source, relay)
        .play()
        .says("how: Code(0)");
}

#[test]
fn a_file_is_handed_on_and_the_offset_where_the_command_left_off_is_told() {
    let mut file = File::from(rustix::fs::memfd_create("input", rustix::fs::MemfdFlags::CLOEXEC).unwrap());
    file.write_all(b"first\nsecond\n").unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    shell("read line; echo $line")
        .input(file, || Input::File)
        .play()
        .delivered(b"first\n")
        .says("File { offset: 6 }");
}

#[test]
fn nothing_is_there_to_be_read_from_the_null_device() {
    let (source, _writer) = holding(b"word");
    shell("cat")
        .input(source, || Input::Null)
        .play()
        .delivered(b"")
        .says("input: Unwatched");
}

fn spool() -> std::io::Result<File> {
    Ok(File::from(rustix::fs::memfd_create(
        "spool",
        rustix::fs::MemfdFlags::CLOEXEC,
    )?))
}

#[test]
fn input_read_ahead_reaches_the_command_and_names_the_run_whatever_it_takes_of_it() {
    for length in [0, 1, 60_000, 70_000, 300_000] {
        for (script, takes_all) in [("cat", true), ("true", false)] {
            let bytes = vec![5; length];
            let (source, mut writer) = pipe().unwrap();
            let input = bytes.clone();
            let writing = std::thread::spawn(move || writer.write_all(&input).unwrap());
            let ahead = || Input::Ahead(read_ahead(Patience::KEY, &mut spool));
            let report = shell(script).input(source, ahead).play();
            report
                .delivered(if takes_all { &bytes } else { b"" })
                .says(&reader(&bytes));
            writing.join().unwrap();
        }
    }
}

#[test]
fn input_that_cannot_all_be_read_ahead_goes_on_live() {
    // 100 bytes are read ahead.
    let ahead = || {
        Input::Ahead(read_ahead(
            Patience {
                most: 100,
                ..Patience::KEY
            },
            &mut spool,
        ))
    };
    let (source, mut writer) = holding(&[1; 10_000]);
    let mut playing = shell("head -c 10000 >/dev/null; echo ready >&9; cat")
        .input(source, ahead)
        .start();
    playing.wait_for_bell();
    writer.write_all(b"and the rest").unwrap();
    drop(writer);
    let all = [&[1; 10_000][..], b"and the rest"].concat();
    playing.finish().delivered(b"and the rest").says(&reader(&all));
}

#[test]
fn input_that_nobody_takes_to_its_end_after_it_was_read_ahead_in_part_proves_nothing() {
    let ahead = || {
        Input::Ahead(read_ahead(
            Patience {
                most: 100,
                ..Patience::KEY
            },
            &mut spool,
        ))
    };
    let (source, _writer) = holding(&[1; 10_000]);
    shell("head -c 10 >/dev/null")
        .input(source, ahead)
        .play()
        .says("input: Partial");
}

#[test]
fn reading_ahead_gives_up_when_nothing_comes_for_too_long() {
    let (source, mut writer) = holding(b"some");
    let at_once = Patience {
        wait: Some(std::time::Duration::ZERO),
        ..Patience::KNOWN_READER
    };
    let ahead = move || Input::Ahead(read_ahead(at_once, &mut spool));
    let mut playing = shell("head -c 4 >&9; echo >&9; cat").input(source, ahead).start();
    assert_eq!(playing.wait_for_bell(), "some");
    writer.write_all(b"thing").unwrap();
    drop(writer);
    playing.finish().delivered(b"thing").says(&reader(b"something"));
}
