//! Colours of 16 bits: 5 red, 6 green, 5 blue.

#![allow(clippy::arithmetic_side_effects, reason = "masked fields of a 32-bit word")]

/// A colour as a display takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour(pub u16);

impl Colour {
    /// Of red and blue in 32 steps and green in 64: a grey is exact where green is twice the others.
    pub const fn of(red: u16, green: u16, blue: u16) -> Self {
        Self((red & 31) << 11 | (green & 63) << 5 | blue & 31)
    }

    /// So many 32nds of this over another.
    #[must_use]
    pub const fn over(self, below: Self, part: u32) -> Self {
        let part = if part > 32 { 32 } else { part };
        let (above, below) = (spread(self.0), spread(below.0));
        // The fields are five bits apart or more, so they do not meet when they are multiplied.
        let mixed = (above * part + below * (32 - part)) >> 5 & FIELDS;
        Self((mixed | mixed >> 16) as u16)
    }

    /// The colour in 8 bits each: red, green, blue.
    pub const fn rgb(self) -> [u8; 3] {
        let (red, green, blue) = (self.0 >> 11, self.0 >> 5 & 63, self.0 & 31);
        [(red << 3 | red >> 2) as u8, (green << 2 | green >> 4) as u8, (blue << 3 | blue >> 2) as u8]
    }
}

const FIELDS: u32 = 0x07e0_f81f;

const fn spread(colour: u16) -> u32 {
    (colour as u32 | (colour as u32) << 16) & FIELDS
}

/// Behind everything.
pub const NIGHT: Colour = Colour::of(1, 2, 2);
/// What things lie on.
pub const CARD: Colour = Colour::of(3, 6, 4);
/// A line or a bar that is empty.
pub const TRACK: Colour = Colour::of(6, 12, 7);
/// What is read first.
pub const WHITE: Colour = Colour::of(30, 61, 30);
/// What is read second.
pub const GREY: Colour = Colour::of(19, 38, 20);
/// What is read last.
pub const FAINT: Colour = Colour::of(12, 25, 14);
/// Money.
pub const VIOLET: Colour = Colour::of(20, 35, 31);
/// A context.
pub const BLUE: Colour = Colour::of(11, 44, 30);
/// All is well.
pub const GREEN: Colour = Colour::of(12, 49, 16);
/// Something will soon call for attention.
pub const AMBER: Colour = Colour::of(30, 47, 9);
/// Something does.
pub const RED: Colour = Colour::of(31, 22, 10);
/// Behind what must not be missed.
pub const ALARM: Colour = Colour::of(26, 8, 5);
/// The same a moment later.
pub const ALARM_DARK: Colour = Colour::of(17, 3, 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_ends_at_both_colours() {
        for above in [NIGHT, WHITE, VIOLET, RED] {
            for below in [NIGHT, WHITE, BLUE] {
                assert_eq!(above.over(below, 0), below);
                assert_eq!(above.over(below, 32), above);
                assert_eq!(above.over(below, 99), above);
            }
        }
        assert_eq!(Colour::of(31, 63, 31).over(Colour::of(0, 0, 0), 16), Colour::of(15, 31, 15));
        assert_eq!(Colour::of(31, 63, 31).rgb(), [255; 3]);
    }
}
