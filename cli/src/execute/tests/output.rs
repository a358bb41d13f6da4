//! What the command says, on its way to us.

use std::fs::File;
use std::io::{Read, pipe};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::{Player, shell};

#[test]
fn every_exit_code_is_the_commands_own() {
    for code in 0..=255 {
        let report = shell(&format!("exit {code}")).play();
        report.says(&format!("how: Code({code})"));
        assert_eq!(report.status.exit_status(), Some(code));
    }
}

#[test]
fn a_death_by_signal_is_told() {
    for signal in [1, 2, 3, 6, 9, 11, 13, 15] {
        let report = shell(&format!("ulimit -c 0; kill -{signal} $$")).play();
        report.says(&format!("how: Signal({signal})")).says("interrupted: None");
        assert_eq!(report.status.exit_status(), Some(128 + signal));
    }
}

#[test]
fn every_byte_of_both_streams_is_forwarded_and_recorded() {
    let report = shell(r"printf '\000\377\r\n no newline'; printf '\200' >&2").play();
    report.delivered(b"\0\xff\r\n no newline");
    assert_eq!(
        (report.err.as_slice(), report.recorded_err.as_slice()),
        (&b"\x80"[..], &b"\x80"[..])
    );
}

#[test]
fn much_output_arrives_whole() {
    let report = shell("seq 1 1000000; seq 1 300000 >&2").play();
    let numbers = |last: u32| {
        (1..=last)
            .flat_map(|number| format!("{number}\n").into_bytes())
            .collect::<Vec<u8>>()
    };
    assert!(report.out == numbers(1_000_000) && report.recorded_out == report.out);
    assert!(report.err == numbers(300_000) && report.recorded_err == report.err);
}

#[test]
fn output_is_forwarded_while_the_command_goes_on() {
    let mut playing = shell("printf x; read gate <&8; printf y").start();
    let mut byte = [0];
    playing.out.as_mut().unwrap().read_exact(&mut byte).unwrap();
    assert_eq!(byte, *b"x");
    playing.open_gate();
    assert_eq!(playing.finish().out, b"y");
}

#[test]
fn joined_streams_keep_their_exact_order() {
    let (mut reader, writer) = pipe().unwrap();
    let player = shell("for n in 1 2 3 4 5 6 7 8 9; do echo out $n; echo err $n >&2; done");
    let report = player.out(writer.try_clone().unwrap()).err(writer).joined().play();
    let expected: Vec<u8> = (1..10)
        .flat_map(|n| format!("out {n}\nerr {n}\n").into_bytes())
        .collect();
    let mut arrived = String::new();
    reader.read_to_string(&mut arrived).unwrap();
    assert_eq!(
        (arrived.as_bytes(), report.recorded_out.as_slice()),
        (&expected[..], &expected[..])
    );
}

#[test]
fn a_command_that_closes_its_output_is_waited_for() {
    let mut playing = shell("exec >&- 2>&-; echo closed >&9; read gate <&8; exit 5").start();
    playing.wait_for_bell();
    playing.open_gate();
    playing.finish().says("how: Code(5)");
}

#[test]
fn what_a_process_left_behind_still_writes_is_delivered() {
    // The one left behind waits until its parent has ended and has been reaped.
    shell("(while kill -0 $$ 2>/dev/null; do :; done; echo late) & exit 3")
        .play()
        .delivered(b"late\n")
        .says("Code(3)");
}

#[test]
fn a_reader_that_goes_away_breaks_the_commands_pipe() {
    let mut playing = Player::new("/usr/bin/yes", ["yes"]).start();
    let mut byte = [0];
    playing.out.as_mut().unwrap().read_exact(&mut byte).unwrap();
    playing.out = None;
    playing.finish().says("how: Signal(13)").says("BrokenPipe");
}

#[test]
fn a_broken_standard_error_leaves_standard_output_alone() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    // The loop writes through a copy: the shell's own complaint goes nowhere.
    let player = shell("trap '' PIPE; exec 7>&2 2>/dev/null; while echo x >&7; do :; done; echo still here");
    let report = player.err(writer).play();
    report
        .delivered(b"still here\n")
        .says("Code(0)")
        .says("(Err, Os { code: 32");
}

#[test]
fn output_that_our_stream_cannot_take_is_recorded_all_the_same() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let report = shell("seq 1 100000").out(full).play();
    report.says("how: Code(0)").says("(Out, Os { code: 28");
    assert_eq!(report.recorded_out.len(), 588_895);
}

#[test]
fn a_pipe_gets_every_byte_and_its_flags_stay_as_they_are() {
    for flags in [OFlags::empty(), OFlags::NONBLOCK] {
        let (mut reader, writer) = pipe().unwrap();
        let before = fcntl_getfl(&writer).unwrap() | flags;
        fcntl_setfl(&writer, before).unwrap();
        let ours = writer.try_clone().unwrap();
        let mut playing = shell("seq 1 200000").out(writer).start();
        // Once the first byte has come, everything is set up.
        reader.read_exact(&mut [0]).unwrap();
        assert_eq!(fcntl_getfl(&ours).unwrap(), before);
        drop(ours);
        playing.out = Some(reader);
        assert_eq!(playing.finish().out.len(), 1_288_894);
    }
}

#[test]
fn a_socket_gets_every_byte() {
    let (mut reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
    let reading = std::thread::spawn(move || {
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        all.len()
    });
    shell("seq 1 200000").out(writer).play().says("lost: None");
    assert_eq!(reading.join().unwrap(), 1_288_895);
}

#[test]
fn a_slow_reader_of_one_stream_does_not_stop_the_other() {
    let mut playing = shell("seq 1 200000 & wait=$!; read gate <&8; echo word >&2; wait $wait").start();
    playing.open_gate();
    let mut word = [0; 5];
    playing.err.as_mut().unwrap().read_exact(&mut word).unwrap();
    assert_eq!(word, *b"word\n");
    assert_eq!(playing.finish().out.len(), 1_288_895);
}

#[test]
fn a_reader_that_accepts_nothing_for_a_second_is_told_once() {
    let mut playing = shell("seq 1 200000").start();
    assert_eq!(playing.wait_for_bell(), "stalled");
    let report = playing.finish();
    report.says("stalls: 1").says("Code(0)");
    assert_eq!(report.out.len(), 1_288_895);
}

#[test]
fn a_closed_stream_is_closed_for_the_command_and_nothing_of_ours_lands_there() {
    let script = "for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && echo $n >&9; done; exit 0";
    for closed in 0..8 {
        let mut player = shell(script);
        let mut expected = String::new();
        if closed & 1 != 0 {
            player = player.closed_input();
        } else {
            expected += "0\n";
        }
        if closed & 2 != 0 {
            player = player.closed_out();
        } else {
            expected += "1\n";
        }
        if closed & 4 != 0 {
            player = player.closed_err();
        } else {
            expected += "2\n";
        }
        assert_eq!(player.play().rung, expected);
    }
}

#[test]
fn the_command_gets_the_descriptors_that_we_got_and_no_other() {
    let report = shell("cd /proc/$$/fd; echo *").play();
    // 8 and 9 are the test's; the shell has none open while it expands, but for the directory it reads.
    let numbers: Vec<&str> = std::str::from_utf8(&report.out).unwrap().split_whitespace().collect();
    assert_eq!(&numbers[..3], ["0", "1", "2"]);
    assert!(numbers.ends_with(&["8", "9"]) && numbers.len() <= 6, "{numbers:?}");
}
