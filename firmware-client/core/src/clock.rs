//! The time of day, without a clock of its own: the server's `Date` and a counter of milliseconds.

use crate::text::Text;

/// What a display knows of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Unix seconds when the counter was 0.
    zero: Option<i64>,
    offset_min: i16,
}

impl Clock {
    /// Sets it: now, the counter's milliseconds, are these Unix seconds.
    pub fn set(&mut self, now_ms: u64, unix: u32) {
        self.zero = Some(i64::from(unix).saturating_sub((now_ms / 1000) as i64));
    }

    /// Sets the offset from UTC in minutes, east positive.
    pub const fn set_offset(&mut self, minutes: i16) {
        self.offset_min = minutes;
    }

    /// Unix seconds; `None` while nobody has told.
    pub fn unix(&self, now_ms: u64) -> Option<u32> {
        let unix = self.zero?.saturating_add((now_ms / 1000) as i64);
        u32::try_from(unix).ok()
    }

    /// Minutes since the user's midnight.
    pub fn minute_of_day(&self, now_ms: u64) -> Option<u16> {
        let minutes = i64::from(self.unix(now_ms)? / 60).saturating_add(self.offset_min.into());
        Some(minutes.rem_euclid(1440) as u16)
    }

    /// `14:32` as the user's clock shows it.
    pub fn words(&self, now_ms: u64) -> Text<5> {
        let mut text = Text::EMPTY;
        if let Some(minute) = self.minute_of_day(now_ms) {
            text.push_number((minute / 60).into(), 2);
            text.push(b':');
            text.push_number((minute % 60).into(), 2);
        }
        text
    }
}

/// How bright the display is by the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brightness {
    /// By day, 1 to 255.
    pub day: u8,
    /// By night.
    pub night: u8,
    /// Minutes of the day when the night begins and ends.
    pub dark: (u16, u16),
}

impl Default for Brightness {
    fn default() -> Self {
        Self { day: 200, night: 24, dark: (22 * 60, 7 * 60) }
    }
}

impl Brightness {
    /// The level at a minute of the day; that of the day where the time is not known. Within half an hour it goes from one to
    /// the other.
    pub fn level(&self, minute: Option<u16>) -> u8 {
        let Some(minute) = minute else { return self.day };
        let since =
            |start: u16| minute.saturating_add(1440).saturating_sub(start).checked_rem(1440).unwrap_or(0);
        let (dusk, dawn) = (since(self.dark.0), since(self.dark.1));
        let between = |from: u8, to: u8, passed: u16| {
            let (from, to, passed) = (i32::from(from), i32::from(to), i32::from(passed.min(30)));
            let step = to.saturating_sub(from).saturating_mul(passed).checked_div(30).unwrap_or(0);
            from.saturating_add(step).clamp(0, 255) as u8
        };
        if self.dark.0 == self.dark.1 {
            self.day
        } else if dusk < dawn {
            between(self.day, self.night, dusk)
        } else {
            between(self.night, self.day, dawn)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_users_time() {
        let mut clock = Clock::default();
        assert_eq!((clock.unix(5), clock.words(5).as_str()), (None, ""));
        // 2026-11-22 14:32:10 UTC.
        clock.set(70_000, 1_795_357_930);
        assert_eq!(clock.unix(70_000), Some(1_795_357_930));
        assert_eq!(clock.words(70_000).as_str(), "14:32");
        clock.set_offset(-210);
        assert_eq!(clock.words(70_000).as_str(), "11:02");
        clock.set_offset(570);
        assert_eq!(clock.words(70_000).as_str(), "00:02");
        // Daylight saving begins: the offset jumps, midnight comes by counting.
        clock.set_offset(60);
        assert_eq!(clock.words(70_000 + 8 * 3_600_000).as_str(), "23:32");
        assert_eq!(clock.words(70_000 + 9 * 3_600_000).as_str(), "00:32");
        clock.set_offset(120);
        assert_eq!(clock.words(70_000 + 9 * 3_600_000).as_str(), "01:32");
        clock.set(u64::MAX, u32::MAX);
        let _ = clock.unix(0);
        clock.set(0, 0);
        clock.set_offset(-60);
        assert_eq!(clock.words(0).as_str(), "23:00");
        assert_eq!(clock.unix(u64::MAX), None);
    }

    #[test]
    fn is_dark_at_night() {
        let brightness = Brightness::default();
        for (minute, level) in [
            (None, 200),
            (Some(12 * 60), 200),
            (Some(21 * 60 + 59), 200),
            (Some(22 * 60), 200),
            (Some(22 * 60 + 15), 112),
            (Some(22 * 60 + 30), 24),
            (Some(0), 24),
            (Some(6 * 60 + 59), 24),
            (Some(7 * 60 + 15), 112),
            (Some(7 * 60 + 30), 200),
        ] {
            assert_eq!(brightness.level(minute), level, "{minute:?}");
        }
        assert_eq!(Brightness { dark: (60, 60), ..brightness }.level(Some(60)), 200);
        let by_day = Brightness { dark: (600, 900), ..brightness };
        assert_eq!((by_day.level(Some(700)), by_day.level(Some(100))), (24, 200));
    }
}
