//! Counts of tokens, by the classes that are billed apart.

/// What one response (or a sum of them) used. The classes are disjoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tokens {
    /// Prompt tokens that came from no cache.
    pub input: i64,
    /// Generated tokens, thinking included.
    pub output: i64,
    /// Prompt tokens written to the five-minute cache; writes without a known lifetime count here.
    pub cache_write_5m: i64,
    /// Prompt tokens written to the one-hour cache.
    pub cache_write_1h: i64,
    /// Prompt tokens read from a cache.
    pub cache_read: i64,
    /// Web searches made on the server: requests, not tokens.
    pub web_searches: i64,
}

impl Tokens {
    /// Tokens of the request's prompt: everything but the output.
    pub const fn prompt(&self) -> i64 {
        self.input + self.cache_write() + self.cache_read
    }

    /// Cache writes of both lifetimes.
    pub const fn cache_write(&self) -> i64 {
        self.cache_write_5m + self.cache_write_1h
    }

    /// All tokens of all classes.
    pub const fn total(&self) -> i64 {
        self.prompt() + self.output
    }

    /// The greater count of each class: how the lines of one response are merged.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, Ord::max)
    }

    /// Combines two counts class by class.
    #[must_use]
    pub fn zip(self, other: Self, f: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            input: f(self.input, other.input),
            output: f(self.output, other.output),
            cache_write_5m: f(self.cache_write_5m, other.cache_write_5m),
            cache_write_1h: f(self.cache_write_1h, other.cache_write_1h),
            cache_read: f(self.cache_read, other.cache_read),
            web_searches: f(self.web_searches, other.web_searches),
        }
    }
}

impl std::ops::Add for Tokens {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.zip(other, i64::saturating_add)
    }
}

impl std::ops::Sub for Tokens {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.zip(other, i64::saturating_sub)
    }
}

/// `1,234,567`: an integer with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `950`, `1.2K`, `34.6M`, `2.50B`: a count of tokens in little room.
#[allow(clippy::float_arithmetic, reason = "a rounded text for people")]
pub fn compact(number: i64) -> String {
    let value = number as f64;
    match number.unsigned_abs() {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{:.1}K", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1}M", value / 1e6),
        _ => format!("{:.2}B", value / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
        for (number, expected) in
            [(950, "950"), (1_234, "1.2K"), (34_562_288, "34.6M"), (2_497_375_111, "2.50B")]
        {
            assert_eq!(compact(number), expected);
        }
    }
}
