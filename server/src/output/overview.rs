//! Everything at once as a document: sums, what they were spent on, budgets and limits.

use super::budgets;
use super::current;
use super::grid::{footnotes, nothing};
use super::markdown::{aligned, plain, table};
use super::windows::minute;
use crate::reports::{By, Current, Overview, Report};
use crate::snapshot::wire::Limit;
use crate::wording;
use anyhow::Result;
use comfy_table::{Cell, Table, presets};
use std::io::Write as _;

/// The overview in Markdown; `project` is the one that it is narrowed to, `written` says when that was.
///
/// # Errors
/// None that can be helped: memory can be written to.
pub fn overview(overview: &Overview, project: Option<&str>, written: &str) -> Result<String> {
    let Overview { current, projects, models, budgets, limits } = overview;
    let mut out = Vec::new();
    writeln!(out, "# What Claude Code cost\n")?;
    if let Some(project) = project {
        writeln!(out, "Project: {}\n", plain(project))?;
    }
    writeln!(out, "{}", lately(current))?;
    writeln!(out, "\n## {}\n", days(projects))?;
    if projects.rows.is_empty() {
        writeln!(out, "{}", nothing((projects.since.as_deref(), projects.until.as_deref()), project))?;
    } else {
        writeln!(out, "{}\n\n{}", table(projects, By::Project, None), table(models, By::Model, None))?;
        footnotes(&projects.totals, projects.partial, &mut out)?;
    }
    writeln!(out, "\n## Budgets\n")?;
    let others = budgets::scopes(budgets);
    for budget in budgets {
        writeln!(out, "- {}", plain(&budgets::sentence(budget, &others)))?;
    }
    if budgets.is_empty() {
        writeln!(out, "{}", budgets::NONE)?;
    }
    writeln!(out, "\n## Plan limits\n")?;
    for limit in limits {
        writeln!(out, "- {}", plain(&sentence(limit)))?;
    }
    if limits.is_empty() {
        writeln!(out, "{}", super::limits::NONE)?;
    }
    writeln!(out, "\nDays of {}. Written {written} by Costline.", current.timezone)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// `From 2026-09-01 to 2026-09-16`.
fn days(report: &Report) -> String {
    match (report.since.as_deref(), report.until.as_deref()) {
        (Some(since), Some(until)) if since == until => format!("On {since}"),
        (Some(since), Some(until)) => format!("From {since} to {until}"),
        (Some(since), None) => format!("Since {since}"),
        (None, Some(until)) => format!("Until {until}"),
        (None, None) => "All that is known".to_owned(),
    }
}

/// Today, this week and this month, a column each.
fn lately(current: &Current) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).force_no_tty();
    table.set_header(std::iter::once("").chain(current::heads()).map(super::grid::right));
    for (name, values) in current::rows(current) {
        let values = values.into_iter().map(super::grid::right);
        table.add_row(std::iter::once(Cell::new(name)).chain(values));
    }
    aligned(&table)
}

