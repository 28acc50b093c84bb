//! End to end: the real binary, as an editor or a person starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads better where it is not borrowed")]

mod commands;
mod editor;
mod home;
mod leaving;
mod live;
mod lsp_client;
mod process;
mod reports;
mod talking;
mod together;
mod transcript;
