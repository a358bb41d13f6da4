//! Signals as the command inherits them from us.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::super::signals::{Disposition, set_disposition};
use super::player::heed_signals;
use super::{Player, shell};

fn ignore(signal: i32) {
    set_disposition(signal, Disposition::ignore());
}

fn block(signal: i32) {
    // SAFETY: plain calls on a set that lives through them.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
    }
}

#[test]
fn dispositions_and_mask_are_those_that_we_inherited() {
    let setups: [(&str, fn()); 7] = [
        ("nothing", || ()),
        ("SIGPIPE ignored", || ignore(libc::SIGPIPE)),
        ("SIGXFSZ ignored", || ignore(libc::SIGXFSZ)),
        ("SIGHUP ignored", || ignore(libc::SIGHUP)),
        ("SIGCHLD ignored", || ignore(libc::SIGCHLD)),
        ("SIGTERM blocked", || block(libc::SIGTERM)),
        ("SIGCHLD blocked", || block(libc::SIGCHLD)),
    ];
    for (name, setup) in setups {
        let arguments = ["grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status"];
        let report = Player::new("/bin/grep", arguments).prepare(setup).play();
        let mut direct = Command::new("/bin/grep");
        direct.args(&arguments[1..]);
        // SAFETY: the set-up only makes system calls. It runs after std has put SIGPIPE back to its default.
        unsafe {
            direct.pre_exec(move || {
                heed_signals();
                setup();
                Ok(())
            });
        }
        let expected = direct.output().unwrap().stdout;
        assert_eq!(
            String::from_utf8(report.out).unwrap(),
            String::from_utf8(expected).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn an_exit_code_is_known_although_the_ends_of_children_were_to_be_ignored() {
    shell("exit 7")
        .prepare(|| ignore(libc::SIGCHLD))
        .play()
        .says("how: Code(7)");
}

#[test]
fn the_environment_is_unchanged() {
    let change = || {
        // Rust's own `set_var` takes a lock that another test may have held when the player was forked.
        // SAFETY: the player has one thread.
        unsafe { libc::setenv(c"JOBSTAMP_TEST_WORD".as_ptr(), c"\u{e9} = \n".as_ptr(), 1) };
    };
    shell("printf %s \"$JOBSTAMP_TEST_WORD\"")
        .prepare(change)
        .play()
        .delivered("\u{e9} = \n".as_bytes());
}
