//! Every state of a display, by name, with made-up numbers: for pictures, and for the tests that keep them. Not part of a
//! firmware.

#![allow(clippy::arithmetic_side_effects, reason = "of numbers that are written here")]

use crate::clock::Clock;
use crate::code::Code;
use crate::frame::{Alert, Block, Budget, Context, Frame, Limit, Session, Severity};
use crate::text::Text;
use crate::view::{Page, Stage, View};

/// 2026-11-22 14:32:10 at UTC+1.
pub const NOW: u32 = 1_795_354_330;
const MIDNIGHT: u32 = NOW - (14 * 3600 + 32 * 60 + 10) + 86_400;

/// The states.
pub const NAMES: [&str; 21] = [
    "setting-up",
    "joining",
    "wrong-password",
    "finding",
    "no-server",
    "refused",
    "too-new",
    "live",
    "plain",
    "large",
    "nothing-yet",
    "stale",
    "offline",
    "no-wifi",
    "warning",
    "exceeded",
    "exceeded-seen",
    "limit",
    "budgets",
    "limits",
    "sessions",
];

/// What the code of a display that is being set up says.
pub const CODE: &str = "WIFI:T:WPA;S:Costline-7F3A;P:amber-otter-42;;";

/// A usual day.
pub fn frame() -> Frame {
    let budget = |label, spent, limit, reset| {
        Some(Budget { label: Text::new(label), spent, limit, reset: Some(reset) })
    };
    let limit = |name, percent, reset| Some(Limit { name: Text::new(name), percent, reset: Some(reset) });
    let session = |name, cost, context, active| {
        Some(Session { name: Text::new(name), cost, context: Some(context), active })
    };
    Frame {
        at: NOW,
        utc_offset_min: 60,
        poll_seconds: 10,
        text: Text::new("$12.48 - ctx 68%"),
        today: Some(1248),
        week: Some(6120),
        month: Some(20_410),
        tokens: Some(4_812_345),
        burn: Some(184),
        block: Some(Block { spent: 731, projected: Some(912), end: NOW + 4320 }),
        context: Some(Context { percent: Some(68), used: Some(136_400), window: Some(200_000) }),
        title: Text::new("Parser rewrite"),
        model: Text::new("Opus 4.8"),
        hours: Text::new("aaaaaaabdhkrfbaagmtzpbfk"),
        budgets: [
            budget("day", 1248, 2500, MIDNIGHT),
            budget("week", 6120, 10_000, MIDNIGHT),
            budget("month", 20_410, 30_000, MIDNIGHT + 8 * 86_400),
            None,
        ],
        limits: [
            limit("5h", 62, NOW + 4320),
            limit("7d", 81, NOW + 3 * 86_400 + 11_000),
            limit("7d opus", 34, NOW + 3 * 86_400 + 11_000),
            None,
        ],
        sessions: [
            session("Parser rewr..", 930, 68, true),
            session("Fix CI", 214, 31, true),
            session("Docs", 88, 84, false),
            session("Spike", 16, 9, false),
        ],
        ..Frame::default()
    }
}

/// The frame of a state, where it has one.
pub fn frame_of(name: &str) -> Option<Frame> {
    let mut frame = frame();
    let [Some(day), week, month, none] = frame.budgets else { return None };
    let [_, second, third, _] = frame.limits;
    match name {
        "setting-up" | "joining" | "wrong-password" | "finding" | "no-server" | "refused" | "too-new" => {
            return None;
        }
        "plain" => {
            frame.budgets = [None; 4];
            frame.limits = [None; 4];
            frame.hours = Text::EMPTY;
            frame.block = None;
            frame.context = Some(Context { percent: Some(12), used: Some(118_000), window: Some(1_000_000) });
            frame.model = Text::new("Sonnet 4.6");
            frame.title = Text::EMPTY;
        }
        "large" => {
            frame.today = Some(123_912);
            frame.week = Some(432_100);
            frame.month = Some(2_043_210);
            frame.tokens = Some(1_234_567_890);
            frame.budgets = [Some(Budget { spent: 123_912, limit: 250_000, ..day }), week, month, none];
            frame.burn = Some(23_456);
            frame.block = Some(Block { spent: 60_000, projected: Some(123_456), end: NOW + 4320 });
        }
        "nothing-yet" => {
            frame.today = Some(0);
            frame.tokens = Some(0);
            frame.burn = None;
            frame.block = None;
            frame.context = None;
            frame.title = Text::EMPTY;
            frame.model = Text::EMPTY;
            frame.hours = Text::new("acfkaaaaaaaaaaaaaaaaaaaa");
            frame.budgets = [Some(Budget { spent: 0, ..day }), week, month, none];
            frame.limits = [None, second, third, None];
        }
        "stale" => frame.stale = true,
        "warning" => {
            frame.severity = Severity::Warning;
            frame.today = Some(2210);
            frame.budgets = [Some(Budget { spent: 2210, ..day }), week, month, none];
            frame.context = Some(Context { percent: Some(86), used: Some(172_000), window: Some(200_000) });
        }
        "exceeded" | "exceeded-seen" => {
            frame.severity = Severity::Error;
            frame.alert = Alert::BudgetExceeded;
            frame.today = Some(2790);
            frame.budgets = [Some(Budget { spent: 2790, ..day }), week, month, none];
        }
        "limit" => {
            frame.severity = Severity::Error;
            frame.alert = Alert::LimitReached;
            let full = Limit { name: Text::new("5h"), percent: 100, reset: Some(NOW + 4320) };
            frame.limits = [Some(full), second, third, None];
        }
        _ => {}
    }
    Some(frame)
}

/// What a display shows in a state. Where it is being set up it shows this code.
pub fn view<'a>(name: &str, frame: Option<&'a Frame>, code: Code) -> View<'a> {
    let stage = match name {
        "setting-up" => Stage::SettingUp,
        "joining" | "no-wifi" => Stage::Joining,
        "wrong-password" => Stage::WrongPassword,
        "finding" => Stage::Finding,
        "no-server" | "offline" => Stage::NoServer,
        "refused" => Stage::Refused,
        "too-new" => Stage::TooNew,
        _ => Stage::Live,
    };
    let age = match name {
        "offline" => 3725,
        "no-wifi" => 250,
        _ => 0,
    };
    let mut clock = Clock::default();
    clock.set(0, NOW + age);
    clock.set_offset(60);
    let set_up = stage == Stage::SettingUp;
    View {
        stage,
        frame,
        age,
        unix: Some(NOW + age),
        time: clock.words(0),
        offset_min: 60,
        page: match name {
            "budgets" => Page::Budgets,
            "limits" => Page::Limits,
            "sessions" => Page::Sessions,
            _ => Page::Status,
        },
        beat: true,
        seen: name == "exceeded-seen",
        network: Text::new(if set_up { "Costline-7F3A" } else { "Home sweet home" }),
        password: Text::new("amber-otter-42"),
        server: Text::new("192.168.1.20:8377"),
        code: if set_up { code } else { Code::NONE },
    }
}
