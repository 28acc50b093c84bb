//! End to end: the real binary, as an editor or a person starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads better where it is not borrowed")]

mod budgets;
mod campaign;
mod commands;
mod completions;
mod corpus;
#[path = "../../server/src/dbus/daemon.rs"]
mod daemon;
mod damage;
mod database;
mod day;
mod dbus;
mod demo;
mod desktop;
mod display;
mod doctor;
mod editor;
mod families;
mod gate;
mod helix;
mod home;
mod hooks;
mod http;
mod http_client;
mod huge;
mod images;
mod kills;
mod leaving;
mod limits;
mod lines;
mod live;
mod lsp_client;
mod machine;
mod oddities;
mod process;
mod processes;
mod push;
mod replay;
mod reports;
mod responses;
mod rig;
mod rules;
mod settings;
mod settings_file;
mod space;
mod splits;
mod talking;
mod telemetry;
mod together;
mod tracking;
mod transcript;
mod windows;
