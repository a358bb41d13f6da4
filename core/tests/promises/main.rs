//! What core promises, room by room. Each test meets real files in a [`World`](world::World) of its own, whose clock it turns.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)] // Builds worlds for the code to meet.

mod elsewhere;
mod explain;
mod world;
#[cfg(unix)]
#[path = "../shadow/mod.rs"]
mod shadow;
mod arbitrary;
mod stamp_file;
mod golden;
mod keys;
mod model;
mod freshness;
mod directories;
mod patterns;
mod links;
mod special;
mod guard;
mod programs;
mod recording;
mod input;
mod code;
mod variants;
mod store;
mod trust;
mod secret;
mod settings;
mod damage;
mod blobs;
mod locks;
mod sweep;
mod forget;
mod survey;
mod remembered;
#[cfg(target_os = "linux")]
mod checkup;
mod makers;
mod glance;
mod many;
mod memory;
mod tasks;
mod scenes;
mod faults;
mod kills;
mod file_systems;
mod refusals;
mod litter;
mod siege;
mod ledger;
