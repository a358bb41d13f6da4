//! Has the linker put side by side what a hit touches (`hit.ld`, made by `make layout`).
//!
//! Only in the program that people run, which is linked statically against musl: the names listed are those of that program.
//! GNU ld and LLD both understand the script; where somebody has chosen a linker of their own, nothing is asked of it.
//! Constants and code are mapped as one, since each mapping more costs the kernel microseconds at the start and at the end.
//! RELRO would cost a page more, and nothing turns it on in such a program: that is the work of the loader that it does not
//! have.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=hit.ld");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if env::var_os("RUSTC_LINKER").is_some() || flags.contains("link") {
        return;
    }
    if (&*target("ARCH"), &*target("OS"), &*target("ENV")) != ("x86_64", "linux", "musl") {
        return;
    }
    // Where musl is the system's own library, programs are linked dynamically: their loader does turn RELRO on.
    if !target("FEATURE").split(',').any(|feature| feature == "crt-static") {
        return;
    }
    let script = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("hit.ld");
    for argument in [
        format!("-Wl,--script={}", script.display()),
        "-Wl,-z,norelro".to_owned(),
        "-Wl,-z,noseparate-code".to_owned(),
    ] {
        println!("cargo::rustc-link-arg-bin=jobstamp={argument}");
    }
}
