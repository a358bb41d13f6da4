//! The `jobstamp` command: runs a command once, and from then on replays it while nothing it depends on has changed.
//!
//! Words come in (`arguments`, `surroundings`), become a job (`identity`, `source`), which is looked up and replayed or
//! run (`session`, over `execute` and `stdin`) and perhaps remembered (`keeping`); words go out (`voice`).
#![cfg_attr(all(unix, not(test)), no_main)]

mod arena;
mod cold;
mod definitions;
mod options;
mod arguments;
mod variables;
mod surroundings;
mod units;
mod paint;
mod screen;
mod table;
mod progress;
mod voice;
mod meant;
mod help;
mod manual;
mod completions;
mod lists;
mod identity;
mod stdin;
mod execute;
mod source;
mod keeping;
mod wait;
mod session;
mod asked;
mod why;
mod json;
mod stats;
mod doctor;
mod config;
mod naming;
mod kept;
mod report;

use std::ffi::OsString;
use std::io::{self, Write as _};

use arguments::Told;
use definitions::page;
use execute::Inherited;
use options::{Options, Request, Subcommand, Usage};
use screen::Screen;
use surroundings::Surroundings;

#[global_allocator]
static ALLOCATOR: arena::Arena = arena::Arena;

/// The C library's own `main`, since Rust's changes what our child has to inherit before we could see it.
#[cfg(all(unix, not(test)))]
#[unsafe(no_mangle)]
extern "C" fn main(count: std::ffi::c_int, values: *const *const std::ffi::c_char) -> std::ffi::c_int {
    let inherited = Inherited::capture();
    // SAFETY: these are the parameters that the C library gave to main.
    let words = unsafe { execute::arguments(count, values) };
    std::ffi::c_int::from(run(&words, &inherited))
}

#[cfg(not(all(unix, not(test))))]
fn main() -> std::process::ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    std::process::ExitCode::from(run(&words, &Inherited::capture()))
}

/// Does what `words` ask for, and leaves no line of progress behind; returns the exit code.
fn run(words: &[OsString], inherited: &Inherited) -> u8 {
    let code = answer(words, inherited);
    progress::erase();
    code
}

fn answer(words: &[OsString], inherited: &Inherited) -> u8 {
    match arguments::parse(words.get(1..).unwrap_or_default()) {
        Ok(Request::Run(options)) => session::Session::new(options, inherited).run(),
        asked => answer_else(asked, words, inherited),
    }
}

/// Answers what is no run: apart from what a hit touches.
#[cold]
#[inline(never)]
fn answer_else(asked: Result<Request, Usage>, words: &[OsString], inherited: &Inherited) -> u8 {
    match asked {
        Ok(Request::Help(subcommand)) => print(&help::text(subcommand, Screen::stdout(Surroundings::look().wish()))),
        Ok(Request::Version) => print(concat!("jobstamp ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Request::Run(_)) => unreachable!("it is answered"),
        Ok(Request::Manage(told)) => manage(told, inherited),
        Ok(Request::Verify(options)) => session::Session::new(options, inherited).verify(),
        Err(usage) => complain(&usage, words.get(1..).unwrap_or_default()),
    }
}

/// Lets variables and the configuration file say what was not said.
#[cold]
#[inline(never)]
fn completed(mut options: Options) -> Options {
    options.complete(&Surroundings::look().settings);
    options
}

/// Does what a subcommand was told; returns the exit code.
#[cold]
#[inline(never)]
fn manage(mut told: Told, inherited: &Inherited) -> u8 {
    told.job = told.job.take().map(completed);
    if told.job.as_ref().is_none_or(|job| !job.quiet) {
        progress::begin();
    }
    let done = match told.subcommand {
        Subcommand::Report => Ok(report::report(&told)),
        Subcommand::List => Ok(kept::list(&told)),
        Subcommand::Show => Ok(kept::show(&told, inherited)),
        Subcommand::Forget => Ok(kept::forget(&told, inherited)),
        Subcommand::Sweep => Ok(kept::sweep(&told)),
        Subcommand::Path => Ok(kept::path(&told, inherited)),
        Subcommand::Stats => Ok(stats::stats(&told)),
        Subcommand::Doctor => Ok(doctor::doctor(&told)),
        Subcommand::Config => Ok(config::config(&told)),
        Subcommand::Completions => completions::completions(&told).map(|script| print(&script)),
        Subcommand::Manual => manual::manual(&told).map(|page| print(&page)),
        Subcommand::Why => Ok(why::why(&told, inherited)),
        Subcommand::Run | Subcommand::Verify => unreachable!("these are requests of their own"),
    };
    done.unwrap_or_else(|usage| complain(&usage, &[page(told.subcommand).name.into()]))
}

/// Says why a command line of these `words` cannot be understood; returns the exit code.
#[cold]
#[inline(never)]
fn complain(usage: &Usage, words: &[OsString]) -> u8 {
    let _ = writeln!(io::stderr(), "{usage}");
    if let Some(hint) = meant::hint(usage, words) {
        voice::hint(hint);
    }
    usage.code()
}

fn print(text: &str) -> u8 {
    u8::from(
        io::stdout()
            .write_all(text.as_bytes())
            .and_then(|()| io::stdout().flush())
            .is_err(),
    )
}
