//! A screen's pixels, and pictures of them.

use display_core::code::Code;
use display_core::colour::Colour;
use display_core::geometry::Rect;
use display_core::layout::Layout;
use display_core::mirror::Screen;
use display_core::paint::paint;
use display_core::scene::Scene;
use display_core::view::View;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// What a screen shows: 5, 6 and 5 bits a pixel, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The pixels.
    pub pixels: Vec<u16>,
}

impl Picture {
    /// A black screen.
    pub fn new(layout: Layout) -> Self {
        let screen = layout.screen();
        let (width, height) = (usize::from(screen.w.unsigned_abs()), usize::from(screen.h.unsigned_abs()));
        Self { width, height, pixels: vec![0; width * height] }
    }

    /// A screen that shows this.
    pub fn of(layout: Layout, view: &View<'_>) -> Self {
        let mut scene = Scene::default();
        layout.draw(view, &mut scene);
        let mut picture = Self::new(layout);
        picture.draw(&scene, &view.code, layout.screen(), 34);
        picture
    }

    /// Draws an area of a scene, so many rows at a time, as a device does.
    pub fn draw(&mut self, scene: &Scene, code: &Code, area: Rect, rows: usize) {
        let mut buffer = vec![0; self.width * rows];
        let Ok(()) = paint(scene, code, area, &mut buffer, |band, pixels| {
            self.put(band, pixels);
            Ok::<(), Infallible>(())
        });
    }

    /// Paints an area of what a screen shows, so many rows at a time.
    pub fn paint(&mut self, screen: &Screen, area: Rect, rows: usize) {
        let mut buffer = vec![0; self.width * rows];
        let Ok(()) = screen.paint(area, &mut buffer, |band, pixels| {
            self.put(band, pixels);
            Ok::<(), Infallible>(())
        });
    }

    fn put(&mut self, band: Rect, pixels: &[u16]) {
        let width = usize::from(band.w.unsigned_abs());
        for (row, y) in pixels.chunks(width.max(1)).zip(usize::from(band.y.unsigned_abs())..) {
            let start = y * self.width + usize::from(band.x.unsigned_abs());
            self.pixels[start..start + width].copy_from_slice(row);
        }
    }

    /// FNV-1a of the pixels as they go to a display, the upper byte first.
    pub fn hash(&self) -> u64 {
        self.pixels
            .iter()
            .flat_map(|pixel| pixel.to_be_bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// Writes the screen as PNG, each pixel as so many by so many.
    pub fn save(&self, path: &Path, scale: usize) -> io::Result<()> {
        let mut encoder = png::Encoder::new(
            BufWriter::new(File::create(path)?),
            (self.width * scale) as u32,
            (self.height * scale) as u32,
        );
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut data = Vec::with_capacity(self.pixels.len() * scale * scale * 3);
        for row in self.pixels.chunks(self.width) {
            for _ in 0..scale {
                for pixel in row {
                    for _ in 0..scale {
                        data.extend(Colour(*pixel).rgb());
                    }
                }
            }
        }
        encoder.write_header()?.write_image_data(&data)?;
        Ok(())
    }

    /// Several pictures of one size side by side, so many a row.
    pub fn sheet(pictures: &[Self], columns: usize) -> Self {
        const GAP: usize = 8;
        let (width, height) = pictures.first().map_or((0, 0), |first| (first.width, first.height));
        let rows = pictures.len().div_ceil(columns);
        let (all_width, all_height) = (GAP + columns * (width + GAP), GAP + rows * (height + GAP));
        let mut sheet = Self {
            width: all_width,
            height: all_height,
            pixels: vec![Colour::of(14, 28, 14).0; all_width * all_height],
        };
        for (index, picture) in pictures.iter().enumerate() {
            let (left, top) = (GAP + index % columns * (width + GAP), GAP + index / columns * (height + GAP));
            for (row, y) in picture.pixels.chunks(width).zip(top..) {
                sheet.pixels[y * all_width + left..][..width].copy_from_slice(row);
            }
        }
        sheet
    }

    /// Makes the corners of a round screen dark.
    #[must_use]
    pub fn in_a_circle(mut self) -> Self {
        let (radius, width) = (self.width as i64, self.width);
        for (index, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = ((index % width) as i64 * 2 + 1 - radius, (index / width) as i64 * 2 + 1 - radius);
            if x * x + y * y > radius * radius {
                *pixel = 0;
            }
        }
        self
    }
}
