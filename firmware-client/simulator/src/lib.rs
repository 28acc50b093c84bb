//! The display on a PC: the firmware's own code, against a real Costline or a made-up network, drawn into pictures.

pub mod picture;
pub mod player;
pub mod script;
pub mod states;
pub mod wire;
