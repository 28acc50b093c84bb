//! The course of a day: what each five minutes' end had behind it.

use super::{Figures, Spent, begin};
use crate::sums::Sums;
use crate::time::{MINUTE, Millis, Zone};
use std::collections::HashMap;

/// So far apart are points.
pub const SLOT: Millis = 5 * MINUTE;
/// So many there are: a day's.
pub const POINTS: i64 = 288;

/// What a session spent in five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The number of the five minutes: time / [`SLOT`].
    pub slot: i64,
    /// The session's number.
    pub session: i64,
    /// The sums.
    pub sums: Sums,
    /// The latest response in it.
    pub last: Millis,
}

/// The moment of the latest point, and the earliest.
pub const fn latest_point(now: Millis) -> (Millis, Millis) {
    let latest = now.div_euclid(SLOT) * SLOT;
    (latest, latest - (POINTS - 1) * SLOT)
}

/// The points up to a moment, oldest first: each sums the hours before it. `buckets` are all that lie in any of the windows, in
/// the order of time; `begun` is the first response that there is: before it there is no point.
pub fn history(
    buckets: &[Bucket],
    begun: Option<Millis>,
    now: Millis,
    hours: u32,
    source: &str,
    zone: &Zone,
) -> Vec<Figures> {
    let Some(begun) = begun else { return Vec::new() };
    let (latest, earliest) = latest_point(now);
    let mut window = Window::default();
    let (mut entering, mut leaving) = (buckets.iter().peekable(), buckets.iter().peekable());
    let mut points = Vec::new();
    let mut end = earliest;
    while end <= latest {
        while let Some(bucket) = entering.next_if(|bucket| bucket.slot * SLOT < end) {
            window.add(bucket);
        }
        while let Some(bucket) = leaving.next_if(|bucket| bucket.slot * SLOT < begin(end, hours)) {
            window.remove(bucket);
        }
        if end > begun {
            points.push(Figures::new(&window.spent(), end, hours, source, zone));
        }
        end += SLOT;
    }
    points
}

#[derive(Default)]
struct Window {
    sums: Sums,
    /// Responses by session, where there are any.
    sessions: HashMap<i64, i64>,
    last: Option<Millis>,
}

impl Window {
    fn add(&mut self, bucket: &Bucket) {
        self.sums += bucket.sums;
        self.last = self.last.max(Some(bucket.last));
        self.count(bucket.session, bucket.sums.messages);
    }

    fn remove(&mut self, bucket: &Bucket) {
        self.sums = self.sums - bucket.sums;
        self.count(bucket.session, -bucket.sums.messages);
    }

    fn count(&mut self, session: i64, messages: i64) {
        let held = self.sessions.entry(session).or_default();
        *held += messages;
        if *held <= 0 {
            self.sessions.remove(&session);
        }
    }

    fn spent(&self) -> Spent {
        Spent { sums: self.sums, sessions: self.sessions.len() as i64, last: self.last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::NanoUsd;
    use proptest::prelude::*;

    const DAY: i64 = 288;

    fn bucket(slot: i64, session: i64, cost: i64) -> Bucket {
        let sums = Sums { messages: 1, cost: NanoUsd(cost), ..Sums::default() };
        Bucket { slot, session, sums, last: slot * SLOT + 1 }
    }

    fn points(buckets: &[Bucket], now: Millis, hours: u32) -> Vec<Figures> {
        let begun = buckets.first().map(|bucket| bucket.last);
        history(buckets, begun, now, hours, "desk", &Zone::Named(chrono_tz::UTC))
    }

    #[test]
    fn nothing_before_the_beginning() {
        assert_eq!(points(&[], 10 * DAY * SLOT, 24), []);
        let now = 10 * DAY * SLOT + 7;
        let some = points(&[bucket(10 * DAY - 3, 1, 5)], now, 24);
        assert_eq!(some.len(), 3);
        assert_eq!(some[0].total_cost_usd, Some(NanoUsd(5)));
        assert_eq!(some[2].timestamp.as_deref(), Some("1970-01-11T00:00:00.000Z"));
        // What is not over yet is in no point.
        assert_eq!(points(&[bucket(10 * DAY, 1, 5)], now, 24), []);
    }

    proptest! {
        #[test]
        fn each_point_sums_its_window(
            mut of in prop::collection::vec((0_i64..900, 0_i64..4, 0_i64..100), 1..60),
            hours in 1_u32..30,
            late in 0_i64..SLOT,
        ) {
            of.sort_unstable();
            let buckets: Vec<Bucket> = of.iter().map(|(slot, session, cost)| bucket(*slot, *session, *cost)).collect();
            let now = 880 * SLOT + late;
            let points = points(&buckets, now, hours);
            prop_assert!(points.len() <= 288);
            for (index, point) in points.iter().rev().enumerate() {
                let end = 880 - index as i64;
                let inside = |slot: i64| slot < end && slot >= end - i64::from(hours) * 12;
                let cost: i64 = of.iter().filter(|(slot, ..)| inside(*slot)).map(|(_, _, cost)| cost).sum();
                let mut sessions: Vec<i64> =
                    of.iter().filter(|(slot, ..)| inside(*slot)).map(|(_, session, _)| *session).collect();
                sessions.sort_unstable();
                sessions.dedup();
                prop_assert_eq!(point.total_cost_usd, Some(NanoUsd(cost)));
                prop_assert_eq!(point.session_count, Some(sessions.len() as i64));
            }
        }
    }
}
