//! Parts of rings.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

use super::canvas::{Canvas, cover, lay};
use crate::colour::Colour;
use crate::geometry::{Rect, cos, sin};

/// A place in respect of the ring's centre, quarters of a pixel.
#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
}

impl Point {
    fn at(degrees: i16, distance: i32) -> Self {
        Self { x: sin(degrees) * distance / 4096, y: -cos(degrees) * distance / 4096 }
    }

    fn squared(self) -> i32 {
        self.x * self.x + self.y * self.y
    }

    /// Whether a place lies clockwise of this one, by less than half a turn.
    fn before(self, other: Self) -> bool {
        self.x * other.y - self.y * other.x >= 0
    }
}

struct Ring {
    outer: i32,
    inner: i32,
    start: Point,
    end: Point,
    sweep: i16,
    cap: i32,
    first: Point,
    last: Point,
}

impl Ring {
    fn part(&self, point: Point) -> i32 {
        let squared = point.squared();
        let inside = match self.sweep {
            ..=180 => self.start.before(point) && point.before(self.end),
            181..=359 => self.start.before(point) || point.before(self.end),
            _ => true,
        };
        if inside {
            let outer = cover(self.outer * self.outer - squared, self.outer);
            let inner = cover(squared - self.inner * self.inner, self.inner.max(1));
            return outer.min(inner);
        }
        let round = |centre: Point| {
            let from = Point { x: point.x - centre.x, y: point.y - centre.y };
            cover(self.cap * self.cap - from.squared(), self.cap)
        };
        round(self.first).max(round(self.last))
    }
}

pub(super) fn arc(
    canvas: &mut Canvas<'_>,
    area: Rect,
    visible: Rect,
    thickness: i32,
    (from, sweep): (i16, i16),
    colour: Colour,
) {
    let outer = i32::from(area.w.min(area.h)) * 2;
    let cap = thickness * 2;
    let inner = (outer - thickness * 4).max(0);
    let end = from.saturating_add(sweep);
    let ring = Ring {
        outer,
        inner,
        start: Point::at(from, 1024),
        end: Point::at(end, 1024),
        sweep,
        cap: cap.max(1),
        first: Point::at(from, outer - cap),
        last: Point::at(end, outer - cap),
    };
    let centre = Point {
        x: i32::from(area.x) * 4 + i32::from(area.w) * 2,
        y: i32::from(area.y) * 4 + i32::from(area.h) * 2,
    };
    for row in visible.y..visible.bottom() {
        let y = i32::from(row) * 4 + 2 - centre.y;
        let half = |radius: i32| (radius * radius - y * y).max(0).unsigned_abs().isqrt() as i32;
        // A pixel more on either side, for the smooth edge.
        let (far, near) = (half(outer) + 6, (half(inner) - 6).max(0));
        let column = |x: i32| ((centre.x + x) / 4) as i16;
        for (left, right) in [(column(-far), column(-near)), (column(near), column(far) + 1)] {
            let left = if near == 0 && left > column(-far) { column(0) } else { left };
            let (left, right) = (left.max(visible.x), right.min(visible.right()));
            for (pixel, x) in canvas.row(row, left, right).iter_mut().zip(left..) {
                let point = Point { x: i32::from(x) * 4 + 2 - centre.x, y };
                lay(pixel, colour, ring.part(point));
            }
        }
    }
}
