//! Claude Code's status line: what it hands us, and the line that we make of it. Pure: what is known beside it is handed in.

mod input;
mod line;
mod parts;
mod template;

pub use input::{Input, Limit, PromptCache};
pub use line::{Line, Tone, line};
pub use parts::{Known, PARTS, Part, part};
pub use template::{PRESETS, Template, preset};
