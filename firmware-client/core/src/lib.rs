//! What a small display beside the keyboard needs to show what Claude Code costs.
//!
//! It has no input and output of its own, no clock, no allocation and no way to panic: a firmware moves bytes and pixels,
//! and so does the simulator, which runs the same code on a PC.
//!
//! * [`frame`] is what a Costline server sends: `GET /v1/mirror`.
//! * [`view`] is what is to be shown, [`layout`] where on a screen of some shape, [`scene`] the shapes that come of it, and
//!   [`paint`] their pixels.

#![cfg_attr(not(test), no_std)]

pub mod clock;
pub mod code;
pub mod colour;
pub mod font;
pub mod frame;
pub mod geometry;
pub mod layout;
pub mod paint;
pub mod scene;
pub mod text;
pub mod view;
pub mod words;
