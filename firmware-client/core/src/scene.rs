//! What a screen shows, as a list of shapes: it is made anew from the state, compared with what is shown, and only where
//! they differ is anything drawn.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and worked with in 32")]

use crate::colour::{Colour, NIGHT};
use crate::font::Face;
use crate::geometry::Rect;
use crate::text::Text;

/// The most shapes of a scene.
pub const MOST: usize = 72;

/// A text of a scene.
pub type Label = Text<28>;

/// A shape, where it is, and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// It draws nothing outside.
    pub area: Rect,
    /// Its colour.
    pub colour: Colour,
    /// What it is.
    pub shape: Shape,
}

/// What can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The whole area.
    Fill,
    /// The area with round corners of so many pixels.
    Round(u8),
    /// A text whose pen begins at the area's left edge, and whose base line is so many pixels below its upper edge.
    Text(Face, u8, Label),
    /// Part of a ring that fills the area, with round ends: its thickness, where it begins, clockwise from the top, and how far it
    /// goes, in degrees.
    Arc(u8, i16, i16),
    /// Bars side by side, a letter each, the latest as many as fit: `a` none, `z` the whole height. The last one stands out.
    Bars(Text<24>),
    /// A line of this thickness in half pixels with round ends, from the upper left to the lower right corner of the area
    /// shrunk by half of that; `true`: from the lower left to the upper right.
    Line(u8, bool),
    /// The code to scan, its modules in this colour on the area in white.
    Code,
}

/// The shapes of a screen, the lowest first.
#[derive(Clone, Debug)]
pub struct Scene {
    items: [Item; MOST],
    len: usize,
    /// Behind all of them.
    pub ground: Colour,
}

const NONE: Item = Item { area: Rect::new(0, 0, 0, 0), colour: NIGHT, shape: Shape::Fill };

impl Default for Scene {
    fn default() -> Self {
        Self { items: [NONE; MOST], len: 0, ground: NIGHT }
    }
}

/// Where a text stands in respect of its x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Left,
    /// It is centred there.
    Centre,
    /// It ends there.
    Right,
}

impl Scene {
    /// The shapes, the lowest first.
    pub fn items(&self) -> &[Item] {
        self.items.get(..self.len).unwrap_or_default()
    }

    /// Forgets all shapes.
    pub fn clear(&mut self, ground: Colour) {
        self.len = 0;
        self.ground = ground;
    }

    /// Adds a shape over the others. A scene that is full stays as it is.
    pub fn add(&mut self, area: Rect, colour: Colour, shape: Shape) {
        if area.is_empty() {
            return;
        }
        if let Some(place) = self.items.get_mut(self.len) {
            *place = Item { area, colour, shape };
            self.len += 1;
        }
    }

    /// Adds a text at a base line, and says where it ends.
    pub fn text(&mut self, (x, y): (i16, i16), align: Align, face: Face, colour: Colour, text: &str) -> Rect {
        let label = Label::new(text);
        let width = face.width(label.as_bytes());
        let left = match align {
            Align::Left => x,
            Align::Centre => x - width / 2,
            Align::Right => x - width,
        };
        // Room for what stands above capitals and below the base line.
        let above = face.capital() + face.capital() / 3;
        let area = Rect::new(left, y - above, width + 1, above + face.capital() / 2);
        if !label.is_empty() {
            self.add(area, colour, Shape::Text(face, above as u8, label));
        }
        area
    }

    /// Adds as much of a text as fits into a width, and says where it ends.
    pub fn text_within(
        &mut self,
        (x, y): (i16, i16),
        width: i16,
        face: Face,
        colour: Colour,
        text: &str,
    ) -> Rect {
        let label = Label::new(text);
        if face.width(label.as_bytes()) <= width {
            return self.text((x, y), Align::Left, face, colour, label.as_str());
        }
        let dots = face.width(b"..");
        let fitting = face.fitting(label.as_bytes(), width - dots);
        let mut cut = Label::EMPTY;
        for byte in label.as_bytes().iter().take(fitting) {
            cut.push(*byte);
        }
        while cut.as_bytes().last() == Some(&b' ') {
            cut.pop();
        }
        if !cut.is_empty() {
            cut.push(b'.');
            cut.push(b'.');
        }
        self.text((x, y), Align::Left, face, colour, cut.as_str())
    }

    /// What has to be drawn anew after another scene was shown.
    pub fn damage(&self, shown: &Self, screen: Rect) -> Damage {
        let mut damage = Damage::default();
        if self.ground != shown.ground {
            damage.add(screen);
            return damage;
        }
        let count = self.len.max(shown.len);
        for index in 0..count {
            match (self.items().get(index), shown.items().get(index)) {
                (Some(new), Some(old)) if new == old => {}
                (Some(new), Some(old)) => {
                    if let Some(area) = difference(new, old) {
                        damage.add(area.intersection(&screen));
                    } else {
                        damage.add(new.area.intersection(&screen));
                        damage.add(old.area.intersection(&screen));
                    }
                }
                (Some(only), None) | (None, Some(only)) => damage.add(only.area.intersection(&screen)),
                (None, None) => {}
            }
        }
        damage
    }
}

/// The part of two texts at the same place that differs.
fn difference(new: &Item, old: &Item) -> Option<Rect> {
    let (Shape::Text(face, base, text), Shape::Text(old_face, old_base, old_text)) = (&new.shape, &old.shape)
    else {
        return None;
    };
    if (face, base, new.colour) != (old_face, old_base, old.colour)
        || (new.area.x, new.area.y, new.area.h) != (old.area.x, old.area.y, old.area.h)
    {
        return None;
    }
    let (new_bytes, old_bytes) = (text.as_bytes(), old_text.as_bytes());
    let same = new_bytes.iter().zip(old_bytes).take_while(|(new, old)| new == old).count();
    // A glyph may stand a little over to the left of its pen.
    let start = face.width(new_bytes.get(..same).unwrap_or_default()).saturating_sub(3).max(0);
    let whole = new.area.union(&old.area);
    Some(Rect::new(whole.x + start, whole.y, whole.w - start, whole.h))
}

/// Some rectangles that have to be drawn anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    areas: [Rect; 6],
}

impl Damage {
    /// The rectangles; they do not overlap.
    pub fn areas(&self) -> impl Iterator<Item = Rect> + '_ {
        self.areas.iter().copied().filter(|area| !area.is_empty())
    }

    /// Everything.
    pub fn everything(screen: Rect) -> Self {
        let mut damage = Self::default();
        damage.add(screen);
        damage
    }

    /// Whether nothing has to be drawn.
    pub fn is_none(&self) -> bool {
        self.areas().next().is_none()
    }

    /// Adds a rectangle, and joins those that touch.
    pub fn add(&mut self, area: Rect) {
        let mut area = area;
        if area.is_empty() {
            return;
        }
        // What it swallows may make it reach what it did not before.
        for _ in 0..self.areas.len() {
            for place in &mut self.areas {
                if !place.is_empty() && !place.intersection(&area).is_empty() {
                    area = area.union(place);
                    *place = Rect::default();
                }
            }
        }
        if let Some(place) = self.areas.iter_mut().find(|place| place.is_empty()) {
            *place = area;
            return;
        }
        let all = self.areas.iter().fold(area, |all, place| all.union(place));
        self.areas =
            [all, Rect::default(), Rect::default(), Rect::default(), Rect::default(), Rect::default()];
    }
}
