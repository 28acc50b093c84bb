//! Writes `core/src/font/tables.rs`: Inter at a few sizes, as coverage in 4 bits a pixel.
//!
//! `cargo run -p costline-display-fontgen -- /usr/share/fonts/opentype/inter > firmware-client/core/src/font/tables.rs`
//! (Debian: `apt-get install fonts-inter`). Digits are as wide as the widest of them, so that numbers do not jump.

use std::fmt::Write as _;
use std::path::Path;

const ALL: &str =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
const NUMBERS: &str = " $%+,-./0123456789:<>hkM";

/// Name, file, pixels, characters.
const FACES: [(&str, &str, f32, &str); 7] = [
    ("TINY", "Inter-Medium.otf", 11.5, ALL),
    ("SMALL", "Inter-Medium.otf", 13.5, ALL),
    ("TEXT", "Inter-SemiBold.otf", 16.0, ALL),
    ("TITLE", "InterDisplay-SemiBold.otf", 22.0, ALL),
    ("LARGE", "InterDisplay-SemiBold.otf", 32.0, NUMBERS),
    ("GREAT", "InterDisplay-SemiBold.otf", 39.0, NUMBERS),
    ("HERO", "InterDisplay-SemiBold.otf", 46.0, NUMBERS),
];

fn main() {
    let folder = std::env::args().nth(1).expect("usage: costline-display-fontgen FOLDER-OF-INTER");
    let mut out = String::from(
        "// Made by costline-display-fontgen from Inter 4 (SIL Open Font License, see OFL.txt beside this file).\n\nuse super::{Font, Glyph};\n",
    );
    for (name, file, pixels, chars) in FACES {
        let bytes = std::fs::read(Path::new(&folder).join(file)).expect("the font's file");
        let font = fontdue::Font::from_bytes(bytes, fontdue::FontSettings::default()).expect("a font");
        face(&mut out, &font, name, pixels, chars);
    }
    print!("{out}");
}

fn face(out: &mut String, font: &fontdue::Font, name: &str, pixels: f32, chars: &str) {
    let widest = ('0'..='9').map(|digit| font.metrics(digit, pixels).advance_width).fold(0.0, f32::max);
    let mut data = Vec::new();
    let mut glyphs = String::new();
    for char in chars.chars() {
        let (metrics, coverage) = font.rasterize(char, pixels);
        let (advance, shift) = if char.is_ascii_digit() {
            (widest, (widest - metrics.advance_width) / 2.0)
        } else {
            (metrics.advance_width, 0.0)
        };
        let offset = data.len();
        let mut nibbles =
            coverage.iter().map(|alpha| (u16::from(*alpha) * 15 + 127) / 255).map(|nibble| nibble as u8);
        while let Some(high) = nibbles.next() {
            data.push(high << 4 | nibbles.next().unwrap_or(0));
        }
        let left = (metrics.xmin as f32 + shift).round() as i32;
        let top = -(metrics.ymin + metrics.height as i32);
        writeln!(
            glyphs,
            "    Glyph {{ offset: {offset}, advance: {}, left: {left}, top: {top}, width: {}, height: {} }},",
            (advance * 16.0).round() as u32,
            metrics.width,
            metrics.height,
        )
        .expect("a string");
    }
    let capital = font.metrics('H', pixels).height;
    let bytes: Vec<u8> = chars.bytes().collect();
    writeln!(
        out,
        "\npub(super) static {name}: Font = Font {{ capital: {capital}, chars: {}, glyphs: &{name}_GLYPHS, data: &{name}_DATA }};",
        format!("{:?}", String::from_utf8(bytes).expect("ASCII")).replacen('"', "b\"", 1),
    )
    .expect("a string");
    writeln!(out, "#[rustfmt::skip]\nstatic {name}_GLYPHS: [Glyph; {}] = [\n{glyphs}];", chars.len())
        .expect("a string");
    writeln!(out, "#[rustfmt::skip]\nstatic {name}_DATA: [u8; {}] = [", data.len()).expect("a string");
    for line in data.chunks(30) {
        let line: Vec<String> = line.iter().map(u8::to_string).collect();
        writeln!(out, "    {},", line.join(",")).expect("a string");
    }
    out.push_str("];\n");
}
