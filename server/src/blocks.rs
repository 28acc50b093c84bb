//! Five-hour windows: each starts with the first response after the last one ended, on no clock's grid.

use crate::time::{HOUR, Millis};

/// How long a window lasts.
pub const LENGTH: Millis = 5 * HOUR;

/// The starts of windows, oldest first: those before `to`, and the first one after. `first_from(t)` gives the first
/// response at or after `t`; `anchor` is a moment before which at least five hours were silent, or the beginning of
/// history.
///
/// # Errors
/// Whatever `first_from` reports.
pub fn starts<E>(
    anchor: Millis,
    to: Millis,
    mut first_from: impl FnMut(Millis) -> Result<Option<Millis>, E>,
) -> Result<Vec<Millis>, E> {
    let mut starts = Vec::new();
    let mut from = anchor;
    while let Some(start) = first_from(from)? {
        starts.push(start);
        if start >= to {
            break;
        }
        from = start.saturating_add(LENGTH);
    }
    Ok(starts)
}

/// The start of the window that holds `now`: as [`starts`].
///
/// # Errors
/// Whatever `first_from` reports.
pub fn active<E>(
    anchor: Millis,
    now: Millis,
    first_from: impl FnMut(Millis) -> Result<Option<Millis>, E>,
) -> Result<Option<Millis>, E> {
    let starts = starts(anchor, now + 1, first_from)?;
    Ok(starts.into_iter().find(|start| is_active(*start, now)))
}

/// Whether a window holds `now`.
pub const fn is_active(start: Millis, now: Millis) -> bool {
    start <= now && now < start + LENGTH
}

/// The window, among starts in ascending order, that holds a response of `at`; `None` before the first.
pub fn holding(starts: &[Millis], at: Millis) -> Option<usize> {
    starts.partition_point(|start| *start <= at).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn active_of(times: &[Millis], now: Millis) -> Option<Millis> {
        let first_from = |from| Ok::<_, Infallible>(times.iter().copied().filter(|at| *at >= from).min());
        active(0, now, first_from).unwrap()
    }

    #[test]
    fn windows_follow_the_responses() {
        for (hours, now, expected) in [
            (&[1, 3][..], 4, Some(1)),
            (&[1, 3], 6, None),
            (&[1, 3, 7], 8, Some(7)),
            (&[1, 6], 6, Some(6)),
            (&[1, 5, 6], 6, Some(6)),
            (&[9], 8, None),
            (&[], 8, None),
        ] {
            let times: Vec<Millis> = hours.iter().map(|hour| hour * HOUR).collect();
            assert_eq!(
                active_of(&times, now * HOUR),
                expected.map(|hour: i64| hour * HOUR),
                "{hours:?} at {now}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_silence_of_five_hours_makes_an_anchor(mut times in prop::collection::vec(0..100 * HOUR, 1..60), now in 0..110 * HOUR) {
            times.sort_unstable();
            let known: Vec<Millis> = times.into_iter().filter(|at| *at <= now).collect();
            let whole = active_of(&known, now);
            let gap = known.windows(2).rposition(|pair| pair[1] - pair[0] >= LENGTH).map(|index| index + 1);
            let since: Vec<Millis> = known[gap.unwrap_or(0)..].to_vec();
            prop_assert_eq!(active_of(&since, now), whole);
        }
    }
}
