//! Notices that a limit of the plan was reached.

use super::line::Line;
use crate::limits::{PlanLimit, Source, WHOLE, window_of};
use crate::time::{Millis, parse_millis};

/// The limit that a line says was reached. A line that only warns says nothing of how much is used; copies keep the time,
/// so they say the same again.
pub(super) fn notice(line: &Line<'_>) -> Option<PlanLimit> {
    let quota = line.quota.get().filter(|quota| quota.status.is("rejected"))?;
    let limit = PlanLimit {
        window: window_of(quota.window.filled()?)?,
        used_basis_points: WHOLE,
        resets_at: quota.resets_at.0.map(|seconds| (seconds as Millis).saturating_mul(1_000)),
        reported_at: line.timestamp.get().and_then(parse_millis)?,
        source: Source::Transcript,
    };
    let open = PlanLimit { resets_at: None, ..limit.clone() };
    limit.sound().or_else(|| open.sound())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Filter, Interner, Parser, Place, State};
    use serde_json::{Value, json};

    fn limits(quota: &Value) -> Vec<(String, u32, Millis, Option<Millis>)> {
        let (place, filter, mut names) = (Place::default(), Filter::default(), Interner::default());
        let mut parser = Parser::new(&place, State::default(), Some(&filter), &mut names);
        let line = json!({"type": "assistant", "uuid": "u", "sessionId": "s", "timestamp": "2026-09-08T15:38:49.013Z",
            "message": {"model": "<synthetic>", "role": "assistant", "content": []}, "quotaLimits": quota,
            "error": "rate_limit", "isApiErrorMessage": true, "apiErrorStatus": 429});
        parser.line(line.to_string().as_bytes(), 0, false);
        let (batch, _) = parser.take();
        assert!(batch.responses.is_empty());
        let told = |limit: PlanLimit| {
            assert_eq!(limit.source, Source::Transcript);
            (limit.window, limit.used_basis_points, limit.reported_at, limit.resets_at)
        };
        batch.limits.into_iter().map(told).collect()
    }

    #[test]
    fn a_limit_that_was_reached() {
        // 15:38:49.013 and 19:10 UTC.
        let (at, reset) = (1_788_881_929_013, 1_788_894_600_000);
        for (quota, expected) in [
            (
                json!({"status": "rejected", "resetsAt": 1_788_894_600, "rateLimitType": "five_hour", "isUsingOverage": false}),
                Some(("fiveHour", Some(reset))),
            ),
            (
                json!({"status": "rejected", "resetsAt": 1_788_894_600, "rateLimitType": "seven_day_opus"}),
                Some(("sevenDayOpus", Some(reset))),
            ),
            // When it ends is not believed where that cannot be.
            (
                json!({"status": "rejected", "resetsAt": 1, "rateLimitType": "five_hour"}),
                Some(("fiveHour", None)),
            ),
            (
                json!({"status": "rejected", "resetsAt": "x", "rateLimitType": "five_hour"}),
                Some(("fiveHour", None)),
            ),
            (json!({"status": "rejected", "rateLimitType": "overage"}), Some(("overage", None))),
            (
                json!({"status": "allowed_warning", "resetsAt": 1_788_894_600, "rateLimitType": "five_hour"}),
                None,
            ),
            (json!({"status": "rejected", "resetsAt": 1_788_894_600}), None),
            (json!({"status": "rejected", "rateLimitType": 5}), None),
            (json!([1]), None),
            (json!("rejected"), None),
            (json!(null), None),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(name, reset)| (name.to_owned(), 10_000, at, reset)).collect();
            assert_eq!(limits(&quota), expected, "{quota}");
        }
    }
}
