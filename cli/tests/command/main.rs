//! The promises of the `jobstamp` command, kept by the command itself: each test runs it as a user does.
//!
//! The names of the tests are the specification. Rows such as C12 are those of the list of faults that the project was
//! designed against.

#![cfg(unix)]
// Tests build worlds for the command to meet.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod sandbox;
#[path = "../../../core/tests/shadow/mod.rs"]
mod shadow;

mod stats;
mod specification;
mod identity;
mod tools;
mod freshness;
mod meanwhile;
mod odd_files;
mod collections;
mod stdin;
mod readers;
mod report;
mod inputs;
mod output;
mod why;
mod writes;
mod memory;
mod signals;
mod terminals;
mod progress;
mod inheritance;
mod single_flight;
mod store;
mod meddling;
mod counting;
mod damage;
mod trust;
mod messages;
mod oracle;
mod faults;
mod hostile;
mod doctor;
mod documented;
mod checkup;
mod verify;
mod choices;
mod behind;
mod kept;
mod settings;
mod help;
mod completions;
mod model;
