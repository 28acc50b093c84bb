//! What several layouts are made of.

use super::{Pen, colour_of};
use crate::colour::{AMBER, CARD, Colour, FAINT, GREEN, GREY, NIGHT, RED, TRACK, VIOLET, WHITE};
use crate::font::Face;
use crate::frame::{Frame, Limit};
use crate::geometry::Rect;
use crate::scene::{Align, Shape};
use crate::text::Text;
use crate::view::{Freshness, Icon, Level, Row, Stage, View};
use crate::words;

pub(super) use Align::{Centre, Left, Right};

impl Pen<'_> {
    pub fn text(&mut self, at: (i16, i16), align: Align, face: Face, colour: Colour, text: &str) -> Rect {
        let colour = self.shade(colour);
        self.scene.text(at, align, face, colour, text)
    }

    pub fn text_within(
        &mut self,
        at: (i16, i16),
        width: i16,
        face: Face,
        colour: Colour,
        text: &str,
    ) -> Rect {
        let colour = self.shade(colour);
        self.scene.text_within(at, width, face, colour, text)
    }

    /// A text in the middle, in the largest of these faces that fits.
    pub fn centred(&mut self, (x, y): (i16, i16), width: i16, faces: &[Face], colour: Colour, text: &str) {
        let fits = |face: &&Face| face.width(text.as_bytes()) <= width;
        let face = faces.iter().find(fits).or(faces.last()).copied().unwrap_or(Face::Tiny);
        if face.width(text.as_bytes()) <= width {
            self.text((x, y), Centre, face, colour, text);
        } else {
            self.text_within((x - width / 2, y), width, face, colour, text);
        }
    }

    /// A ground for things, with an edge where something calls for attention.
    pub fn card(&mut self, area: Rect, level: Level) {
        let inner = if level == Level::Fine {
            area
        } else {
            let edge = self.shade(colour_of(level, CARD));
            self.scene.add(area, edge, Shape::Round(9));
            area.inset(2)
        };
        self.scene.add(inner, CARD, Shape::Round(if level == Level::Fine { 9 } else { 7 }));
    }

    /// A bar that is so many percent full, with a mark where it would be if it grew evenly.
    pub fn bar(&mut self, area: Rect, part: u32, passed: Option<u32>, colour: Colour) {
        let (track, colour, white) = (self.shade(TRACK), self.shade(colour), self.shade(WHITE));
        let radius = (area.h / 2).clamp(0, 40) as u8;
        self.scene.add(area, track, Shape::Round(radius));
        let share = |part: u32| (i32::from(area.w) * part.min(100) as i32 / 100) as i16;
        if part > 0 {
            // A round end needs its own width.
            self.scene.add(Rect { w: share(part).max(area.h), ..area }, colour, Shape::Round(radius));
        }
        if let Some(passed) = passed {
            let x = area.x + share(passed).min(area.w - 3).max(1);
            self.scene.add(Rect::new(x, area.y - 3, 2, area.h + 6), white, Shape::Fill);
        }
    }

    /// Part of a ring over the whole of it: 270 degrees, open below.
    pub fn ring(&mut self, area: Rect, thickness: u8, part: Option<u32>, colour: Colour) {
        let (track, colour) = (self.shade(TRACK), self.shade(colour));
        self.scene.add(area, track, Shape::Arc(thickness, -135, 270));
        if let Some(part) = part.filter(|part| *part > 0) {
            self.scene.add(area, colour, Shape::Arc(thickness, -135, (part.min(100) * 27 / 10) as i16));
        }
    }

    /// The mark of Costline: three steps up, and a coin over the last of them; 16 pixels a side.
    pub fn mark(&mut self, x: i16, y: i16) {
        let (colour, coin) = (self.shade(VIOLET), self.shade(GREEN));
        for (step, height) in [(0, 5), (6, 8), (12, 7)] {
            self.scene.add(Rect::new(x + step, y + 16 - height, 4, height), colour, Shape::Round(2));
        }
        self.scene.add(Rect::new(x + 11, y + 1, 6, 6), coin, Shape::Round(3));
    }

    /// How fresh the numbers are, as a pill that ends at `right`; says where it begins.
    pub fn pill(&mut self, view: &View<'_>, right: i16, y: i16) -> i16 {
        let (colour, words) = pill_words(view);
        let width = pill_width(view);
        let left = right - width;
        self.scene.add(Rect::new(left, y, width, 18), colour.over(NIGHT, 6), Shape::Round(9));
        self.scene.add(Rect::new(left + 7, y + 6, 6, 6), colour, Shape::Round(3));
        self.scene.text((left + 17, y + 14), Left, Face::Small, colour, words.as_str());
        left
    }

    /// A row without much room: what else there is stands below the bar, or between label and number where there is none below.
    pub fn round_row(&mut self, area: Rect, row: &Row) {
        let value =
            self.text((area.right(), area.y + 13), Right, Face::Text, value_colour(row), row.value.as_str());
        let label = self.text_within(
            (area.x, area.y + 13),
            value.x - area.x - 6,
            Face::Text,
            WHITE,
            row.label.as_str(),
        );
        let below = area.y + if row.part.is_some() { 38 } else { 29 };
        if below < area.bottom() {
            self.text((area.x, below), Left, Face::Tiny, GREY, row.detail.as_str());
            self.text((area.right(), below), Right, Face::Tiny, FAINT, row.until.as_str());
        } else if label.right() + Face::Tiny.width(row.detail.as_bytes()) + 12 <= value.x {
            self.text((label.right() + 6, area.y + 13), Left, Face::Tiny, GREY, row.detail.as_str());
        }
        if let Some(part) = row.part {
            self.bar(
                Rect::new(area.x, area.y + 20, area.w, 6),
                part,
                row.passed,
                colour_of(row.level, VIOLET),
            );
        }
    }

    /// The amount of today, in the largest face that fits, its sign small; says where it ends.
    pub fn hero(&mut self, (x, y): (i16, i16), width: i16, cents: Option<u32>) -> i16 {
        let amount = cents.map_or(Text::new("--"), words::amount);
        let sign = Face::Title;
        let room = width - sign.width(b"$") - 2;
        let fits = |face: &Face| face.width(amount.as_bytes()) <= room;
        let face = [Face::Hero, Face::Great, Face::Large].into_iter().find(fits).unwrap_or(Face::Title);
        let raised = y - face.capital() + sign.capital();
        let end = self.text((x, raised), Left, sign, VIOLET, "$").right();
        let colour = if cents.is_some() { WHITE } else { FAINT };
        self.text((end + 1, y), Left, face, colour, amount.as_str()).right()
    }

    /// What an hour costs and what the window comes to, on a card, with the last hours as bars where there are any.
    pub fn rate(&mut self, view: &View<'_>, frame: &Frame, card: Rect, bars: Rect) {
        self.card(card, Level::Fine);
        let (left, base) = (card.x + 10, card.y + 18);
        match frame.burn {
            Some(burn) => {
                let end =
                    self.text((left, base), Left, Face::Text, WHITE, words::money(burn).as_str()).right();
                self.text((end, base), Left, Face::Small, GREY, "/h");
            }
            None => {
                self.text((left, base), Left, Face::Small, GREY, "at rest");
            }
        }
        match frame.block {
            Some(block) => {
                let (towards, room) = (block.projected.unwrap_or(block.spent), bars.x - left - 3);
                let clock = view.clock_at(block.end);
                let say = |money: words::Word| words::join::<24>(&[money.as_str(), " by ", clock.as_str()]);
                let mut what = say(words::money(towards));
                if Face::Tiny.width(what.as_bytes()) > room {
                    // Rather without cents than without the hour.
                    what = say(words::dollars(towards));
                }
                self.text_within((left, base + 17), room, Face::Tiny, GREY, what.as_str());
            }
            None => {
                self.text((left, base + 17), Left, Face::Tiny, FAINT, "no window");
            }
        }
        if !frame.hours.is_empty() {
            let colour = self.shade(VIOLET);
            self.scene.add(bars, colour, Shape::Bars(frame.hours));
        }
    }

    /// A limit on a line: its name, a bar, percent, and how long it holds.
    pub fn limit(&mut self, view: &View<'_>, area: Rect, limit: &Limit) {
        let percent = u32::from(limit.percent);
        let level = Level::of(percent);
        let base = area.y + 10;
        self.text(
            (area.x, base),
            Left,
            Face::Small,
            GREY,
            limit.name.as_str().split([' ']).next().unwrap_or_default(),
        );
        let until = view.until(limit.reset);
        self.text((area.right(), base), Right, Face::Tiny, FAINT, until.as_str());
        let colour = colour_of(level, GREEN);
        self.text((area.right() - 34, base), Right, Face::Small, colour, words::percent(percent).as_str());
        self.bar(Rect::new(area.x + 21, area.y + 2, area.w - 21 - 34 - 36, 7), percent, None, colour);
    }

    /// A row of a list: the label and the number on a line, a bar, and the rest below it.
    pub fn row(&mut self, area: Rect, row: &Row) {
        let value =
            self.text((area.right(), area.y + 13), Right, Face::Text, value_colour(row), row.value.as_str());
        let label = self.text_within(
            (area.x, area.y + 13),
            value.x - area.x - 6,
            Face::Text,
            WHITE,
            row.label.as_str(),
        );
        let room = value.x - label.right() - 10;
        let rest = Face::Small.width(row.detail.as_bytes());
        let beside = rest + Face::Small.width(row.until.as_bytes()) + 14 <= room;
        let below = area.y + 13 + if row.part.is_some() { 28 } else { 18 };
        if beside {
            let end = self
                .text((label.right() + 8, area.y + 13), Left, Face::Small, GREY, row.detail.as_str())
                .right();
            self.text((end + 6, area.y + 13), Left, Face::Small, FAINT, row.until.as_str());
        } else {
            let words = Face::Small.width(row.detail.as_bytes()) + Face::Small.width(row.until.as_bytes());
            let face = if words + 6 <= area.w { Face::Small } else { Face::Tiny };
            self.text((area.x, below), Left, face, GREY, row.detail.as_str());
            self.text((area.right(), below), Right, face, FAINT, row.until.as_str());
        }
        if let Some(part) = row.part {
            self.bar(
                Rect::new(area.x, area.y + 20, area.w, 6),
                part,
                row.passed,
                colour_of(row.level, VIOLET),
            );
        }
    }

    /// A picture of 40 pixels a side around a place.
    pub fn icon(&mut self, (x, y): (i16, i16), icon: Icon, colour: Colour) {
        let colour = self.shade(colour);
        let scene = &mut *self.scene;
        match icon {
            Icon::Wireless => {
                for radius in [10, 19, 28] {
                    scene.add(
                        Rect::new(x - radius, y + 14 - radius, radius * 2, radius * 2),
                        colour,
                        Shape::Arc(4, -42, 84),
                    );
                }
                scene.add(Rect::new(x - 3, y + 11, 6, 6), colour, Shape::Round(3));
            }
            Icon::Lock => {
                scene.add(Rect::new(x - 10, y - 18, 20, 20), colour, Shape::Arc(4, -90, 180));
                scene.add(Rect::new(x - 10, y - 9, 4, 10), colour, Shape::Fill);
                scene.add(Rect::new(x + 6, y - 9, 4, 10), colour, Shape::Fill);
                scene.add(Rect::new(x - 15, y - 3, 30, 22), colour, Shape::Round(5));
                scene.add(Rect::new(x - 2, y + 3, 4, 10), NIGHT, Shape::Round(2));
            }
            Icon::Server => {
                for row in [-17, -4, 9] {
                    scene.add(Rect::new(x - 19, y + row, 38, 10), colour, Shape::Round(3));
                    scene.add(Rect::new(x - 14, y + row + 3, 4, 4), NIGHT, Shape::Round(2));
                }
            }
            Icon::Update => {
                scene.add(Rect::new(x - 2, y - 18, 4, 26), colour, Shape::Round(2));
                scene.add(Rect::new(x - 12, y - 4, 14, 14), colour, Shape::Line(8, false));
                scene.add(Rect::new(x - 2, y - 4, 14, 14), colour, Shape::Line(8, true));
                scene.add(Rect::new(x - 19, y + 14, 38, 5), colour, Shape::Round(2));
            }
        }
    }
}

