//! Anti-aliased type: Inter, in a few sizes, as coverage in 4 bits a pixel. `firmware-client/fontgen` makes the tables.

mod tables;

/// A size of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Captions.
    Tiny,
    /// Labels.
    Small,
    /// What is read.
    Text,
    /// Headings.
    Title,
    /// Numbers.
    Large,
    /// The number that matters, where there is less room.
    Great,
    /// The number that matters.
    Hero,
}

/// A font's glyphs.
pub struct Font {
    /// Height of a capital letter, pixels.
    pub capital: i16,
    chars: &'static [u8],
    glyphs: &'static [Glyph],
    data: &'static [u8],
}

/// One glyph: where it stands, and where its coverage begins.
pub struct Glyph {
    offset: u16,
    /// How far the next one is, sixteenths of a pixel.
    pub advance: u16,
    /// From the pen to its left edge, pixels.
    pub left: i8,
    /// From the base line to its top edge, pixels, up negative.
    pub top: i8,
    /// Pixels of a row.
    pub width: u8,
    /// Rows.
    pub height: u8,
}

impl Face {
    /// Its font.
    pub const fn font(self) -> &'static Font {
        match self {
            Self::Tiny => &tables::TINY,
            Self::Small => &tables::SMALL,
            Self::Text => &tables::TEXT,
            Self::Title => &tables::TITLE,
            Self::Large => &tables::LARGE,
            Self::Great => &tables::GREAT,
            Self::Hero => &tables::HERO,
        }
    }

    /// Height of a capital letter, pixels.
    pub const fn capital(self) -> i16 {
        self.font().capital
    }

    /// Width of a text, pixels.
    pub fn width(self, text: &[u8]) -> i16 {
        let font = self.font();
        let sixteenths =
            text.iter().fold(0_u32, |sum, byte| sum.saturating_add(font.glyph(*byte).advance.into()));
        (sixteenths.saturating_add(15) / 16) as i16
    }

    /// How many characters of a text fit into so many pixels.
    pub fn fitting(self, text: &[u8], width: i16) -> usize {
        let font = self.font();
        let room = u32::from(width.max(0).unsigned_abs()).saturating_mul(16);
        let mut sum = 0_u32;
        text.iter()
            .take_while(|byte| {
                sum = sum.saturating_add(font.glyph(**byte).advance.into());
                sum <= room
            })
            .count()
    }
}

static NOTHING: Glyph = Glyph { offset: 0, advance: 0, left: 0, top: 0, width: 0, height: 0 };

impl Font {
    /// The glyph of a character; nothing for one that the font does not have.
    pub fn glyph(&self, byte: u8) -> &Glyph {
        let index = if self.glyphs.len() == 95 {
            Some(usize::from(byte.wrapping_sub(b' ')))
        } else {
            self.chars.iter().position(|known| *known == byte)
        };
        index.and_then(|index| self.glyphs.get(index)).unwrap_or(&NOTHING)
    }

    /// A glyph's coverage: two pixels a byte, the left one in the upper half, rows without gaps.
    pub fn coverage(&self, glyph: &Glyph) -> &'static [u8] {
        self.data.get(usize::from(glyph.offset)..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_equally_wide() {
        for face in [Face::Tiny, Face::Small, Face::Text, Face::Title, Face::Large, Face::Great, Face::Hero] {
            for digit in b"0123456789" {
                assert_eq!(face.font().glyph(*digit).advance, face.font().glyph(b'0').advance);
            }
            assert_eq!(face.width(b""), 0);
            assert!(face.width(b"$12.48") > face.width(b"$12.4"));
            assert!(face.capital() > 5);
        }
        assert_eq!(Face::Hero.font().glyph(b'Q').advance, 0);
        assert_eq!(Face::Text.font().glyph(0x7f).advance, 0);
        assert_eq!(Face::Text.fitting(b"abc", Face::Text.width(b"ab")), 2);
        assert_eq!(Face::Text.fitting(b"abc", -1), 0);
    }
}
