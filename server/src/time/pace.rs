//! How often something may be told.

use std::time::{Duration, Instant};

/// A pace that nothing exceeds: after a pause two at once, and at most [`Pace::A_SECOND`] in any second.
///
/// Two, so that what happens right after something of less weight was told does not wait for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// When the pace would be even again if nothing more were told.
    even_at: Option<Instant>,
}

impl Pace {
    /// How many there are at most in any second.
    pub const A_SECOND: usize = 10;
    const AT_ONCE: u32 = 2;
    /// One that comes before its turn is made up for by those after it.
    const EVERY: Duration = Duration::from_millis(1000 / (Self::A_SECOND as u64 - Self::AT_ONCE as u64));

    /// When the next may be told; `None`: at once, whenever that is.
    pub fn next(&self) -> Option<Instant> {
        self.even_at.and_then(|even| even.checked_sub(Self::EVERY * (Self::AT_ONCE - 1)))
    }

    /// Whether the next may be told now.
    pub fn allows(&self, now: Instant) -> bool {
        self.next().is_none_or(|next| next <= now)
    }

    /// Notes that one is told now.
    pub fn told(&mut self, now: Instant) {
        self.even_at = Some(self.even_at.map_or(now, |even| even.max(now)) + Self::EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "any instant will do")]
    fn two_at_once_and_then_evenly() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut told = Vec::new();
        for ms in 0..1000 {
            let now = start + Duration::from_millis(ms);
            if pace.allows(now) {
                pace.told(now);
                told.push(ms);
            }
        }
        assert_eq!(told, [0, 1, 125, 250, 375, 500, 625, 750, 875]);
        let later = start + Duration::from_mins(1);
        for _ in 0..2 {
            assert!(pace.allows(later));
            pace.told(later);
        }
        assert!(!pace.allows(later));
    }

    proptest! {
        #[test]
        #[allow(clippy::disallowed_methods, reason = "any instant will do")]
        fn never_more_than_ten_in_any_second(waits in proptest::collection::vec(0_u64..400, 1..200)) {
            let start = Instant::now();
            let (mut pace, mut ms, mut told) = (Pace::default(), 0, Vec::new());
            for wait in waits {
                ms += wait;
                let now = start + Duration::from_millis(ms);
                if pace.allows(now) {
                    pace.told(now);
                    told.push(ms);
                }
            }
            for window in told.windows(Pace::A_SECOND + 1) {
                prop_assert!(window[Pace::A_SECOND] - window[0] >= 1000, "{:?}", told);
            }
        }
    }
}
