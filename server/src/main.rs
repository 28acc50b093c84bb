//! The `costline` binary.

fn main() {}
