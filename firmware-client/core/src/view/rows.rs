//! The pages that are lists: a few rows each, whatever the screen.

use super::{Level, Page, View};
use crate::frame::{Frame, ROWS};
use crate::text::Text;
use crate::words::{self, Word};

/// A row of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub label: Text<16>,
    /// The number that matters.
    pub value: Word,
    /// The rest.
    pub detail: Text<24>,
    /// When it begins anew.
    pub until: Word,
    /// How long its bar is, percent; no bar where it is `None`.
    pub part: Option<u32>,
    /// How much of its period is over, percent.
    pub passed: Option<u32>,
    /// The colour of its bar.
    pub level: Level,
    /// Its number is of that colour too.
    pub urgent: bool,
}

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Its heading.
    pub title: &'static str,
    /// Its rows.
    pub rows: [Option<Row>; ROWS],
    /// What it says without rows: what is missing, and what to do.
    pub empty: [&'static str; 2],
}

impl Rows {
    /// The rows that there are.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    fn push(&mut self, row: Row) {
        if let Some(place) = self.rows.iter_mut().find(|place| place.is_none()) {
            *place = Some(row);
        }
    }
}

/// The rows of a page; the status page has none.
pub fn rows(view: &View<'_>, frame: &Frame) -> Rows {
    match view.page {
        Page::Status => Rows::default(),
        Page::Budgets => budgets(view, frame),
        Page::Limits => limits(view, frame),
        Page::Sessions => sessions(frame),
    }
}

fn budgets(view: &View<'_>, frame: &Frame) -> Rows {
    let mut page = Rows {
        title: "Budgets",
        empty: ["No budget is set", "costline budget set --daily 10"],
        ..Rows::default()
    };
    for budget in frame.budgets.iter().flatten() {
        let percent = budget.percent();
        page.push(Row {
            label: words::join(&[budget.label.as_str()]),
            value: words::percent(percent),
            detail: words::join(&[
                words::money(budget.spent).as_str(),
                " of ",
                words::round_money(budget.limit).as_str(),
            ]),
            until: view.until(budget.reset),
            part: Some(percent.min(100)),
            passed: view.passed(budget),
            level: Level::of(percent),
            urgent: true,
        });
    }
    for (period, spent) in [("day", frame.today), ("week", frame.week), ("month", frame.month)] {
        let has_budget = frame.budgets.iter().flatten().any(|budget| budget.label.as_str() == period);
        if let (false, Some(spent)) = (has_budget, spent) {
            page.push(Row {
                label: words::join(&[period]),
                value: words::money(spent),
                detail: Text::new("no budget"),
                ..Row::default()
            });
        }
    }
    page
}

fn limits(view: &View<'_>, frame: &Frame) -> Rows {
    let mut page = Rows {
        title: "Plan limits",
        empty: ["No limit is known", "Install costline statusline"],
        ..Rows::default()
    };
    for limit in frame.limits.iter().flatten() {
        let percent = u32::from(limit.percent);
        page.push(Row {
            label: words::join(&[limit.name.as_str()]),
            value: words::percent(percent),
            detail: match (limit.reset, view.unix) {
                (Some(reset), Some(unix)) if reset.saturating_sub(unix) < 86_400 => {
                    words::join(&["resets at ", view.clock_at(reset).as_str()])
                }
                (Some(_), Some(_)) => words::join(&["resets in"]),
                _ => Text::EMPTY,
            },
            until: view.until(limit.reset),
            part: Some(percent.min(100)),
            passed: None,
            level: Level::of(percent),
            urgent: true,
        });
    }
    page
}

fn sessions(frame: &Frame) -> Rows {
    let mut page =
        Rows { title: "Sessions", empty: ["No session is open", "start Claude Code"], ..Rows::default() };
    for (index, session) in
        ["session 1", "session 2", "session 3", "session 4"].iter().zip(frame.sessions.iter().flatten())
    {
        let context = session.context.map(u32::from);
        page.push(Row {
            label: words::join(&[if session.name.is_empty() { index } else { session.name.as_str() }]),
            value: words::money(session.cost),
            detail: context
                .map_or(Text::EMPTY, |percent| words::join(&["context ", words::percent(percent).as_str()])),
            until: words::join(&[if session.active { "active" } else { "idle" }]),
            part: context.map(|percent| percent.min(100)),
            passed: None,
            urgent: false,
            level: context
                .map_or(Level::Fine, |percent| if percent >= 80 { Level::Warning } else { Level::Fine }),
        });
    }
    page
}