/// The width of the pill.
pub(super) fn pill_width(view: &View<'_>) -> i16 {
    Face::Small.width(pill_words(view).1.as_bytes()) + 24
}

fn value_colour(row: &Row) -> Colour {
    if row.urgent { colour_of(row.level, WHITE) } else { WHITE }
}

fn pill_words(view: &View<'_>) -> (Colour, Text<16>) {
    let age = |what: &str| words::join(&[what, " ", words::span(view.age).as_str()]);
    match view.freshness() {
        Freshness::Live => (GREEN, Text::new("live")),
        Freshness::Stale => (AMBER, Text::new("stale")),
        Freshness::Offline(_) => (
            RED,
            match view.stage {
                Stage::Joining => age("no wifi"),
                Stage::WrongPassword => age("password"),
                _ => age("offline"),
            },
        ),
    }
}

/// `of $25`, or nothing.
pub(super) fn of_limit(view: &View<'_>) -> Option<(u32, Text<12>, Level)> {
    let budget = view.main_budget()?;
    let percent = budget.percent();
    Some((percent, words::join(&["of ", words::round_money(budget.limit).as_str()]), Level::of(percent)))
}

/// The context in percent.
pub(super) fn context(frame: &Frame) -> Option<u32> {
    frame.context.and_then(|context| context.percent).map(u32::from)
}

/// Violet for a context with room, amber for one that is nearly full.
pub(super) const fn context_colour(percent: Option<u32>, fine: Colour) -> Colour {
    match percent {
        Some(80..) => AMBER,
        _ => fine,
    }
}
