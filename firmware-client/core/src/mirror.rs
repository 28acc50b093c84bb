//! The display as a whole: it is told the time, what came over the network and how the button is, and says what to do, and
//! what to draw where.

use crate::button::{Button, Press};
use crate::bytes::Bytes;
use crate::clock::{Brightness, Clock};
use crate::code::Code;
use crate::frame::{Alert, Frame};
use crate::geometry::Rect;
use crate::http::{Answer, Etag, Reply};
use crate::layout::Layout;
use crate::link::{Action, Event, Link};
use crate::paint::paint;
use crate::scene::{Damage, Scene};
use crate::text::Text;
use crate::view::{Page, Stage, View};

/// Numbers that are older than this are shown as old, even while there is still hope.
const OLD_MS: u64 = 20_000;
/// Without a press the first page comes back.
const HOME_MS: u64 = 60_000;

/// How bright the user wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Light {
    /// By the hour.
    #[default]
    Auto,
    /// Always as by day.
    Day,
    /// Always as by night.
    Night,
}

/// A display.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct Mirror {
    /// What the network is up to.
    pub link: Link,
    /// How bright it is by the hour.
    pub brightness: Brightness,
    clock: Clock,
    frame: Option<Frame>,
    etag: Etag,
    trouble: Option<Stage>,
    answered: Option<u64>,
    setting_up: bool,
    wants_set_up: bool,
    page: Page,
    seen: bool,
    light: Light,
    button: Button,
    pressed: u64,
    network: Text<32>,
    password: Text<16>,
    server: Text<40>,
    code: Code,
    good: bool,
}

impl Mirror {
    /// A display that was just switched on, to join this network.
    pub fn new(network: &str) -> Self {
        Self {
            link: Link::default(),
            brightness: Brightness::default(),
            clock: Clock::default(),
            frame: None,
            etag: Bytes::EMPTY,
            trouble: None,
            answered: None,
            setting_up: false,
            wants_set_up: false,
            page: Page::Status,
            seen: false,
            light: Light::Auto,
            button: Button::default(),
            pressed: 0,
            network: Text::new(network),
            password: Text::EMPTY,
            server: Text::EMPTY,
            code: Code::NONE,
            good: false,
        }
    }

    /// The display is an access point of its own now, with this name and password, and shows this code.
    pub fn set_up(&mut self, network: &str, password: &str, code: Code) {
        (self.setting_up, self.wants_set_up) = (true, false);
        (self.network, self.password, self.code) = (Text::new(network), Text::new(password), code);
    }

    /// Whether the user asked by the button to set it up anew.
    pub const fn wants_set_up(&self) -> bool {
        self.wants_set_up
    }

    /// The address that the server was found at, as it is shown.
    pub fn set_server(&mut self, server: &str) {
        self.server = Text::new(server);
    }

    /// What to do next.
    pub fn next(&mut self, now_ms: u64) -> Action {
        self.link.next(now_ms)
    }

    /// The version that is shown, for the next question.
    pub const fn etag(&self) -> &Etag {
        &self.etag
    }

    /// Whether the server ever sent a frame that was understood: a new firmware is good.
    pub const fn is_good(&self) -> bool {
        self.good
    }

    /// Tells what happened with the network.
    pub fn tell(&mut self, now_ms: u64, random: u32, event: Event) {
        if matches!(event, Event::Failed | Event::Busy(_)) {
            self.trouble = None;
        }
        self.link.tell(now_ms, random, event);
    }

    /// Tells what the server answered.
    pub fn reply(&mut self, now_ms: u64, random: u32, reply: &Reply) {
        if let Some(date) = reply.date {
            self.clock.set(now_ms, date);
        }
        let (event, trouble) = match &reply.answer {
            Answer::Frame(frame) => {
                self.take(now_ms, frame, reply);
                (Event::New, None)
            }
            Answer::Same => {
                self.answered = Some(now_ms);
                (Event::Same, None)
            }
            Answer::Refused => (Event::Refused, Some(Stage::Refused)),
            Answer::TooNew => (Event::Refused, Some(Stage::TooNew)),
            Answer::Busy => (Event::Busy(reply.retry_after), None),
            Answer::Wrong => (Event::Failed, None),
        };
        if trouble.is_some() {
            // What is shown is gone: it has to come anew.
            self.etag = Bytes::EMPTY;
        }
        self.trouble = trouble;
        self.link.tell(now_ms, random, event);
    }

    fn take(&mut self, now_ms: u64, frame: &Frame, reply: &Reply) {
        // Without a version nobody can hold the request until another comes.
        let same = reply.etag.is_empty() && self.frame.as_ref() == Some(frame);
        if self.frame.map(|shown| subject(&shown)) != Some(subject(frame)) {
            self.seen = false;
        }
        self.clock.set_offset(frame.utc_offset_min);
        if reply.date.is_none() && !same && frame.at != 0 {
            self.clock.set(now_ms, frame.at);
        }
        self.link.set_poll(frame.poll_seconds);
        (self.frame, self.etag, self.answered, self.good) = (Some(*frame), reply.etag, Some(now_ms), true);
    }

