//! What a small display beside the keyboard needs to show what Claude Code costs.
//!
//! It has no input and output of its own, no clock, no allocation and no way to panic: a firmware moves bytes and pixels,
//! and so does the simulator, which runs the same code on a PC.
//!
//! * [`frame`] is what a Costline server sends: `GET /v1/mirror`.
//! * [`text`] holds short ASCII.

#![cfg_attr(not(test), no_std)]

pub mod frame;
pub mod text;
