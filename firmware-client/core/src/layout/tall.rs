//! 172 by 320 pixels.

use super::parts::{Centre, Left, Right, context, context_colour, of_limit};
use super::{Pen, colour_of};
use crate::colour::{BLUE, FAINT, GREY, NIGHT, VIOLET, WHITE};
use crate::font::Face;
use crate::frame::Frame;
use crate::geometry::Rect;
use crate::scene::Shape;
use crate::view::{Alarm, Level, Notice, Rows, View};
use crate::words;

fn header(pen: &mut Pen<'_>, view: &View<'_>, title: &str) {
    pen.mark(8, 7);
    pen.text_within((32, 22), 134, Face::Text, WHITE, title);
    pen.pill(view, 166, 30);
    pen.text((8, 44), Left, Face::Text, GREY, view.time.as_str());
}

pub(super) fn status(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    header(pen, view, if frame.model.is_empty() { "Costline" } else { frame.model.as_str() });
    today(pen, view, frame);
    ring(pen, frame);
    pen.rate(view, frame, Rect::new(6, 222, 160, 44), Rect::new(114, 230, 42, 28));
    limits(pen, view, frame);
}

fn today(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    let budget = of_limit(view);
    pen.card(Rect::new(6, 54, 160, 94), budget.map_or(Level::Fine, |(_, _, level)| level));
    pen.text((16, 72), Left, Face::Small, GREY, "TODAY");
    if frame.today == Some(0) {
        pen.text((16, 104), Left, Face::Title, WHITE, "Nothing yet");
        return sums(pen, frame, 124);
    }
    if let Some(tokens) = frame.tokens {
        pen.text(
            (156, 72),
            Right,
            Face::Small,
            GREY,
            words::join::<16>(&[words::tokens(tokens).as_str(), " tok"]).as_str(),
        );
    }
    pen.hero((16, if budget.is_some() { 111 } else { 107 }), 128, frame.today);
    match budget {
        Some((percent, of, level)) => {
            pen.text(
                (16, 128),
                Left,
                Face::Small,
                colour_of(level, VIOLET),
                words::percent(percent).as_str(),
            );
            pen.text((156, 128), Right, Face::Small, GREY, of.as_str());
            let passed = view.main_budget().and_then(|budget| view.passed(budget));
            pen.bar(Rect::new(16, 135, 140, 7), percent, passed, colour_of(level, VIOLET));
        }
        None => sums(pen, frame, 126),
    }
}

/// Week and month.
fn sums(pen: &mut Pen<'_>, frame: &Frame, y: i16) {
    let mut y = y;
    for (period, cents) in [("week", frame.week), ("month", frame.month)] {
        if let Some(cents) = cents {
            pen.text((16, y), Left, Face::Small, GREY, period);
            pen.text((156, y), Right, Face::Small, WHITE, words::money(cents).as_str());
            y += 17;
        }
    }
}

fn ring(pen: &mut Pen<'_>, frame: &Frame) {
    let percent = context(frame);
    pen.card(Rect::new(6, 154, 160, 62), Level::Fine);
    pen.ring(Rect::new(14, 160, 54, 54), 7, percent, context_colour(percent, BLUE));
    let words = percent.map_or(words::join(&["--"]), words::percent);
    pen.text((41, 191), Centre, Face::Small, WHITE, words.as_str());
    pen.text((80, 178), Left, Face::Small, GREY, "context");
    if let Some(context) = frame.context {
        if let Some(used) = context.used {
            pen.text((80, 195), Left, Face::Text, WHITE, words::tokens(used.into()).as_str());
        }
        if let Some(window) = context.window {
            pen.text(
                (80, 209),
                Left,
                Face::Tiny,
                FAINT,
                words::join::<12>(&["of ", words::tokens(window.into()).as_str()]).as_str(),
            );
        }
    }
}

fn limits(pen: &mut Pen<'_>, view: &View<'_>, frame: &Frame) {
    pen.card(Rect::new(6, 272, 160, 42), Level::Fine);
    let mut y = 279;
    for limit in view.main_limits() {
        pen.limit(view, Rect::new(16, y, 140, 12), limit);
        y += 17;
    }
    if y == 279 {
        sums(pen, frame, 289);
    }
}

pub(super) fn list(pen: &mut Pen<'_>, view: &View<'_>, page: &Rows) {
    header(pen, view, page.title);
    let count = page.iter().count();
    if count == 0 {
        let [missing, advice] = page.empty;
        pen.centred((86, 160), 160, &[Face::Title, Face::Text], WHITE, missing);
        return pen.centred((86, 186), 160, &[Face::Small, Face::Tiny], GREY, advice);
    }
    let mut y = 54;
    for row in page.iter() {
        pen.card(Rect::new(6, y, 160, 62), row.level);
        pen.row(Rect::new(16, y + 10, 140, 42), row);
        y += 66;
    }
}

pub(super) fn notice(pen: &mut Pen<'_>, notice: &Notice) {
    let colour = colour_of(notice.level, VIOLET);
    pen.scene.add(Rect::new(41, 56, 90, 90), colour.over(NIGHT, 6), Shape::Round(45));
    pen.icon((86, 101), notice.icon, colour);
    pen.centred((86, 186), 164, &[Face::Title, Face::Text], WHITE, notice.title);
    pen.centred((86, 210), 164, &[Face::Text, Face::Small, Face::Tiny], colour, notice.subject.as_str());
    let mut y = 238;
    for line in notice.advice {
        pen.centred((86, y), 164, &[Face::Small, Face::Tiny], GREY, line);
        y += 18;
    }
}

pub(super) fn set_up(pen: &mut Pen<'_>, view: &View<'_>) {
    pen.mark(30, 14);
    pen.text((54, 29), Left, Face::Text, WHITE, "Set me up");
    pen.scene.add(Rect::new(11, 42, 150, 150), NIGHT, Shape::Code);
    pen.text((14, 214), Left, Face::Small, GREY, "1  Scan, or join");
    pen.text((30, 232), Left, Face::Text, VIOLET, view.network.as_str());
    pen.text((30, 251), Left, Face::Text, WHITE, view.password.as_str());
    pen.text((14, 277), Left, Face::Small, GREY, "2  Open");
    pen.text((30, 295), Left, Face::Text, VIOLET, "192.168.4.1");
}

pub(super) fn alarm(pen: &mut Pen<'_>, alarm: &Alarm) {
    pen.centred((86, 92), 160, &[Face::Title, Face::Text], WHITE, alarm.title);
    pen.centred((86, 166), 164, &[Face::Hero, Face::Large, Face::Title], WHITE, alarm.number.as_str());
    pen.centred((86, 198), 160, &[Face::Text, Face::Small], WHITE, alarm.of.as_str());
    pen.centred((86, 232), 160, &[Face::Small], WHITE, alarm.reset.as_str());
}
