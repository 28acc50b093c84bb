//! Where things are on a screen. Another shape of screen is one more file beside those of this folder.

#![allow(clippy::arithmetic_side_effects, reason = "coordinates are 16 bits wide and far from their ends")]

mod parts;
mod round;
mod tall;
mod wide;

use crate::colour::{self, Colour, NIGHT};
use crate::geometry::Rect;
use crate::scene::Scene;
use crate::view::{Freshness, Level, Stage, View, rows};

/// A shape of screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 320 by 170.
    Wide,
    /// 172 by 320.
    Tall,
    /// 240 by 240, of which the corners are not there.
    Round,
}

impl Layout {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 3] =
        [("320x170", Self::Wide), ("172x320", Self::Tall), ("240x240", Self::Round)];

    /// The screen.
    pub const fn screen(self) -> Rect {
        match self {
            Self::Wide => Rect::new(0, 0, 320, 170),
            Self::Tall => Rect::new(0, 0, 172, 320),
            Self::Round => Rect::new(0, 0, 240, 240),
        }
    }

    /// Makes the scene of what is to be shown.
    pub fn draw(self, view: &View<'_>, scene: &mut Scene) {
        let alarm = view.alarm();
        scene.clear(match (alarm, view.beat) {
            (None, _) => NIGHT,
            (Some(_), true) => colour::ALARM,
            (Some(_), false) => colour::ALARM_DARK,
        });
        let mut pen = Pen { scene, dim: view.freshness() != Freshness::Live };
        if let Some(alarm) = alarm {
            pen.dim = false;
            return match self {
                Self::Wide => wide::alarm(&mut pen, &alarm),
                Self::Tall => tall::alarm(&mut pen, &alarm),
                Self::Round => round::alarm(&mut pen, &alarm),
            };
        }
        if view.stage == Stage::SettingUp {
            pen.dim = false;
            return match self {
                Self::Wide => wide::set_up(&mut pen, view),
                Self::Tall => tall::set_up(&mut pen, view),
                Self::Round => round::set_up(&mut pen, view),
            };
        }
        let (notice, frame) = (view.notice(), view.frame);
        match (notice, frame) {
            (Some(notice), _) => {
                pen.dim = false;
                match self {
                    Self::Wide => wide::notice(&mut pen, &notice),
                    Self::Tall => tall::notice(&mut pen, &notice),
                    Self::Round => round::notice(&mut pen, &notice),
                }
            }
            (None, Some(frame)) => {
                let page = rows(view, frame);
                match (self, page.title.is_empty()) {
                    (Self::Wide, true) => wide::status(&mut pen, view, frame),
                    (Self::Wide, false) => wide::list(&mut pen, view, &page),
                    (Self::Tall, true) => tall::status(&mut pen, view, frame),
                    (Self::Tall, false) => tall::list(&mut pen, view, &page),
                    (Self::Round, true) => round::status(&mut pen, view, frame),
                    (Self::Round, false) => round::list(&mut pen, view, &page),
                }
            }
            (None, None) => {}
        }
    }
}

/// A scene that is being made; where numbers are old its colours are dimmed.
struct Pen<'a> {
    scene: &'a mut Scene,
    dim: bool,
}

impl Pen<'_> {
    fn shade(&self, colour: Colour) -> Colour {
        if self.dim { colour.over(colour::CARD, 15) } else { colour }
    }
}

/// The colour of what is as it should be, or is not.
const fn colour_of(level: Level, fine: Colour) -> Colour {
    match level {
        Level::Fine => fine,
        Level::Warning => colour::AMBER,
        Level::Over => colour::RED,
    }
}
