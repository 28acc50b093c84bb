//! Text.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

use super::canvas::{Canvas, lay};
use crate::colour::Colour;
use crate::font::Face;
use crate::geometry::Rect;

/// 15ths as 32nds.
static PARTS: [u8; 16] = [0, 2, 4, 6, 9, 11, 13, 15, 17, 19, 21, 23, 26, 28, 30, 32];

pub(super) fn text(
    canvas: &mut Canvas<'_>,
    area: Rect,
    visible: Rect,
    face: Face,
    base: i16,
    colour: Colour,
    text: &[u8],
) {
    let font = face.font();
    let mut pen = i32::from(area.x) * 16 + 8;
    for byte in text {
        let glyph = font.glyph(*byte);
        let left = (pen >> 4) as i16 + i16::from(glyph.left);
        pen += i32::from(glyph.advance);
        let width = i16::from(glyph.width);
        let place = Rect::new(left, area.y + base + i16::from(glyph.top), width, glyph.height.into());
        // Not of the area: a glyph may stand over to the left of its pen.
        let seen = place.intersection(&canvas.area);
        if seen.is_empty() || place.x > visible.right() {
            continue;
        }
        let coverage = font.coverage(glyph);
        for y in seen.y..seen.bottom() {
            let first = usize::from(((y - place.y) * width + seen.x - place.x).unsigned_abs());
            for (pixel, index) in canvas.row(y, seen.x, seen.right()).iter_mut().zip(first..) {
                let pair = coverage.get(index / 2).copied().unwrap_or(0);
                let nibble = if index & 1 == 0 { pair >> 4 } else { pair & 15 };
                if nibble != 0 {
                    lay(pixel, colour, PARTS.get(usize::from(nibble)).copied().unwrap_or(0).into());
                }
            }
        }
    }
}
