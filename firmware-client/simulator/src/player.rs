//! A display that runs: what its core says is done on a network and a clock that are real, or made up.

use crate::picture::Picture;
use display_core::http::{Exchange, Reply, Request};
use display_core::layout::Layout;
use display_core::link::{Action, Event};
use display_core::mirror::{Mirror, Screen};
use std::io;
use std::path::Path;

/// Milliseconds since the start.
pub trait Time {
    /// Now.
    fn now(&self) -> u64;
    /// Waits until then.
    fn sleep_until(&mut self, until: u64);
}

/// A network.
pub trait Network {
    /// Whether the wireless network is there; `None` if it does not take the password.
    fn join(&mut self, time: &mut dyn Time) -> Option<bool>;
    /// Whether it is still there.
    fn is_joined(&mut self, now: u64) -> bool;
    /// Whether the server can be found.
    fn find(&mut self, time: &mut dyn Time) -> bool;
    /// Sends a request and takes the answer, until a deadline.
    fn carry(&mut self, exchange: &mut Exchange, deadline: u64, time: &mut dyn Time) -> Option<Reply>;
}

/// A display.
pub struct Player<T, N> {
    /// Its clock.
    pub time: T,
    /// Its network.
    pub network: N,
    /// What it does and shows.
    pub mirror: Mirror,
    /// Its screen.
    pub screen: Screen,
    /// The pixels on it.
    pub picture: Picture,
    /// How the server is addressed.
    pub host: String,
    /// The token.
    pub token: String,
    /// Whether the button is down.
    pub pressed: bool,
    random: u32,
}

impl<T: Time, N: Network> Player<T, N> {
    /// A display that was just switched on.
    pub fn new(layout: Layout, time: T, network: N, host: &str, token: &str, seed: u32) -> Self {
        let mut mirror = Mirror::new("simulated");
        mirror.set_server(host);
        Self {
            time,
            network,
            mirror,
            screen: Screen::new(layout),
            picture: Picture::new(layout),
            host: host.to_owned(),
            token: token.to_owned(),
            pressed: false,
            random: seed | 1,
        }
    }

    /// A number that is hard to foresee.
    pub fn random(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random
    }

    /// Does one thing of the network, or waits for it; not for longer than until this time.
    pub fn step(&mut self, until: u64) {
        let now = self.time.now();
        if self.mirror.link.is_joined() && !self.network.is_joined(now) {
            self.tell(Event::Left);
        }
        match self.mirror.next(now) {
            Action::Wait(then) => self.time.sleep_until(then.min(until)),
            Action::Join | Action::RestartRadio => {
                let event = match self.network.join(&mut self.time) {
                    Some(true) => Event::Joined,
                    Some(false) => Event::NotJoined,
                    None => Event::WrongPassword,
                };
                self.tell(event);
            }
            Action::Reset => {
                let host = self.host.clone();
                self.mirror = Mirror::new("simulated");
                self.mirror.set_server(&host);
            }
            Action::Find => {
                let found = self.network.find(&mut self.time);
                self.tell(if found { Event::Found } else { Event::NotFound });
            }
            Action::Ask(deadline, wait) => self.ask(deadline, wait),
        }
    }

    fn ask(&mut self, deadline: u64, wait: Option<u16>) {
        let request =
            Request { host: &self.host, token: self.token.as_bytes(), etag: self.mirror.etag(), wait };
        let mut exchange = Exchange::new(&request);
        match self.network.carry(&mut exchange, deadline, &mut self.time) {
            Some(reply) => {
                let random = self.random();
                self.mirror.reply(self.time.now(), random, &reply);
            }
            None => self.tell(Event::Failed),
        }
    }

    fn tell(&mut self, event: Event) {
        let random = self.random();
        self.mirror.tell(self.time.now(), random, event);
    }

    /// Looks at the button and draws what has changed; says whether anything has.
    pub fn draw(&mut self) -> bool {
        let now = self.time.now();
        self.mirror.button(now, self.pressed);
        let damage = self.screen.show(&self.mirror.view(now));
        for area in damage.areas() {
            self.picture.paint(&self.screen, area, 34);
        }
        !damage.is_none()
    }

    /// Writes what is on the screen as PNG.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let round = self.screen.layout() == Layout::Round;
        let picture = if round { self.picture.clone().in_a_circle() } else { self.picture.clone() };
        picture.save(path, 2)
    }
}
