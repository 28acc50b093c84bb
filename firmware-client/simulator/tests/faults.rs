//! Ten thousand things that go wrong with the network, on a clock that jumps: a display is never stuck, and back within ten
//! seconds of the end of each.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use display_core::frame::Frame;
use display_core::http::{Exchange, Reply};
use display_core::layout::Layout;
use display_core::view::Stage;
use simulator::player::{Network, Player, Time};
use simulator::wire::{Fault, spoil};

struct Jumping(u64);

impl Time for Jumping {
    fn now(&self) -> u64 {
        self.0
    }

    fn sleep_until(&mut self, until: u64) {
        self.0 = self.0.max(until);
    }
}

/// A server, and a way to it on which something goes wrong from one time to another.
struct MadeUp {
    fault: Fault,
    from: u64,
    until: u64,
    /// What the frame says, and since when.
    today: u32,
    since: u64,
    /// What it said before.
    before: u32,
    random: u32,
}

impl MadeUp {
    fn fault_at(&self, now: u64) -> Option<&Fault> {
        (self.from <= now && now < self.until).then_some(&self.fault)
    }

    fn answer(&self, now: u64, request: &str) -> (u64, Vec<u8>) {
        let today = |time| if time >= self.since { self.today } else { self.before };
        let held = request
            .split("?wait=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok())
            .unwrap_or(0);
        let etag = |time| format!("\"{:x}\"", today(time).wrapping_mul(2_654_435_761));
        let mut end = now + 5;
        if request.contains(&format!("If-None-Match: {}\r\n", etag(end))) {
            end = (now + held * 1000).max(end);
            if (now..end).contains(&self.since) {
                end = self.since;
            }
        }
        if request.contains(&format!("If-None-Match: {}\r\n", etag(end))) {
            return (end, format!("HTTP/1.1 304 Not Modified\r\nETag: {}\r\n\r\n", etag(end)).into_bytes());
        }
        let mut buffer = [0; Frame::MAX_BYTES];
        let frame = Frame { at: 1_795_357_930, today: Some(today(end)), ..Frame::default() };
        let len = frame.encode(&mut buffer).unwrap();
        let mut bytes = format!(
            "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 14:32:10 GMT\r\nETag: {}\r\nContent-Length: {len}\r\n\r\n",
            etag(end)
        )
        .into_bytes();
        bytes.extend(&buffer[..len]);
        (end, bytes)
    }
}

impl Network for MadeUp {
    fn join(&mut self, time: &mut dyn Time) -> Option<bool> {
        let now = time.now();
        match self.fault_at(now) {
            Some(Fault::NoRadio) => {
                time.sleep_until(now + 2500);
                Some(false)
            }
            Some(Fault::Password) => {
                time.sleep_until(now + 2500);
                None
            }
            _ => {
                time.sleep_until(now + 800);
                Some(true)
            }
        }
    }

    fn is_joined(&mut self, now: u64) -> bool {
        !matches!(self.fault_at(now), Some(Fault::NoRadio | Fault::Password))
    }

    fn find(&mut self, time: &mut dyn Time) -> Option<String> {
        let now = time.now();
        let found = self.fault_at(now).is_none_or(|fault| *fault != Fault::Cut);
        time.sleep_until(now + if found { 20 } else { 1500 });
        found.then(|| "127.0.0.1:8377".to_owned())
    }

    fn carry(&mut self, exchange: &mut Exchange, deadline: u64, time: &mut dyn Time) -> Option<Reply> {
        let now = time.now();
        let request = String::from_utf8(exchange.outgoing().to_vec()).unwrap();
        let (end, answer) = self.answer(now, &request);
        // What goes wrong when the request goes out, or while it is held.
        let fault = self
            .fault_at(now)
            .or_else(|| self.fault_at(end.min(self.from.max(now))))
            .cloned()
            .unwrap_or_default();
        let dies = |time: &mut dyn Time, at: u64| {
            time.sleep_until(at.clamp(now + 1, deadline));
            None
        };
        let mut answer = spoil(&fault, answer);
        match fault {
            Fault::Cut => return dies(time, self.from.max(now + 1)),
            Fault::Silence | Fault::NoRadio | Fault::Password => return dies(time, deadline),
            // What arrives is damaged, anywhere; what was sent after the end of the fault is not.
            Fault::Garbage if self.random.is_multiple_of(2) && end < self.until => {
                (_, answer) = self.answer(now, &request);
                let place = self.random as usize / 2 % answer.len();
                answer[place] ^= 1 << (self.random % 7);
            }
            _ => {}
        }
        if end > deadline {
            return dies(time, deadline);
        }
        time.sleep_until(end);
        for piece in answer.chunks(32) {
            if let Fault::Slow(pause) = fault {
                let then = time.now() + pause;
                time.sleep_until(then.min(deadline));
            }
            if time.now() >= deadline {
                return None;
            }
            match exchange.incoming(piece) {
                Ok(Some(reply)) => return Some(reply),
                Ok(None) => {}
                Err(_) => return None,
            }
        }
        exchange.closed().ok()
    }
}

#[test]
fn ten_thousand_faults_leave_it_never_stuck() {
    let network = MadeUp { fault: Fault::None, from: 0, until: 0, today: 1, since: 0, before: 0, random: 1 };
    let mut player = Player::new(Layout::Wide, Jumping(0), network, "192.168.1.20:8377", "", 7);
    let mut longest = (0, Fault::None, 0);
    let mut kinds = std::collections::HashSet::new();
    for round in 0..10_000_u32 {
        let now = player.time.now();
        let from = now + u64::from(player.random() % 15_000);
        let long = if player.random().is_multiple_of(4) { 40_000 } else { 4000 };
        let until = from + 50 + u64::from(player.random()) % long;
        let fault = match player.random() % 12 {
            0 => Fault::NoRadio,
            1 => Fault::Password,
            2 => Fault::Cut,
            3 => Fault::Silence,
            4 => Fault::Slow(u64::from(player.random() % 900)),
            5 => Fault::Half,
            6 | 7 => Fault::Garbage,
            8 => Fault::Refuse,
            9 => Fault::Long,
            10 => Fault::New,
            _ => Fault::Frame("{\"v\":1,\"today\":0}".to_owned()),
        };
        kinds.insert(std::mem::discriminant(&fault));
        let random = player.random();
        let network = &mut player.network;
        (network.fault, network.from, network.until, network.random) = (fault.clone(), from, until, random);
        // When all is well again there is something new.
        (network.before, network.today, network.since) = (network.today, round + 2, until);
        let back = loop {
            let now = player.time.now();
            let view = player.mirror.view(now);
            if now >= until
                && view.stage == Stage::Live
                && view.frame.and_then(|frame| frame.today) == Some(round + 2)
            {
                break now - until;
            }
            assert!(
                now < until + 10_000,
                "round {round}, {fault:?} for {} ms: {:?}",
                until - from,
                view.stage
            );
            player.step(until.max(now) + 100);
            assert!(
                player.time.now() > now || player.mirror.next(now) != display_core::link::Action::Wait(now)
            );
        };
        if back > longest.0 {
            longest = (back, fault, until - from);
        }
    }
    assert_eq!(kinds.len(), 11);
    println!("the longest took {} ms: {:?} for {} ms", longest.0, longest.1, longest.2);
}
