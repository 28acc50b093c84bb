//! What people and programs read on a terminal: one file per form.

mod alerts;
mod answer;
mod ask;
mod bar;
mod budgets;
mod current;
mod doctor;
mod explain;
mod grid;
mod limits;
mod listing;
mod log;
mod markdown;
mod overview;
mod session;
mod status;
mod statusline;
mod table;
mod tracked;

pub use ask::{ask, can_ask, input, is_typed, line};
pub use bar::{polybar, tmux, waybar};
mod windows;

pub use alerts::{Listed, alerts};
pub use answer::{Answer, Form};
pub use budgets::{BudgetRow, budget_list, budgets};
pub use current::current;
pub use doctor::{Counter, doctor};
pub use explain::explanation;
pub use limits::limits;
pub use listing::{places, prices, settings};
pub use log::{log_by, log_to_file, log_to_stderr};
pub use markdown::markdown;
pub use overview::overview;
pub use session::{project, session};
pub use status::status;
pub use statusline::{difference, preview, statusline, width};
pub use table::report;
pub use tracked::{Tracked, tracked};
pub use windows::blocks;

use anstream::AutoStream;
use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, BufWriter, IsTerminal as _, Write};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that has them, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// As it stands on a command line, where it was asked for.
    pub fn asked(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Always => Some("always"),
            Self::Never => Some("never"),
        }
    }
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// Standard output: the data asked for, and nothing else.
pub struct Out {
    stream: BufWriter<AutoStream<io::Stdout>>,
    /// Whether colours show.
    colored: bool,
    /// The terminal's width in columns; `None` where it is none.
    width: Option<u16>,
}

impl Out {
    /// Standard output, with colours or without.
    pub fn stdout(color: Color) -> Self {
        let choice = match anstream::ColorChoice::from(color) {
            anstream::ColorChoice::Auto => AutoStream::choice(&io::stdout()),
            choice => choice,
        };
        let width = io::stdout().is_terminal().then(|| comfy_table::Table::new().width()).flatten();
        Self {
            stream: BufWriter::new(AutoStream::new(io::stdout(), choice)),
            colored: choice != anstream::ColorChoice::Never,
            width,
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Nobody reads any more, or the disk is full.
    pub fn finish(&mut self) -> Result<()> {
        Ok(self.stream.flush()?)
    }
}

/// Waits until nobody reads standard output any more; at once where that cannot be told. A file is read for ever.
#[cfg(unix)]
pub fn wait_for_last_reader() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdout = io::stdout();
    loop {
        let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
        match poll(&mut ends, None) {
            Ok(_) if ends[0].revents().contains(PollFlags::NVAL) => return false,
            Ok(_) if ends[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => return true,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// The same where nobody tells.
#[cfg(not(unix))]
pub const fn wait_for_last_reader() -> bool {
    false
}

impl Out {
    /// Lets go of what could not be written: nobody is to be told of it again.
    pub fn give_up(&mut self) {
        let nothing = BufWriter::new(AutoStream::new(io::stdout(), anstream::ColorChoice::Never));
        drop(std::mem::replace(&mut self.stream, nothing).into_parts());
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A text in lines of so many columns at most, broken between words; a word that is longer stands in a line of its own.
pub(crate) fn folded(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Writes a value as JSON, on one line: for programs.
///
/// # Errors
/// As for [`Out::finish`].
pub fn json<T: Serialize>(value: &T, out: &mut Out) -> Result<()> {
    writeln!(out, "{}", serde_json::to_string(value)?)?;
    Ok(())
}

/// Says what went wrong, in one sentence on standard error.
pub fn complain(color: Color, error: &anyhow::Error) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    say(color, &format!("{style}costline: {style:#}{error:#}"));
}

/// Says what is not right though the command works, a sentence a line on standard error.
pub fn notes<'a>(color: Color, problems: impl IntoIterator<Item = &'a String>) {
    let style = anstyle::AnsiColor::Yellow.on_default();
    for problem in problems {
        say(color, &format!("{style}costline: {style:#}{problem}"));
    }
}

fn say(color: Color, line: &str) {
    let mut stream = AutoStream::new(io::stderr(), color.into());
    // Nobody may be there to hear it.
    let _ = writeln!(stream, "{line}");
}
