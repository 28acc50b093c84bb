//! 240 by 240 pixels, of which only the disc is there.

use super::parts::{Centre, Left, context, context_colour, of_limit, pill_width};
use super::{Pen, colour_of};
use crate::colour::{AMBER, BLUE, GREEN, GREY, NIGHT, VIOLET, WHITE};
use crate::font::Face;
use crate::frame::Frame;
use crate::geometry::Rect;
use crate::scene::Shape;
use crate::view::{Alarm, Level, Notice, Rows, View};
use crate::words;

/// How fresh the numbers are, in the middle: the pill, as wide as its words.
fn pill(pen: &mut Pen<'_>, view: &View<'_>, y: i16) {
    pen.pill(view, 120 + pill_width(view) / 2, y);
}

pub(super) fn status(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    let budget = of_limit(view);
    let part = context(frame);
    let level = budget.map_or(Level::Fine, |(_, _, level)| level);
    pen.ring(Rect::new(3, 3, 234, 234), 9, budget.map(|(percent, _, _)| percent), colour_of(level, VIOLET));
    pen.ring(Rect::new(17, 17, 206, 206), 6, part, context_colour(part, BLUE));
    pen.centred((120, 54), 120, &[Face::Text, Face::Small], WHITE, frame.model.as_str());
    pen.text((120, 73), Centre, Face::Small, GREY, view.time.as_str());
    if frame.today == Some(0) {
        pen.text((120, 118), Centre, Face::Title, WHITE, "Nothing yet");
        pen.text((120, 136), Centre, Face::Small, GREY, "today");
    } else {
        let amount = frame.today.map_or(words::join(&["--"]), words::money);
        pen.centred((120, 121), 178, &[Face::Hero, Face::Great, Face::Large], WHITE, amount.as_str());
        match budget {
            Some((percent, of, level)) => {
                let words = words::percent(percent);
                let width = Face::Small.width(words.as_bytes()) + Face::Small.width(of.as_bytes()) + 5;
                let x = 120 - width / 2;
                let end =
                    pen.text((x, 141), Left, Face::Small, colour_of(level, VIOLET), words.as_str()).right();
                pen.text((end + 4, 141), Left, Face::Small, GREY, of.as_str());
            }
            None => {
                pen.text((120, 141), Centre, Face::Small, GREY, "today");
            }
        }
    }
    let rate = frame
        .burn
        .map_or(words::join::<16>(&["at rest"]), |burn| words::join(&[words::money(burn).as_str(), "/h"]));
    let words = part.map_or(words::join(&["--"]), words::percent);
    let width = |face: Face| {
        face.width(rate.as_bytes()) + face.width(words.as_bytes()) + Face::Tiny.width(b"ctx") + 15
    };
    let face = if width(Face::Text) <= 166 { Face::Text } else { Face::Small };
    let end = pen.text((120 - width(face) / 2, 163), Left, face, WHITE, rate.as_str()).right();
    let end = pen.text((end + 10, 163), Left, face, context_colour(part, BLUE), words.as_str()).right();
    pen.text((end + 3, 163), Left, Face::Tiny, GREY, "ctx");
    limits(pen, view);
    pill(pen, view, 196);
}

fn limits(pen: &mut Pen<'_>, view: &View<'_>) {
    let mut x = if view.main_limits().count() == 1 { 94 } else { 64 };
    for limit in view.main_limits() {
        let percent = u32::from(limit.percent);
        let name = limit.name.as_str().split(' ').next().unwrap_or_default();
        let end = pen.text((x, 184), Left, Face::Small, GREY, name).right();
        pen.text(
            (end + 4, 184),
            Left,
            Face::Small,
            colour_of(Level::of(percent), GREEN),
            words::percent(percent).as_str(),
        );
        x += 60;
    }
}

pub(super) fn list(pen: &mut Pen<'_>, view: &View<'_>, page: &Rows) {
    pen.text((120, 44), Centre, Face::Text, WHITE, page.title);
    let count = page.iter().count() as i16;
    if count == 0 {
        let [missing, advice] = page.empty;
        pen.centred((120, 116), 200, &[Face::Title, Face::Text], WHITE, missing);
        pen.centred((120, 142), 200, &[Face::Small, Face::Tiny], GREY, advice);
    }
    let step = if count <= 3 { 46 } else { 35 };
    let mut y = 124 - count * step / 2;
    for row in page.iter() {
        pen.round_row(Rect::new(36, y, 168, step), row);
        y += step;
    }
    pill(pen, view, 206);
}

pub(super) fn notice(pen: &mut Pen<'_>, notice: &Notice) {
    let colour = colour_of(notice.level, VIOLET);
    pen.scene.add(Rect::new(3, 3, 234, 234), colour.over(NIGHT, 10), Shape::Arc(5, 0, 360));
    pen.scene.add(Rect::new(80, 26, 80, 80), colour.over(NIGHT, 6), Shape::Round(40));
    pen.icon((120, 66), notice.icon, colour);
    pen.centred((120, 134), 200, &[Face::Title, Face::Text], WHITE, notice.title);
    pen.centred((120, 156), 196, &[Face::Text, Face::Small, Face::Tiny], colour, notice.subject.as_str());
    let mut y = 178;
    for line in notice.advice {
        pen.centred((120, y), 170, &[Face::Small, Face::Tiny], GREY, line);
        y += 17;
    }
}

pub(super) fn set_up(pen: &mut Pen<'_>, view: &View<'_>) {
    pen.text((120, 30), Centre, Face::Small, WHITE, "Scan, or join");
    pen.scene.add(Rect::new(56, 40, 128, 128), NIGHT, Shape::Code);
    pen.text((120, 185), Centre, Face::Small, VIOLET, view.network.as_str());
    pen.text((120, 201), Centre, Face::Small, WHITE, view.password.as_str());
    pen.text((120, 217), Centre, Face::Tiny, GREY, "192.168.4.1");
}

pub(super) fn alarm(pen: &mut Pen<'_>, alarm: &Alarm) {
    pen.scene.add(Rect::new(3, 3, 234, 234), AMBER, Shape::Arc(6, 0, 360));
    pen.centred((120, 74), 190, &[Face::Title, Face::Text], WHITE, alarm.title);
    pen.centred((120, 134), 200, &[Face::Hero, Face::Large], WHITE, alarm.number.as_str());
    pen.centred((120, 162), 190, &[Face::Text, Face::Small], WHITE, alarm.of.as_str());
    pen.centred((120, 190), 150, &[Face::Small], WHITE, alarm.reset.as_str());
}
