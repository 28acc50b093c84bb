//! Places on a screen, in pixels from its upper left corner.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

/// A rectangle; one without width or height is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i16,
    /// Upper edge.
    pub y: i16,
    /// Width.
    pub w: i16,
    /// Height.
    pub h: i16,
}

impl Rect {
    /// A rectangle.
    pub const fn new(x: i16, y: i16, w: i16, h: i16) -> Self {
        Self { x, y, w, h }
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.w <= 0 || self.h <= 0
    }

    /// The first column to its right.
    pub const fn right(&self) -> i16 {
        self.x.saturating_add(self.w)
    }

    /// The first row below it.
    pub const fn bottom(&self) -> i16 {
        self.y.saturating_add(self.h)
    }

    /// Its pixels.
    pub const fn area(&self) -> u32 {
        if self.is_empty() { 0 } else { self.w as u32 * self.h as u32 }
    }

    /// What both have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let w = i32::from(self.right().min(other.right())) - i32::from(x);
        let h = i32::from(self.bottom().min(other.bottom())) - i32::from(y);
        Self { x, y, w: w.max(0) as i16, h: h.max(0) as i16 }
    }

    /// The smallest that has both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let w = i32::from(self.right().max(other.right())) - i32::from(x);
        let h = i32::from(self.bottom().max(other.bottom())) - i32::from(y);
        Self { x, y, w: w.min(i16::MAX.into()) as i16, h: h.min(i16::MAX.into()) as i16 }
    }

    /// Smaller by so many pixels on each side.
    #[must_use]
    pub const fn inset(&self, by: i16) -> Self {
        Self {
            x: self.x.saturating_add(by),
            y: self.y.saturating_add(by),
            w: self.w.saturating_sub(by.saturating_mul(2)),
            h: self.h.saturating_sub(by.saturating_mul(2)),
        }
    }
}

/// Sine of whole degrees, 4096 being 1.
pub fn sin(degrees: i16) -> i32 {
    let degrees = degrees.rem_euclid(360);
    let quarter =
        |degrees: i16| i32::from(QUARTER.get(usize::from(degrees.unsigned_abs())).copied().unwrap_or(0));
    match degrees {
        0..=90 => quarter(degrees),
        91..=180 => quarter(180 - degrees),
        181..=270 => -quarter(degrees - 180),
        _ => -quarter(360 - degrees),
    }
}

/// Cosine of whole degrees, 4096 being 1.
pub fn cos(degrees: i16) -> i32 {
    sin(degrees.rem_euclid(360) + 90)
}

#[rustfmt::skip]
static QUARTER: [i16; 91] = [
    0, 71, 143, 214, 286, 357, 428, 499, 570, 641, 711, 782, 852,
    921, 991, 1060, 1129, 1198, 1266, 1334, 1401, 1468, 1534, 1600, 1666, 1731,
    1796, 1860, 1923, 1986, 2048, 2110, 2171, 2231, 2290, 2349, 2408, 2465, 2522,
    2578, 2633, 2687, 2741, 2793, 2845, 2896, 2946, 2996, 3044, 3091, 3138, 3183,
    3228, 3271, 3314, 3355, 3396, 3435, 3474, 3511, 3547, 3582, 3617, 3650, 3681,
    3712, 3742, 3770, 3798, 3824, 3849, 3873, 3896, 3917, 3937, 3956, 3974, 3991,
    4006, 4021, 4034, 4046, 4056, 4065, 4074, 4080, 4086, 4090, 4094, 4095, 4096,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_are_those_of_the_floating_kind() {
        for degrees in -800..800_i16 {
            let expected = (f64::from(degrees).to_radians().sin() * 4096.0).round() as i32;
            assert_eq!(sin(degrees), expected, "{degrees}");
            let expected = (f64::from(degrees).to_radians().cos() * 4096.0).round() as i32;
            assert_eq!(cos(degrees), expected, "{degrees}");
        }
    }

    #[test]
    fn rectangles() {
        let (a, b) = (Rect::new(0, 0, 10, 10), Rect::new(5, 8, 10, 10));
        assert_eq!(a.intersection(&b), Rect::new(5, 8, 5, 2));
        assert_eq!(a.union(&b), Rect::new(0, 0, 15, 18));
        assert!(a.intersection(&Rect::new(10, 0, 5, 5)).is_empty());
        assert_eq!(a.union(&Rect::default()), a);
        assert_eq!(Rect::default().union(&a), a);
        let far = Rect::new(i16::MAX, i16::MIN, i16::MAX, i16::MAX);
        assert!(far.intersection(&a).is_empty());
        let _ = far.union(&a).inset(i16::MIN).area();
    }
}
