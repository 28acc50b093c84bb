//! The band that is being drawn.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

use crate::colour::Colour;
use crate::geometry::Rect;

/// A rectangle of a screen and its pixels.
pub(super) struct Canvas<'a> {
    pub area: Rect,
    pub pixels: &'a mut [u16],
}

impl Canvas<'_> {
    /// The pixels of a row from one column up to another; none where that is not all inside.
    pub fn row(&mut self, y: i16, from: i16, to: i16) -> &mut [u16] {
        if y < self.area.y
            || y >= self.area.bottom()
            || from < self.area.x
            || to > self.area.right()
            || from >= to
        {
            return &mut [];
        }
        let width = usize::from(self.area.w.unsigned_abs());
        let start = usize::from((y - self.area.y).unsigned_abs()) * width
            + usize::from((from - self.area.x).unsigned_abs());
        let len = usize::from((to - from).unsigned_abs());
        self.pixels.get_mut(start..start + len).unwrap_or_default()
    }

    /// Fills a rectangle that lies inside.
    pub fn fill(&mut self, area: Rect, colour: Colour) {
        for y in area.y..area.bottom() {
            self.row(y, area.x, area.right()).fill(colour.0);
        }
    }
}

/// Lays so many 32nds of a colour over a pixel.
#[inline]
pub(super) fn lay(pixel: &mut u16, colour: Colour, part: i32) {
    if part >= 32 {
        *pixel = colour.0;
    } else if part > 0 {
        *pixel = colour.over(Colour(*pixel), part.unsigned_abs()).0;
    }
}

/// How much of a pixel a disc covers, in 32nds: from the squares of its radius and of the distance of the pixel's centre
/// from its own, and the radius, in quarters of a pixel. At the edge the difference of squares is the distance times the diameter.
#[inline]
pub(super) fn cover(difference: i32, radius: i32) -> i32 {
    let reach = radius * 4;
    if difference >= reach {
        32
    } else if difference <= -reach {
        0
    } else {
        16 + (difference * 4).checked_div(radius).unwrap_or(0)
    }
}
