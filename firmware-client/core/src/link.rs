//! When to do what with the network: joining, finding the server, asking it; and how long to wait after something failed. The
//! wireless network and the server fail apart from each other.
//!
//! It has no clock: it is told the time in milliseconds since it began. What it promises: once the server can be reached
//! again, it is asked within ten seconds, whatever happened before.

/// Seconds that the server may hold a request.
pub const WAIT_S: u16 = 7;
/// What a held request may take beyond that.
const SPARE_MS: u64 = 2000;
/// What a request may take that nobody holds.
const PROMPT_MS: u64 = 3000;
/// Every so often a slow server gets more time.
const PATIENT_MS: u64 = 8000;
const PATIENT_EVERY: u32 = 5;
/// The longest wait between two attempts at a server.
const LONGEST_MS: u64 = 6000;
/// The longest wait between two attempts to join.
const LONGEST_JOIN_MS: u64 = 6000;
/// A server that holds requests changes its mind no faster than is pleasant to look at.
const BREATH_MS: u64 = 250;
/// After so many failures the server is looked for again.
const FIND_EVERY: u32 = 6;
/// After so many failures to join the radio is switched off and on.
const RADIO_EVERY: u32 = 6;
/// After so long without a network the whole device is reset.
const RESET_MS: u64 = 20 * 60_000;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Wait until this time, or until something happens.
    Wait(u64),
    /// Join the wireless network.
    Join,
    /// Switch the radio off and on, then join.
    RestartRadio,
    /// Reset the device.
    Reset,
    /// Look for the server.
    Find,
    /// Ask the server; it has to answer until this time, and may hold the request for so many seconds.
    Ask(u64, Option<u16>),
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The network was joined.
    Joined,
    /// It was not found, or did not answer.
    NotJoined,
    /// It does not take the password.
    WrongPassword,
    /// It is gone.
    Left,
    /// The server was found.
    Found,
    /// It was not.
    NotFound,
    /// The server sent something new.
    New,
    /// The server has nothing new.
    Same,
    /// The server wants to be asked again in so many seconds.
    Busy(Option<u16>),
    /// The server refuses the token, or is too new: asking more often does not help.
    Refused,
    /// The server did not answer, or nothing that is understood.
    Failed,
}

/// Where things stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    joined: bool,
    found: bool,
    join_failures: u32,
    refusals: u32,
    find_failures: u32,
    failures: u32,
    not_before: u64,
    /// When there last was a network.
    network: u64,
    asked: Option<(u64, u16)>,
    poll_ms: u64,
    /// How often in a row the server did not hold what it was asked to hold.
    early: u32,
}

impl Link {
    /// Whether the network is joined.
    pub const fn is_joined(&self) -> bool {
        self.joined
    }

    /// Whether it refused the password more than once.
    pub const fn is_password_wrong(&self) -> bool {
        self.refusals >= 2
    }

    /// Whether the server was found.
    pub const fn is_found(&self) -> bool {
        self.found
    }

    /// How often it was looked for in vain.
    pub const fn find_failures(&self) -> u32 {
        self.find_failures
    }

    /// How often the server failed since it last answered.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// How often to ask a server that holds nothing.
    pub fn set_poll(&mut self, seconds: u16) {
        self.poll_ms = u64::from(if seconds == 0 { 5 } else { seconds.clamp(2, 60) }).saturating_mul(1000);
    }

    /// Does whatever is next at once: the user pressed a button.
    pub fn hurry(&mut self) {
        self.not_before = 0;
    }

