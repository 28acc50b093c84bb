//! A button: what a press means.

/// What was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// A short one: the next page, or an alert was seen.
    Short,
    /// Held for most of a second: another brightness.
    Long,
    /// Held for five seconds: set up anew.
    VeryLong,
}

/// Shorter changes are its contacts that bounce.
const BOUNCE_MS: u64 = 30;
const LONG_MS: u64 = 800;
const VERY_LONG_MS: u64 = 5000;

/// A button that is looked at every few milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Button {
    down: bool,
    raw: bool,
    /// When the contact last changed.
    changed: u64,
    /// When it went down.
    since: u64,
    told: Option<Press>,
}

impl Button {
    /// Tells how the contact is now; says what was meant, each press once: the short one when it ends, the others as soon as
    /// they are long enough.
    pub fn look(&mut self, now_ms: u64, closed: bool) -> Option<Press> {
        if closed != self.raw {
            self.raw = closed;
            self.changed = now_ms;
        }
        if self.raw != self.down && now_ms.saturating_sub(self.changed) >= BOUNCE_MS {
            self.down = self.raw;
            if self.down {
                self.since = self.changed;
                self.told = None;
            } else if self.told.is_none() {
                return Some(Press::Short);
            }
        }
        let held = now_ms.saturating_sub(self.since);
        let meant = match (self.down, held, self.told) {
            (true, VERY_LONG_MS.., Some(Press::Long)) => Press::VeryLong,
            (true, LONG_MS.., None) => Press::Long,
            _ => return None,
        };
        self.told = Some(meant);
        Some(meant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is meant by a contact that changes at these milliseconds, looked at every five until the last.
    fn presses(changes: &[u64], until: u64) -> Vec<(u64, Press)> {
        let mut button = Button::default();
        (0..until)
            .step_by(5)
            .filter_map(|now| {
                let closed = changes.iter().filter(|change| **change <= now).count() % 2 == 1;
                button.look(now, closed).map(|press| (now, press))
            })
            .collect()
    }

    #[test]
    fn tells_presses_apart() {
        assert_eq!(presses(&[100, 200], 2000), [(230, Press::Short)]);
        assert_eq!(presses(&[100, 105, 110, 200, 210, 215], 2000), [(245, Press::Short)]);
        assert_eq!(presses(&[100, 110, 500, 520], 2000), []);
        assert_eq!(presses(&[100, 1500], 4000), [(900, Press::Long)]);
        assert_eq!(presses(&[100, 9000], 12_000), [(900, Press::Long), (5100, Press::VeryLong)]);
        assert_eq!(presses(&[100, 200, 400, 500], 2000), [(230, Press::Short), (530, Press::Short)]);
    }
}
