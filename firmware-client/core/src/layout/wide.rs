//! 320 by 170 pixels.

use super::parts::{Centre, Left, Right, context, context_colour, of_limit};
use super::{Pen, colour_of};
use crate::colour::{BLUE, FAINT, GREY, NIGHT, VIOLET, WHITE};
use crate::font::Face;
use crate::frame::Frame;
use crate::geometry::Rect;
use crate::scene::Shape;
use crate::view::{Alarm, Level, Notice, Rows, View};
use crate::words;

fn header(pen: &mut Pen<'_>, view: &View<'_>, title: &str, rest: &str) {
    pen.mark(7, 5);
    let pill = pen.pill(view, 314, 4);
    let time = pen.text((pill - 8, 19), Right, Face::Text, GREY, view.time.as_str());
    let end = if title.is_empty() { 24 } else { pen.text((30, 20), Left, Face::Text, WHITE, title).right() };
    pen.text_within((end + 8, 19), time.x - end - 16, Face::Small, FAINT, rest);
}

pub(super) fn status(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    header(pen, view, frame.model.as_str(), frame.title.as_str());
    today(pen, view, frame);
    ring(pen, frame);
    pen.rate(view, frame, Rect::new(6, 124, 172, 42), Rect::new(113, 131, 57, 28));
    limits(pen, view, frame);
}

fn today(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    let budget = of_limit(view);
    let level = budget.map_or(Level::Fine, |(_, _, level)| level);
    pen.card(Rect::new(6, 28, 202, 90), level);
    pen.text((16, 45), Left, Face::Small, GREY, "TODAY");
    if frame.today == Some(0) {
        pen.text((16, 78), Left, Face::Title, WHITE, "Nothing yet");
        return sums(pen, frame, 106);
    }
    if let Some(tokens) = frame.tokens {
        pen.text(
            (198, 45),
            Right,
            Face::Small,
            GREY,
            words::join::<16>(&[words::tokens(tokens).as_str(), " tok"]).as_str(),
        );
    }
    let Some((percent, of, level)) = budget else {
        pen.hero((16, 90), 182, frame.today);
        return sums(pen, frame, 109);
    };
    let beside = Face::Small.width(of.as_bytes()).max(Face::Text.width(b"100%"));
    pen.hero((16, 91), 182 - beside - 3, frame.today);
    pen.text((198, 72), Right, Face::Text, colour_of(level, VIOLET), words::percent(percent).as_str());
    pen.text((198, 89), Right, Face::Small, GREY, of.as_str());
    let passed = view.main_budget().and_then(|budget| view.passed(budget));
    pen.bar(Rect::new(16, 101, 182, 8), percent, passed, colour_of(level, VIOLET));
}

/// Week and month.
fn sums(pen: &mut Pen<'_>, frame: &Frame, y: i16) {
    if let Some(cents) = frame.week {
        let end = pen.text((16, y), Left, Face::Tiny, GREY, "week").right();
        pen.text((end + 4, y), Left, Face::Small, WHITE, words::money(cents).as_str());
    }
    if let Some(cents) = frame.month {
        let start = pen.text((198, y), Right, Face::Small, WHITE, words::money(cents).as_str()).x;
        pen.text((start - 4, y), Right, Face::Tiny, GREY, "month");
    }
}

fn ring(pen: &mut Pen<'_>, frame: &Frame) {
    let percent = context(frame);
    pen.card(Rect::new(214, 28, 100, 90), Level::Fine);
    pen.ring(Rect::new(226, 36, 76, 76), 8, percent, context_colour(percent, BLUE));
    let words = percent.map_or(words::join(&["--"]), words::percent);
    pen.text((264, 79), Centre, Face::Title, WHITE, words.as_str());
    if let Some(used) = frame.context.and_then(|context| context.used) {
        pen.text((264, 94), Centre, Face::Tiny, GREY, words::tokens(used.into()).as_str());
    }
    pen.text((264, 111), Centre, Face::Tiny, GREY, "context");
}

fn limits(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    pen.card(Rect::new(184, 124, 130, 42), Level::Fine);
    let mut y = 131;
    for limit in view.main_limits() {
        pen.limit(view, Rect::new(192, y, 114, 12), limit);
        y += 17;
    }
    if y == 131 {
        let sums = [("week", frame.week), ("month", frame.month)];
        for (period, cents) in sums {
            if let Some(cents) = cents {
                pen.text((194, y + 10), Left, Face::Small, GREY, period);
                pen.text((304, y + 10), Right, Face::Small, WHITE, words::money(cents).as_str());
                y += 17;
            }
        }
    }
}

pub(super) fn list(pen: &mut Pen<'_>, view: &View<'_>, page: &Rows) {
    header(pen, view, page.title, "");
    let count = page.iter().count() as i16;
    if count == 0 {
        let [missing, advice] = page.empty;
        pen.text((160, 96), Centre, Face::Title, WHITE, missing);
        return pen.centred((160, 122), 300, &[Face::Small], GREY, advice);
    }
    let step = if count <= 2 { 66 } else { 140 / count };
    let mut y = 30;
    for row in page.iter() {
        if count <= 2 {
            pen.card(Rect::new(6, y, 308, step - 5), row.level);
            pen.row(Rect::new(18, y + 10, 284, 40), row);
        } else {
            pen.row(Rect::new(12, y + 1, 296, 30), row);
        }
        y += step;
    }
}

pub(super) fn notice(pen: &mut Pen<'_>, notice: &Notice) {
    let colour = colour_of(notice.level, VIOLET);
    pen.scene.add(Rect::new(14, 45, 80, 80), colour.over(NIGHT, 6), Shape::Round(40));
    pen.icon((54, 85), notice.icon, colour);
    let mut y = 62;
    pen.text_within((110, y), 204, Face::Title, WHITE, notice.title);
    y += 23;
    if !notice.subject.is_empty() {
        pen.text_within((110, y), 204, Face::Text, colour, notice.subject.as_str());
        y += 23;
    }
    for line in notice.advice {
        pen.text((110, y), Left, Face::Small, GREY, line);
        y += 18;
    }
}

pub(super) fn set_up(pen: &mut Pen<'_>, view: &View<'_>) {
    pen.scene.add(Rect::new(10, 15, 140, 140), NIGHT, Shape::Code);
    pen.mark(164, 14);
    pen.text((188, 29), Left, Face::Text, WHITE, "Set me up");
    pen.text((164, 54), Left, Face::Small, GREY, "1  Scan, or join");
    pen.text((180, 72), Left, Face::Text, VIOLET, view.network.as_str());
    pen.text((180, 91), Left, Face::Text, WHITE, view.password.as_str());
    pen.text((164, 116), Left, Face::Small, GREY, "2  Open");
    pen.text((180, 134), Left, Face::Text, VIOLET, "192.168.4.1");
    pen.text((164, 156), Left, Face::Tiny, FAINT, "or wait until it opens");
}

pub(super) fn alarm(pen: &mut Pen<'_>, alarm: &Alarm) {
    pen.centred((160, 38), 300, &[Face::Title], WHITE, alarm.title);
    pen.centred((160, 98), 300, &[Face::Hero, Face::Large], WHITE, alarm.number.as_str());
    pen.centred((160, 126), 300, &[Face::Text], WHITE, alarm.of.as_str());
    pen.centred((160, 154), 300, &[Face::Small], WHITE, alarm.reset.as_str());
}
