//! Which lines are one response, and how they are merged.
//!
//! Claude Code writes one line per content block, and copies lines into forks and sidechains, so most responses have
//! several lines. Merging is associative, commutative and idempotent: the order in which lines are read, and how often,
//! makes no difference.

use super::record::{Name, Owner, Response};
use crate::tokens::Tokens;

/// What makes a response one: ids that start with `msg_` are unique for a response. Gateways use other ids again and
/// again: there the request tells responses apart, and without one the prompt's counts, which never differ between the
/// lines of one response. Without an id it is the line's own, and without that the line's bytes.
pub(super) fn key(
    id: Option<&str>,
    request: Option<&str>,
    tokens: &Tokens,
    uuid: Option<&str>,
    line_hash: impl FnOnce() -> u64,
) -> Box<str> {
    let text = match (id, request, uuid) {
        (Some(id), ..) if id.starts_with("msg_") => return id.into(),
        (Some(id), Some(request), _) => format!("{id} {request}"),
        (Some(id), None, _) => {
            let Tokens { input, cache_write_5m, cache_write_1h, cache_read, .. } = tokens;
            format!("{id} {input}/{cache_write_5m}/{cache_write_1h}/{cache_read}")
        }
        (None, _, Some(uuid)) => format!("uuid {uuid}"),
        (None, _, None) => format!("line {:016x}", line_hash()),
    };
    text.into()
}

impl Owner {
    /// The order of lines that may own a response: the original before a copy, the main thread before a sidechain that
    /// replays it, the older file before the younger, and in a file the first.
    fn rank(&self) -> (bool, bool, i64, &str, u64) {
        (self.copied, self.origin.sidechain, self.born, &self.file, self.offset)
    }
}

impl Response {
    /// Adds what other lines tell of the same response.
    pub fn merge(&mut self, other: Self) {
        if self.embedded != other.embedded {
            // A copy inside a progress line counts only where no file holds the response.
            if self.embedded {
                *self = other;
            }
            return;
        }
        self.tokens = self.tokens.max(other.tokens);
        self.at = self.at.min(other.at);
        self.finished |= other.finished;
        self.speed = costlier(&self.speed, &other.speed, "fast");
        self.geo = costlier(&self.geo, &other.geo, "us");
        self.tier = costlier(&self.tier, &other.tier, "standard");
        if self.request.is_empty() || (!other.request.is_empty() && other.request < self.request) {
            self.request = other.request;
        }
        if (other.model.is_empty(), other.owner.rank()) < (self.model.is_empty(), self.owner.rank()) {
            self.model = other.model;
            self.owner = other.owner;
        }
    }
}

/// The value that costs more where lines differ; what says something before what says nothing.
fn costlier(a: &Name, b: &Name, dearest: &str) -> Name {
    let weight = |name: &Name| (&**name == dearest, !name.is_empty(), name.clone());
    if weight(a) >= weight(b) { a.clone() } else { b.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::record::Origin;
    use proptest::prelude::*;
    use std::sync::Arc;

    #[test]
    fn keys() {
        let tokens = Tokens { input: 1, cache_write_5m: 2, cache_read: 4, output: 9, ..Tokens::default() };
        for (id, request, uuid, expected) in [
            (Some("msg_01"), Some("req_1"), Some("u"), "msg_01"),
            (Some("msg_01"), None, None, "msg_01"),
            (Some("gen-7"), Some("req_1"), Some("u"), "gen-7 req_1"),
            (Some("gen-7"), None, Some("u"), "gen-7 1/2/0/4"),
            (None, Some("req_1"), Some("u"), "uuid u"),
            (None, None, None, "line 000000000000002a"),
        ] {
            assert_eq!(&*key(id, request, &tokens, uuid, || 42), expected);
        }
    }

    fn response() -> impl Strategy<Value = Response> {
        let name = |values: &'static [&'static str]| prop::sample::select(values).prop_map(Name::from);
        let owner = (any::<bool>(), any::<bool>(), 0_i64..3, name(&["a", "b"]), 0_u64..3).prop_map(
            |(copied, sidechain, born, file, offset)| Owner {
                copied,
                born,
                // A line has one origin: what it says follows from where it is.
                origin: Arc::new(Origin { session: file.clone(), sidechain, ..Origin::default() }),
                file,
                offset,
                turn: Name::from(""),
            },
        );
        let names =
            (name(&["", "m"]), name(&["", "fast", "standard"]), name(&["", "us"]), name(&["", "batch"]));
        (owner, names, prop::array::uniform3(0_i64..4), 0_i64..5, any::<bool>(), any::<bool>(), 0..3_usize)
            .prop_map(
                |(
                    owner,
                    (model, speed, geo, tier),
                    [input, output, cache_read],
                    at,
                    finished,
                    embedded,
                    request,
                )| {
                    Response {
                        key: "msg_1".into(),
                        request: ["", "r1", "r2"][request].into(),
                        tokens: Tokens { input, output, cache_read, ..Tokens::default() },
                        model,
                        at,
                        finished,
                        embedded,
                        speed,
                        geo,
                        tier,
                        owner,
                        ..Response::default()
                    }
                },
            )
    }

    fn merged(a: &Response, b: &Response) -> Response {
        let mut merged = a.clone();
        merged.merge(b.clone());
        merged
    }

    /// Lines of one rank are the same line, and a line has one model.
    fn comparable(responses: &[Response]) -> bool {
        responses
            .iter()
            .all(|a| responses.iter().all(|b| a.owner.rank() != b.owner.rank() || a.model == b.model))
    }

    proptest! {
        #[test]
        fn merging_knows_no_order(a in response(), b in response(), c in response()) {
            prop_assume!(comparable(&[a.clone(), b.clone(), c.clone()]));
            prop_assert_eq!(&merged(&a, &a), &a);
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        }
    }
}