    /// Tells how the button is; says what was meant, if anything was.
    pub fn button(&mut self, now_ms: u64, closed: bool) -> Option<Press> {
        let press = self.button.look(now_ms, closed)?;
        let alarm = self.view(now_ms).alarm().is_some();
        if now_ms.saturating_sub(self.pressed) >= HOME_MS {
            self.page = Page::Status;
        }
        self.pressed = now_ms;
        match press {
            Press::Short if alarm => self.seen = true,
            Press::Short => {
                self.page = self.page.next();
                self.link.hurry();
            }
            Press::Long => {
                self.light = match self.light {
                    Light::Auto => Light::Day,
                    Light::Day => Light::Night,
                    Light::Night => Light::Auto,
                };
            }
            Press::VeryLong => self.wants_set_up = true,
        }
        Some(press)
    }

    /// How bright the display is now, 1 to 255.
    pub fn level(&self, now_ms: u64) -> u8 {
        // What must not be missed is not dimmed.
        if self.view(now_ms).alarm().is_some() {
            return self.brightness.day;
        }
        match self.light {
            Light::Auto => self.brightness.level(self.clock.minute_of_day(now_ms)),
            Light::Day => self.brightness.day,
            Light::Night => self.brightness.night,
        }
    }

    fn stage(&self, now_ms: u64) -> Stage {
        let old = self.answered.is_none_or(|answered| now_ms.saturating_sub(answered) > OLD_MS);
        if self.setting_up {
            Stage::SettingUp
        } else if !self.link.is_joined() {
            if self.link.is_password_wrong() { Stage::WrongPassword } else { Stage::Joining }
        } else if let Some(trouble) = self.trouble {
            trouble
        } else if self.frame.is_none() {
            if self.link.failures() >= 2 || self.link.find_failures() >= 2 {
                Stage::NoServer
            } else {
                Stage::Finding
            }
        } else if self.link.failures() >= 2 || self.link.find_failures() >= 2 || old {
            Stage::NoServer
        } else {
            Stage::Live
        }
    }

    /// What is to be shown now.
    pub fn view(&self, now_ms: u64) -> View<'_> {
        let home = now_ms.saturating_sub(self.pressed) >= HOME_MS;
        View {
            stage: self.stage(now_ms),
            frame: self.frame.as_ref(),
            age: self.answered.map_or(0, |answered| (now_ms.saturating_sub(answered) / 1000) as u32),
            unix: self.clock.unix(now_ms),
            time: self.clock.words(now_ms),
            offset_min: self.frame.map_or(0, |frame| frame.utc_offset_min),
            page: if home { Page::Status } else { self.page },
            beat: (now_ms / 1000).is_multiple_of(2),
            seen: self.seen,
            network: self.network,
            password: self.password,
            server: self.server,
            code: self.code,
        }
    }
}

/// What an alert is about: one that was seen stays seen, another one is new.
fn subject(frame: &Frame) -> (Alert, Text<10>) {
    let about = match frame.alert {
        Alert::None => Text::EMPTY,
        Alert::BudgetExceeded => {
            let over = frame.budgets.iter().flatten().find(|budget| budget.percent() >= 100);
            over.map_or(Text::EMPTY, |budget| budget.label)
        }
        Alert::LimitReached => {
            let over = frame.limits.iter().flatten().find(|limit| limit.percent >= 100);
            over.map_or(Text::EMPTY, |limit| Text::new(limit.name.as_str()))
        }
    };
    (frame.alert, about)
}

/// A screen and what it shows.
#[derive(Debug)]
pub struct Screen {
    layout: Layout,
    shown: Scene,
    next: Scene,
    code: Code,
    blank: bool,
}

impl Screen {
    /// A screen that shows nothing yet.
    pub fn new(layout: Layout) -> Self {
        Self { layout, shown: Scene::default(), next: Scene::default(), code: Code::NONE, blank: true }
    }

    /// Its layout.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// Makes it show something else, and says what has to be painted.
    pub fn show(&mut self, view: &View<'_>) -> Damage {
        self.layout.draw(view, &mut self.next);
        let all = self.blank || self.code != view.code;
        let damage = if all {
            Damage::everything(self.layout.screen())
        } else {
            self.next.damage(&self.shown, self.layout.screen())
        };
        core::mem::swap(&mut self.shown, &mut self.next);
        (self.blank, self.code) = (false, view.code);
        damage
    }

    /// Paints an area of it, band by band; see [`paint`].
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn paint<E>(
        &self,
        area: Rect,
        buffer: &mut [u16],
        sink: impl FnMut(Rect, &[u16]) -> Result<(), E>,
    ) -> Result<(), E> {
        paint(&self.shown, &self.code, area, buffer, sink)
    }
}
