//! The status: a pure function of what the store holds, the time and the settings.

pub mod wire;
