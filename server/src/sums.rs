//! What is added up: the one shape in which responses become totals.

use crate::money::NanoUsd;
use crate::tokens::Tokens;

/// Sums over responses. Subtracting undoes adding exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Responses; parts that are billed apart add their tokens and cost, but are no responses of their own.
    pub messages: i64,
    /// Tokens by class.
    pub tokens: Tokens,
    /// What they cost.
    pub cost: NanoUsd,
    /// Records whose model the price table does not know.
    pub unpriced: i64,
    /// Responses whose output count no line finished.
    pub lower_bound: i64,
}

impl Sums {
    /// Whether nothing was counted.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Splits the tokens and the cost into equal shares that sum to the whole; the counts of responses stay whole, since
    /// each share is about the same response.
    pub fn shares(self, parts: usize) -> impl Iterator<Item = Self> {
        let each = |whole: i64| crate::money::shares(whole, parts).collect::<Vec<_>>();
        let (input, output) = (each(self.tokens.input), each(self.tokens.output));
        let (read, five) = (each(self.tokens.cache_read), each(self.tokens.cache_write_5m));
        let (hour, web) = (each(self.tokens.cache_write_1h), each(self.tokens.web_searches));
        self.cost.shares(parts).enumerate().map(move |(index, cost)| Self {
            tokens: Tokens {
                input: input[index],
                output: output[index],
                cache_write_5m: five[index],
                cache_write_1h: hour[index],
                cache_read: read[index],
                web_searches: web[index],
            },
            cost,
            ..self
        })
    }
}

impl std::ops::Add for Sums {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            tokens: self.tokens + other.tokens,
            cost: self.cost + other.cost,
            unpriced: self.unpriced + other.unpriced,
            lower_bound: self.lower_bound + other.lower_bound,
        }
    }
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::Sub for Sums {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            messages: self.messages - other.messages,
            tokens: self.tokens - other.tokens,
            cost: self.cost - other.cost,
            unpriced: self.unpriced - other.unpriced,
            lower_bound: self.lower_bound - other.lower_bound,
        }
    }
}
