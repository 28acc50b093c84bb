//! The display on a PC: the firmware's own code, drawn into pictures.

pub mod picture;
pub mod states;
