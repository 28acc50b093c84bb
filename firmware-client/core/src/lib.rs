//! What a small display beside the keyboard needs to show what Claude Code costs.
//!
//! It has no input and output of its own, no clock, no allocation and no way to panic: a firmware moves bytes and pixels,
//! and so does the simulator, which runs the same code on a PC.
//!
//! Where a text is split, the character stands in brackets: the search for a bare one can panic as far as a compiler knows.
//!
//! * [`frame`] is what a Costline server sends: `GET /v1/mirror`.
//! * [`http`] asks for it, [`link`] knows when, [`mdns`] where.
//! * [`portal`] and [`settings`] are how a display learns of its network, [`trial`] how it gets rid of a firmware that fails.
//! * [`mirror`] is all of it together.
//! * [`view`] is what is to be shown, [`layout`] where on a screen of some shape, [`scene`] the shapes that come of it, and
//!   [`paint`] their pixels.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "a test may panic"))]

pub mod button;
pub mod bytes;
pub mod clock;
pub mod code;
pub mod colour;
pub mod font;
pub mod frame;
pub mod geometry;
pub mod http;
pub mod layout;
pub mod link;
pub mod mdns;
pub mod mirror;
pub mod paint;
pub mod portal;
#[cfg(feature = "samples")]
pub mod samples;
pub mod scene;
pub mod settings;
pub mod text;
pub mod trial;
pub mod view;
pub mod words;
