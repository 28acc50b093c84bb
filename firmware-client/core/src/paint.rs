//! Draws a scene, or a part of it, band by band into a buffer that the caller has, of any size that holds a row: no
//! memory for a whole screen is needed, nothing flickers, and edges are smooth.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

mod arc;
mod canvas;
mod letters;
mod marks;

use crate::code::Code;
use crate::geometry::Rect;
use crate::scene::{Scene, Shape};
use canvas::Canvas;

/// Draws an area of a scene: hands over each band with its pixels, row by row from the left.
///
/// # Errors
/// Those of `sink`.
pub fn paint<E>(
    scene: &Scene,
    code: &Code,
    area: Rect,
    buffer: &mut [u16],
    mut sink: impl FnMut(Rect, &[u16]) -> Result<(), E>,
) -> Result<(), E> {
    if area.is_empty() {
        return Ok(());
    }
    let width = usize::from(area.w.unsigned_abs());
    let rows = buffer.len().checked_div(width).unwrap_or(0).min(usize::from(area.h.unsigned_abs()));
    if rows == 0 {
        return Ok(());
    }
    let rows = rows as i16;
    let mut y = area.y;
    while y < area.bottom() {
        let band = Rect::new(area.x, y, area.w, rows.min(area.bottom() - y));
        let pixels = buffer.get_mut(..width * usize::from(band.h.unsigned_abs())).unwrap_or_default();
        pixels.fill(scene.ground.0);
        let mut canvas = Canvas { area: band, pixels };
        for item in scene.items() {
            let visible = item.area.intersection(&band);
            if visible.is_empty() {
                continue;
            }
            match &item.shape {
                Shape::Fill => canvas.fill(visible, item.colour),
                Shape::Round(radius) => {
                    marks::round(&mut canvas, item.area, visible, (*radius).into(), item.colour);
                }
                Shape::Text(face, base, text) => {
                    letters::text(
                        &mut canvas,
                        item.area,
                        visible,
                        *face,
                        (*base).into(),
                        item.colour,
                        text.as_bytes(),
                    );
                }
                Shape::Arc(thickness, from, sweep) => {
                    arc::arc(
                        &mut canvas,
                        item.area,
                        visible,
                        (*thickness).into(),
                        (*from, *sweep),
                        item.colour,
                    );
                }
                Shape::Bars(letters) => {
                    marks::bars(&mut canvas, item.area, visible, letters.as_bytes(), item.colour);
                }
                Shape::Line(thickness, rising) => {
                    marks::line(&mut canvas, item.area, visible, (*thickness).into(), *rising, item.colour);
                }
                Shape::Code => marks::code(&mut canvas, item.area, visible, code, item.colour),
            }
        }
        sink(band, canvas.pixels)?;
        y = band.bottom();
    }
    Ok(())
}
