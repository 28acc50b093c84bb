//! Everything else: round corners, lines, bars, codes.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

use super::canvas::{Canvas, cover, lay};
use crate::code::Code;
use crate::colour::{CARD, Colour, WHITE};
use crate::geometry::Rect;

pub(super) fn round(canvas: &mut Canvas<'_>, area: Rect, visible: Rect, radius: i16, colour: Colour) {
    let radius = radius.min(area.w / 2).min(area.h / 2);
    for y in visible.y..visible.bottom() {
        let (above, below) = (y - area.y, area.bottom() - 1 - y);
        let depth = above.min(below);
        if depth >= radius {
            canvas.row(y, visible.x, visible.right()).fill(colour.0);
            continue;
        }
        let (inner, outer) = ((area.x + radius).max(visible.x), (area.right() - radius).min(visible.right()));
        canvas.row(y, inner, outer).fill(colour.0);
        let r = i32::from(radius) * 4;
        let dy = r - i32::from(depth) * 4 - 2;
        let part = |inwards: i16| {
            let dx = r - i32::from(inwards) * 4 - 2;
            cover(r * r - dx * dx - dy * dy, r)
        };
        let (left, right) = (area.x.max(visible.x), (area.x + radius).min(visible.right()));
        for (pixel, x) in canvas.row(y, left, right).iter_mut().zip(left..) {
            lay(pixel, colour, part(x - area.x));
        }
        let (left, right) = ((area.right() - radius).max(visible.x), area.right().min(visible.right()));
        for (pixel, x) in canvas.row(y, left, right).iter_mut().zip(left..) {
            lay(pixel, colour, part(area.right() - 1 - x));
        }
    }
}

pub(super) fn line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    visible: Rect,
    thickness: i32,
    rising: bool,
    colour: Colour,
) {
    let (left, right) = (i32::from(area.x) * 4 + thickness, i32::from(area.right()) * 4 - thickness);
    let (top, bottom) = (i32::from(area.y) * 4 + thickness, i32::from(area.bottom()) * 4 - thickness);
    let (start, end) = if rising { (bottom, top) } else { (top, bottom) };
    let (dx, dy) = (right - left, end - start);
    let length = dx * dx + dy * dy;
    for y in visible.y..visible.bottom() {
        let py = i32::from(y) * 4 + 2;
        for (pixel, x) in canvas.row(y, visible.x, visible.right()).iter_mut().zip(visible.x..) {
            let px = i32::from(x) * 4 + 2;
            let along = (px - left) * dx + (py - start) * dy;
            let squared = if along <= 0 {
                (px - left).pow(2) + (py - start).pow(2)
            } else if along >= length {
                (px - right).pow(2) + (py - end).pow(2)
            } else {
                let across = i64::from((px - left) * dy - (py - start) * dx);
                (across * across).checked_div(length.into()).unwrap_or(0) as i32
            };
            lay(pixel, colour, cover(thickness * thickness - squared, thickness));
        }
    }
}

pub(super) fn bars(canvas: &mut Canvas<'_>, area: Rect, visible: Rect, letters: &[u8], colour: Colour) {
    // The latest, as many as there is room for.
    let fitting = usize::from((area.w / 3).max(1).unsigned_abs());
    let letters = letters.get(letters.len().saturating_sub(fitting)..).unwrap_or_default();
    let Some(step) = area.w.checked_div(letters.len() as i16) else { return };
    let last = letters.len().saturating_sub(1);
    let mut x = area.right() - step * letters.len() as i16;
    for (index, letter) in letters.iter().enumerate() {
        let part = i16::from(letter.saturating_sub(b'a').min(25));
        // What cost anything is seen.
        let height = if part == 0 { 1 } else { (area.h * part / 25).max(2) };
        let shade = match (part, index == last) {
            (0, _) => colour.over(CARD, 7),
            (_, true) => colour,
            _ => colour.over(CARD, 11 + index.min(23) as u32 * 3 / 4),
        };
        let bar = Rect::new(x, area.bottom() - height, (step - 1).max(1), height);
        canvas.fill(bar.intersection(&visible), shade);
        x += step;
    }
}

pub(super) fn code(canvas: &mut Canvas<'_>, area: Rect, visible: Rect, code: &Code, colour: Colour) {
    canvas.fill(visible, WHITE);
    let size = i16::from(code.size());
    // The margin that a scanner asks for is four modules; on white ground less will do.
    let Some(scale) = area.w.min(area.h).checked_div(size + 4).filter(|scale| *scale > 0) else { return };
    let (left, top) = (area.x + (area.w - size * scale) / 2, area.y + (area.h - size * scale) / 2);
    for y in 0..size {
        for x in 0..size {
            if code.is_dark(x.unsigned_abs(), y.unsigned_abs()) {
                let module = Rect::new(left + x * scale, top + y * scale, scale, scale);
                canvas.fill(module.intersection(&visible), colour);
            }
        }
    }
}
