//! The `Date` of a response.

/// Unix seconds of a date in the one form that servers send: `Sun, 22 Nov 2026 14:32:10 GMT`.
pub fn unix(date: &[u8]) -> Option<u32> {
    let date = core::str::from_utf8(date).ok()?;
    let mut words = date.split([' ']).skip(1);
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let year: i64 = words.next()?.parse().ok()?;
    let mut time = words
        .next()?
        .split([':'])
        .map(|part| part.parse::<i64>().ok().filter(|part| (0..=60).contains(part)));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = names.iter().position(|known| *known == name)? as i64;
    if words.next() != Some("GMT") || !(1970..=2106).contains(&year) || !(1..=31).contains(&day) || hour > 23
    {
        return None;
    }
    let days = days(year, month, day)?;
    u32::try_from(
        days.checked_mul(86_400)?
            .checked_add(hour.checked_mul(3600)?)?
            .checked_add(minute.checked_mul(60)?)?
            .checked_add(second)?,
    )
    .ok()
}

/// Days since 1970 of a day of a month, January being 0. Years are counted from March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month) = if month < 2 {
        (year.checked_sub(1)?, month.checked_add(10)?)
    } else {
        (year, month.checked_sub(2)?)
    };
    let leaps = (year / 4).checked_sub(year / 100)?.checked_add(year / 400)?;
    let in_year = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?.checked_sub(1)?;
    year.checked_mul(365)?.checked_add(leaps)?.checked_add(in_year)?.checked_sub(719_468)
}
