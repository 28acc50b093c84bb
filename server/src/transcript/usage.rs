//! What a response used, as its line counts it.

use super::line::{Line, Message, Usage};
use crate::tokens::Tokens;

/// More tokens than any response can use: a count beyond it is damage, not usage.
const IMPLAUSIBLE: i64 = 1_000_000_000;

/// The usage of a response that costs something: what Claude Code makes up itself (errors, limit notices) does not.
pub(super) fn billable<'m, 'a>(line: &Line<'_>, message: &'m Message<'a>) -> Option<&'m Usage<'a>> {
    let made_up = message.model.is("<synthetic>") || line.api_error.0;
    message.usage.get().filter(|_| !made_up)
}

/// The counts of a usage. The flat count of cache writes can exceed its split (the rest has no known lifetime) and can
/// be zero beside one (versions before 2.1.152).
pub(super) fn tokens(usage: &Usage<'_>) -> Tokens {
    let (five_minutes, one_hour) =
        usage.split.get().map_or((0, 0), |split| (split.five_minutes.0, split.one_hour.0));
    let written = usage.cache_write.0.max(five_minutes.saturating_add(one_hour));
    Tokens {
        input: usage.input.0,
        output: usage.output.0,
        cache_write_5m: written - one_hour,
        cache_write_1h: one_hour,
        cache_read: usage.cache_read.0,
        web_searches: usage.server_tools.get().map_or(0, |tools| tools.web_searches.0),
    }
}

pub(super) fn implausible(usage: &Usage<'_>) -> bool {
    let parts = std::iter::once(usage).chain(&usage.iterations.0);
    parts.map(tokens).any(|tokens| {
        let Tokens { input, output, cache_write_5m, cache_write_1h, cache_read, web_searches } = tokens;
        [input, output, cache_write_5m, cache_write_1h, cache_read, web_searches]
            .iter()
            .any(|count| *count > IMPLAUSIBLE)
    })
}
