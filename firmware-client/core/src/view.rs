//! What is to be shown, before anyone knows on what screen.

mod rows;

pub use rows::{Row, Rows, rows};

use crate::code::Code;
use crate::frame::{Alert, Budget, Frame, Limit};
use crate::text::Text;
use crate::words;

/// Where the display stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// It has an access point of its own, where a phone can set it up.
    SettingUp,
    /// It asks a wireless network to let it in.
    #[default]
    Joining,
    /// The network did not take the password.
    WrongPassword,
    /// It looks for the server.
    Finding,
    /// The server does not answer.
    NoServer,
    /// The server does not take the token.
    Refused,
    /// The server speaks a newer version.
    TooNew,
    /// It shows what the server says.
    Live,
}

/// A page that the button leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Everything at a glance.
    #[default]
    Status,
    /// Budgets, and sums of the periods that have none.
    Budgets,
    /// The plan's limits.
    Limits,
    /// Sessions.
    Sessions,
}

impl Page {
    /// The next one, the first again after the last.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Status => Self::Budgets,
            Self::Budgets => Self::Limits,
            Self::Limits => Self::Sessions,
            Self::Sessions => Self::Status,
        }
    }
}

/// How urgent something is; it decides a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well.
    #[default]
    Fine,
    /// From 80 percent on.
    Warning,
    /// From 100 percent on.
    Over,
}

impl Level {
    /// That of a percentage.
    pub const fn of(percent: u32) -> Self {
        match percent {
            ..80 => Self::Fine,
            80..100 => Self::Warning,
            _ => Self::Over,
        }
    }
}

/// Everything that a screen shows.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Where the display stands.
    pub stage: Stage,
    /// The latest frame.
    pub frame: Option<&'a Frame>,
    /// Seconds since the server last answered.
    pub age: u32,
    /// Unix seconds, where known.
    pub unix: Option<u32>,
    /// The time of day: `14:32`.
    pub time: Text<5>,
    /// The user's offset from UTC in minutes.
    pub offset_min: i16,
    /// The page.
    pub page: Page,
    /// Alternates every second, for what must not be missed.
    pub beat: bool,
    /// The user has seen the alert.
    pub seen: bool,
    /// The network to join, or the display's own while it is set up.
    pub network: Text<32>,
    /// The password of its own.
    pub password: Text<16>,
    /// The server's address.
    pub server: Text<40>,
    /// What to scan while it is set up.
    pub code: Code,
}

impl Default for View<'_> {
    fn default() -> Self {
        Self {
            stage: Stage::default(),
            frame: None,
            age: 0,
            unix: None,
            time: Text::EMPTY,
            offset_min: 0,
            page: Page::Status,
            beat: false,
            seen: false,
            network: Text::EMPTY,
            password: Text::EMPTY,
            server: Text::EMPTY,
            code: Code::NONE,
        }
    }
}

/// How far the numbers can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// They are those of now.
    Live,
    /// The server says that they are old.
    Stale,
    /// The server has not answered for so many seconds.
    Offline(u32),
}

/// What a whole screen says where there are no numbers to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its picture.
    pub icon: Icon,
    /// What is the matter.
    pub title: &'static str,
    /// On what.
    pub subject: Text<40>,
    /// What to do.
    pub advice: [&'static str; 2],
    /// Its colour.
    pub level: Level,
}

/// A picture of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Waves.
    Wireless,
    /// A lock.
    Lock,
    /// A server.
    Server,
    /// An arrow into a box.
    Update,
}

/// What fills the screen in red.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// `Budget exceeded`.
    pub title: &'static str,
    /// The number that matters: `$27.90`, `100%`.
    pub number: words::Word,
    /// `of $25 today`.
    pub of: Text<24>,
    /// `resets in 3h12`.
    pub reset: Text<24>,
}