/// `5h: 23.5%; anew 2026-09-16 15:00; told 2026-09-16 12:10`.
fn sentence(limit: &Limit) -> String {
    let mut parts = vec![format!("{}: {}%", wording::window(&limit.window), limit.used_percent)];
    parts.extend(limit.exhausted_at.as_deref().map(|at| {
        let when = if limit.used_percent >= 100.0 { "since" } else { "at this rate by" };
        format!("used up {when} {}", minute(at))
    }));
    parts.extend(limit.resets_at.as_deref().map(|at| format!("anew {}", minute(at))));
    parts.push(format!("told {}", minute(&limit.reported_at)));
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budgets::Urgency;
    use crate::limits::Source;
    use crate::money::NanoUsd;
    use crate::reports::{Period, Row, Top};
    use crate::snapshot::wire::{Budget, Totals};

    fn cents(cents: i64) -> NanoUsd {
        NanoUsd(cents * 10_000_000)
    }

    fn sums(cost: i64) -> Totals {
        Totals { cost_usd: cents(cost), total_tokens: 1_500, messages: 3, sessions: 1, ..Totals::default() }
    }

    fn of(keys: &[&str], since: &str) -> Report {
        let row = |key: &&str| Row { key: (*key).to_owned(), totals: sums(250), extra: None, parts: None };
        Report {
            totals: sums(250),
            rows: keys.iter().map(row).collect(),
            since: Some(since.to_owned()),
            until: Some("2026-09-16".to_owned()),
            timezone: "UTC".to_owned(),
            partial: None,
        }
    }

    fn period(cost: i64) -> Period {
        Period {
            since: "2026-09-16".to_owned(),
            until: "2026-09-16".to_owned(),
            totals: sums(cost),
            peak_hour: None,
            peak_hour_usd: None,
            daily_average_usd: cents(cost),
            budget_usd: None,
            budget_used_percent: None,
        }
    }

    fn everything() -> Overview {
        let limit = |window: &str, used_percent, exhausted_at: Option<&str>| Limit {
            window: window.to_owned(),
            used_percent,
            resets_at: Some("2026-09-16T15:00:00Z".to_owned()),
            reported_at: "2026-09-16T12:10:30Z".to_owned(),
            source: Source::Statusline,
            exhausted_at: exhausted_at.map(str::to_owned),
        };
        Overview {
            current: Current {
                today: period(100),
                week: period(250),
                month: period(250),
                top: Top::default(),
                block: None,
                timezone: "UTC".to_owned(),
                partial: None,
            },
            projects: of(&["/home/ada/app"], "2026-09-01"),
            models: of(&["claude-sonnet-4-5"], "2026-09-01"),
            budgets: vec![Budget {
                id: 1,
                scope: "all".to_owned(),
                name: None,
                period: "day".to_owned(),
                limit_usd: cents(1_000),
                spent_usd: cents(100),
                unpriced_messages: 0,
                used_percent: 10.0,
                severity: Urgency::Ok,
                resets_at: Some("2026-09-17T00:00:00Z".to_owned()),
                exhausted_at: None,
                hard: false,
                thresholds: vec![80],
                source: "command".to_owned(),
            }],
            limits: vec![
                limit("fiveHour", 23.5, None),
                limit("sevenDay", 91.0, Some("2026-09-16T14:00:00Z")),
                limit("sevenDayOpus", 100.0, Some("2026-09-16T11:00:00Z")),
            ],
        }
    }

    #[test]
    fn everything_stands_in_it_once() {
        let expected = "\
# What Claude Code cost

|               | Today | This week | This month |
|---------------|------:|----------:|-----------:|
| Cost          | $1.00 |     $2.50 |      $2.50 |
| Tokens        |  1.5K |      1.5K |       1.5K |
| Calls         |     3 |         3 |          3 |
| Sessions      |     1 |         1 |          1 |
| Peak hour     |     – |         – |          – |
| Daily average | $1.00 |     $2.50 |      $2.50 |

## From 2026-09-01 to 2026-09-16

";
        let text = overview(&everything(), None, "now").unwrap();
        assert!(text.starts_with(expected), "{text}");
        for part in ["| Project ", "| /home/ada/app ", "| Model ", "| claude-sonnet-4-5 "] {
            assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
        }
        let expected = "
## Budgets

- Day: 10%, $1.00 of $10.00; $9.00 left; anew 2026-09-17 00:00

## Plan limits

- 5h: 23.5%; anew 2026-09-16 15:00; told 2026-09-16 12:10
- 7d: 91%; used up at this rate by 2026-09-16 14:00; anew 2026-09-16 15:00; told 2026-09-16 12:10
- 7d opus: 100%; used up since 2026-09-16 11:00; anew 2026-09-16 15:00; told 2026-09-16 12:10

Days of UTC. Written now by Costline.
";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn what_there_is_not_is_said() {
        let nothing = Overview {
            projects: of(&[], "2026-09-16"),
            models: of(&[], "2026-09-16"),
            budgets: Vec::new(),
            limits: Vec::new(),
            ..everything()
        };
        let text = overview(&nothing, Some("/p|q"), "now").unwrap();
        for part in [
            "\nProject: /p\\|q\n",
            "## On 2026-09-16\n\nNothing was used in /p|q from 2026-09-16 to 2026-09-16.\n",
            "## Budgets\n\nNo budget is set;",
            "## Plan limits\n\nNo limit of a plan is known.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
