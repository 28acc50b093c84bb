//! A display that runs: what its core says is done on a network and a clock that are real, or made up.

use crate::picture::Picture;
use display_core::http::{Exchange, Reply, Request};
use display_core::layout::Layout;
use display_core::link::{Action, Event};
use display_core::mirror::{Mirror, Screen};
use std::io;
use std::path::Path;
use std::thread::{self, JoinHandle};

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
    /// The address at which the server was found.
    fn find(&mut self, time: &mut dyn Time) -> Option<String>;
    /// Sends a request and takes the answer, until a deadline.
    fn carry(&mut self, exchange: &mut Exchange, deadline: u64, time: &mut dyn Time) -> Option<Reply>;
}

/// What the display has to do on the network, which takes its time.
pub enum Work {
    /// To join.
    Join,
    /// To find the server.
    Find,
    /// To ask it, until a deadline.
    Ask(Box<Exchange>, u64),
}

/// What came of it.
pub enum Came {
    /// Whether it joined.
    Joined(Option<bool>),
    /// Where the server is.
    Found(Option<String>),
    /// What it answered.
    Reply(Option<Box<Reply>>),
}

impl Work {
    /// Does it.
    pub fn run(self, network: &mut impl Network, time: &mut impl Time) -> Came {
        match self {
            Self::Join => Came::Joined(network.join(time)),
            Self::Find => Came::Found(network.find(time)),
            Self::Ask(mut exchange, deadline) => {
                Came::Reply(network.carry(&mut exchange, deadline, time).map(Box::new))
            }
        }
    }
}

/// What is being done on the network, if anything.
#[derive(Default)]
pub struct Aside(Option<JoinHandle<Came>>);

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
        match self.begin() {
            Ok(work) => {
                let came = work.run(&mut self.network, &mut self.time);
                self.came(came);
            }
            Err(then) => self.time.sleep_until(then.min(until)),
        }
    }

    /// What is to be done now.
    ///
    /// # Errors
    /// Nothing is, until then.
    pub fn begin(&mut self) -> Result<Work, u64> {
        let now = self.time.now();
        if self.mirror.link.is_joined() && !self.network.is_joined(now) {
            self.tell(Event::Left);
        }
        match self.mirror.next(now) {
            Action::Wait(then) => Err(then),
            Action::Join | Action::RestartRadio => Ok(Work::Join),
            Action::Reset => {
                let host = self.host.clone();
                self.mirror = Mirror::new("simulated");
                self.mirror.set_server(&host);
                Err(now)
            }
            Action::Find => Ok(Work::Find),
            Action::Ask(deadline, wait) => {
                let (token, etag) = (self.token.as_bytes(), self.mirror.etag());
                let request = Request { host: &self.host, token, etag, wait };
                Ok(Work::Ask(Box::new(Exchange::new(&request)), deadline))
            }
        }
    }

    /// Takes in what came of that.
    pub fn came(&mut self, came: Came) {
        match came {
            Came::Joined(Some(true)) => self.tell(Event::Joined),
            Came::Joined(Some(false)) => self.tell(Event::NotJoined),
            Came::Joined(None) => self.tell(Event::WrongPassword),
            Came::Found(Some(host)) => {
                self.mirror.set_server(&host);
                self.host = host;
                self.tell(Event::Found);
            }
            Came::Found(None) => self.tell(Event::NotFound),
            Came::Reply(Some(reply)) => {
                let random = self.random();
                self.mirror.reply(self.time.now(), random, &reply);
            }
            Came::Reply(None) => self.tell(Event::Failed),
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

    /// Does what there is to do on the network in a thread of its own, so that the screen and the button go on meanwhile; call it
    /// again and again.
    pub fn step_aside(&mut self, aside: &mut Aside)
    where
        T: Clone + Send + 'static,
        N: Clone + Send + 'static,
    {
        if let Some(thread) = aside.0.take_if(|thread| thread.is_finished()) {
            self.came(thread.join().unwrap_or(Came::Reply(None)));
        }
        if aside.0.is_none()
            && let Ok(work) = self.begin()
        {
            let (mut network, mut time) = (self.network.clone(), self.time.clone());
            aside.0 = Some(thread::spawn(move || work.run(&mut network, &mut time)));
        }
    }

    /// What is seen of the screen: one that is round has no corners.
    pub fn seen(&self) -> Picture {
        let picture = self.picture.clone();
        if self.screen.layout() == Layout::Round { picture.in_a_circle() } else { picture }
    }

    /// Writes what is seen of the screen as PNG.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        self.seen().save(path, 2)
    }
}