impl View<'_> {
    /// How far the numbers can be trusted.
    pub fn freshness(&self) -> Freshness {
        match (self.stage, self.frame) {
            (Stage::Live, Some(frame)) if frame.stale => Freshness::Stale,
            (Stage::Live, _) => Freshness::Live,
            _ => Freshness::Offline(self.age),
        }
    }

    /// What to say instead of numbers; `None` where there are some.
    pub fn notice(&self) -> Option<Notice> {
        let (icon, title, subject, advice, level) = match (self.stage, self.frame) {
            (Stage::Refused, _) => (
                Icon::Lock,
                "Token refused",
                self.server_words(),
                ["costline token show", "says the right one"],
                Level::Over,
            ),
            (Stage::TooNew, _) => (
                Icon::Update,
                "Server too new",
                self.server_words(),
                ["Give this display", "a newer firmware"],
                Level::Warning,
            ),
            (_, Some(_)) | (Stage::SettingUp, _) => return None,
            (Stage::WrongPassword, None) => (
                Icon::Lock,
                "Wrong password",
                words::join(&[self.network.as_str()]),
                ["Hold the button", "to set it up anew"],
                Level::Over,
            ),
            (Stage::Joining, None) => (
                Icon::Wireless,
                "Joining",
                words::join(&[self.network.as_str()]),
                ["the wireless network", ""],
                Level::Fine,
            ),
            (Stage::Finding | Stage::Live, None) => (
                Icon::Server,
                "Looking for Costline",
                self.server_words(),
                ["on this network", ""],
                Level::Fine,
            ),
            (Stage::NoServer, None) => (
                Icon::Server,
                "No answer",
                self.server_words(),
                ["Is costline serve", "running there?"],
                Level::Warning,
            ),
        };
        Some(Notice { icon, title, subject, advice, level })
    }

    fn server_words(&self) -> Text<40> {
        self.server
    }

    /// What must not be missed, until the user has seen it; never of old numbers.
    pub fn alarm(&self) -> Option<Alarm> {
        let frame = self.frame?;
        if self.seen || self.freshness() != Freshness::Live {
            return None;
        }
        match frame.alert {
            Alert::None => None,
            Alert::BudgetExceeded => {
                let budget = frame.budgets.iter().flatten().find(|budget| budget.percent() >= 100);
                Some(budget.map_or(
                    Alarm {
                        title: "Budget exceeded",
                        number: words::Word::EMPTY,
                        of: Text::EMPTY,
                        reset: Text::EMPTY,
                    },
                    |budget| Alarm {
                        title: "Budget exceeded",
                        number: words::money(budget.spent),
                        of: words::join(&[
                            "of ",
                            words::round_money(budget.limit).as_str(),
                            " a ",
                            budget.label.as_str(),
                        ]),
                        reset: self.reset_words(budget.reset),
                    },
                ))
            }
            Alert::LimitReached => {
                let limit = frame.limits.iter().flatten().find(|limit| limit.percent >= 100);
                Some(limit.map_or(
                    Alarm {
                        title: "Limit reached",
                        number: words::Word::EMPTY,
                        of: Text::EMPTY,
                        reset: Text::EMPTY,
                    },
                    |limit| Alarm {
                        title: "Limit reached",
                        number: words::percent(limit.percent.into()),
                        of: words::join(&["of the ", limit.name.as_str(), " limit"]),
                        reset: self.reset_words(limit.reset),
                    },
                ))
            }
        }
    }

    fn reset_words(&self, reset: Option<u32>) -> Text<24> {
        let left = self.until(reset);
        if left.is_empty() { Text::EMPTY } else { words::join(&["resets in ", left.as_str()]) }
    }

    /// How long it is until a time: `1h12`; empty where that is not known.
    pub fn until(&self, time: Option<u32>) -> words::Word {
        match (time, self.unix) {
            (Some(time), Some(unix)) => words::span(time.saturating_sub(unix)),
            _ => words::Word::EMPTY,
        }
    }

    /// The user's clock at a time: `16:00`.
    pub fn clock_at(&self, time: u32) -> Text<5> {
        let mut clock = crate::clock::Clock::default();
        clock.set(0, time);
        clock.set_offset(self.offset_min);
        clock.words(0)
    }

    /// The budget that the status page shows: the day's, else the most urgent.
    pub fn main_budget(&self) -> Option<&Budget> {
        let mut budgets = self.frame?.budgets.iter().flatten();
        budgets.clone().find(|budget| budget.label.as_str() == "day").or_else(|| budgets.next())
    }

    /// How much of a budget's period is over, percent; `None` where that is not known.
    pub fn passed(&self, budget: &Budget) -> Option<u32> {
        let (reset, unix) = (budget.reset?, self.unix?);
        let period: u32 = match budget.label.as_str().split([' ']).next() {
            Some("day") => 86_400,
            Some("week") => 7 * 86_400,
            Some("month") => 30 * 86_400,
            Some("block") => 5 * 3600,
            _ => return None,
        };
        let left = u64::from(reset.checked_sub(unix)?.min(period));
        100_u32.checked_sub(left.saturating_mul(100).checked_div(period.into())? as u32)
    }

    /// The first two limits of everything, not of one model.
    pub fn main_limits(&self) -> impl Iterator<Item = &Limit> {
        let limits = self.frame.into_iter().flat_map(|frame| frame.limits.iter().flatten());
        limits.filter(|limit| !limit.name.as_bytes().contains(&b' ')).take(2)
    }
}
