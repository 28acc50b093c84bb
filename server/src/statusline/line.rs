//! The line: cells of a template, as far as they are known and there is room.

use super::input::Input;
use super::parts::{Known, part};
use super::template::{Piece, Template};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How a piece is to show; the later one is the more urgent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Beside the point.
    Quiet,
    /// As it is.
    #[default]
    Plain,
    /// What the eye looks for.
    Strong,
    /// Worth a look.
    Warning,
    /// Worth stopping for.
    Error,
}

/// Pieces of text, and how each is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<(String, Tone)>);

impl Line {
    /// The text alone.
    pub fn text(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect()
    }

    fn width(&self) -> usize {
        self.0.iter().map(|(text, _)| text.width()).sum()
    }

    /// Cuts it to a width, with a mark where something is missing.
    fn cut(&mut self, width: usize) {
        if self.width() <= width {
            return;
        }
        let mut left = width.saturating_sub(1);
        for (text, _) in &mut self.0 {
            let mut kept = String::new();
            for letter in text.chars() {
                let wide = letter.width().unwrap_or(0);
                if wide > left {
                    left = 0;
                    break;
                }
                left -= wide;
                kept.push(letter);
            }
            *text = kept;
        }
        self.0.retain(|(text, _)| !text.is_empty());
        if width > 0 {
            self.0.push(("…".to_owned(), Tone::Quiet));
        }
    }
}

/// Makes the line. A cell with a part that is not known is left out; where there is no room, cells go from the end. It has no
/// line break, whatever it is made of. With nothing known it is empty.
pub fn line(
    template: &Template,
    separator: &str,
    width: Option<usize>,
    input: &Input,
    known: &Known,
) -> Line {
    let mut cells: Vec<Vec<(String, Tone)>> =
        template.0.iter().filter_map(|cell| shown(cell, input, known)).collect();
    let width = width.filter(|width| *width > 0);
    let whole = loop {
        let whole = joined(&cells, separator);
        if cells.len() < 2 || width.is_none_or(|width| whole.width() <= width) {
            break whole;
        }
        cells.pop();
    };
    let mut line = whole;
    if let Some(width) = width {
        line.cut(width);
    }
    line
}

fn joined(cells: &[Vec<(String, Tone)>], separator: &str) -> Line {
    let mut line = Line::default();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 && !separator.is_empty() {
            line.0.push((separator.to_owned(), Tone::Quiet));
        }
        line.0.extend(cell.iter().cloned());
    }
    line
}

/// A cell as it shows; `None` where one of its parts is not known.
fn shown(cell: &[Piece], input: &Input, known: &Known) -> Option<Vec<(String, Tone)>> {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => Some((text.clone(), Tone::Plain)),
        Piece::Part(name) => part(name, input, known),
    };
    cell.iter().map(piece).collect()
}

#[cfg(test)]
mod tests;
