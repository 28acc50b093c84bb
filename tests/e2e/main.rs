//! End to end: the real binary, as an editor or a person starts it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` reads better where it is not borrowed")]

mod corpus;
mod home;
mod huge;
mod leaving;
mod lines;
mod lsp_client;
mod oddities;
mod replay;
mod rig;
mod talking;