    /// What to do now.
    pub fn next(&mut self, now_ms: u64) -> Action {
        if now_ms < self.not_before {
            return Action::Wait(self.not_before);
        }
        if !self.joined {
            if now_ms.saturating_sub(self.network) >= RESET_MS {
                return Action::Reset;
            }
            let restart = self.join_failures > 0 && self.join_failures.is_multiple_of(RADIO_EVERY);
            return if restart { Action::RestartRadio } else { Action::Join };
        }
        if !self.found {
            return Action::Find;
        }
        // After a failure nothing is held: what counts is to know that it answers.
        let wait = (self.failures == 0 && self.poll_ms != 0).then_some(WAIT_S);
        self.asked = Some((now_ms, wait.unwrap_or(0)));
        let patient = self.failures > 0 && self.failures.is_multiple_of(PATIENT_EVERY);
        let time = match wait {
            Some(seconds) => u64::from(seconds).saturating_mul(1000).saturating_add(SPARE_MS),
            None if patient => PATIENT_MS,
            None => PROMPT_MS,
        };
        Action::Ask(now_ms.saturating_add(time), wait)
    }

    /// Tells what happened. `random` is any number; it keeps many displays from asking all at once.
    pub fn tell(&mut self, now_ms: u64, random: u32, event: Event) {
        let asked = self.asked.take();
        if self.joined {
            self.network = now_ms;
        }
        let pause = match event {
            Event::Joined => {
                (self.joined, self.join_failures, self.refusals) = (true, 0, 0);
                self.network = now_ms;
                // The old address may be another network's.
                self.failures = self.failures.min(1);
                0
            }
            Event::NotJoined | Event::WrongPassword => {
                self.joined = false;
                self.join_failures = self.join_failures.saturating_add(1);
                self.refusals =
                    if event == Event::WrongPassword { self.refusals.saturating_add(1) } else { 0 };
                back_off(self.join_failures, LONGEST_JOIN_MS, random)
            }
            Event::Left => {
                self.joined = false;
                0
            }
            Event::Found => {
                (self.found, self.find_failures) = (true, 0);
                0
            }
            Event::NotFound => {
                self.find_failures = self.find_failures.saturating_add(1);
                back_off(self.find_failures, LONGEST_MS, random)
            }
            Event::New | Event::Same => {
                self.failures = 0;
                if self.poll_ms == 0 {
                    self.set_poll(0);
                }
                self.pause_after(now_ms, asked, event)
            }
            Event::Busy(seconds) => {
                self.failures = self.failures.max(1);
                seconds.map_or(LONGEST_MS, |seconds| u64::from(seconds.clamp(1, 60)).saturating_mul(1000))
            }
            Event::Refused => {
                self.failures = 0;
                // The first question after it is not held.
                self.poll_ms = 0;
                jitter(LONGEST_MS, random)
            }
            Event::Failed => {
                let patient = self.failures > 0 && self.failures.is_multiple_of(PATIENT_EVERY);
                self.failures = self.failures.saturating_add(1);
                if self.failures.is_multiple_of(FIND_EVERY) {
                    self.found = false;
                }
                // What took long already is not waited for long.
                if patient { jitter(500, random) } else { back_off(self.failures, LONGEST_MS, random) }
            }
        };
        self.not_before = now_ms.saturating_add(pause);
    }

    /// How long to wait after an answer: a moment after one that was held, longer where the server does not hold.
    fn pause_after(&mut self, now_ms: u64, asked: Option<(u64, u16)>, event: Event) -> u64 {
        let Some((since, seconds)) = asked else { return BREATH_MS };
        let took = now_ms.saturating_sub(since);
        let held = took.saturating_add(1000) >= u64::from(seconds).saturating_mul(1000);
        self.early =
            if event == Event::New || seconds == 0 || held { 0 } else { self.early.saturating_add(1) };
        // One that ends lets go of what it held: it does not hold only if it does so again.
        match self.early {
            0 => BREATH_MS,
            1 => 1000,
            _ => self.poll_ms,
        }
    }
}

/// The wait after so many failures: half a second, then twice as long each time.
fn back_off(failures: u32, longest: u64, random: u32) -> u64 {
    let doubled = 500_u64.saturating_mul(1_u64.wrapping_shl(failures.saturating_sub(1).min(16)));
    jitter(doubled.min(longest), random)
}

/// Between half of it and all of it.
fn jitter(longest: u64, random: u32) -> u64 {
    let half = longest / 2;
    half.saturating_add(u64::from(random).checked_rem(half.saturating_add(1)).unwrap_or(0))
}

#[cfg(test)]
mod tests;
