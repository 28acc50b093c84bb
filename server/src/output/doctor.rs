//! What the doctor found, for a person.

use super::Out;
use crate::doctor::{Finding, Report, Severity};
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use std::io::{self, IsTerminal as _, Write as _};

/// How many single cases are shown of each finding, unless all are asked for.
const SHOWN: usize = 5;

/// Writes what was found, with all single cases or the first ones.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn doctor(report: &Report, all: bool, out: &mut Out) -> Result<()> {
    let dim = Style::new().dimmed();
    for Finding { name, severity, message, advice, details } in &report.findings {
        let (style, mark) = mark(*severity);
        writeln!(out, "{style}{mark:<7}{style:#}  {:<14}  {message}", name.name())?;
        let shown = if all { details.len() } else { details.len().min(SHOWN) };
        for detail in &details[..shown] {
            writeln!(out, "{:25}{dim}{detail}{dim:#}", "")?;
        }
        if shown < details.len() {
            writeln!(out, "{:25}{dim}and {} more; --verbose shows all{dim:#}", "", details.len() - shown)?;
        }
        if let Some(advice) = advice {
            writeln!(out, "{:25}→ {advice}", "")?;
        }
    }
    let bad = report.findings.iter().filter(|finding| finding.severity >= Severity::Warning).count();
    match bad {
        0 => writeln!(out, "\nAll is well.")?,
        1 => writeln!(out, "\nOne thing is wrong.")?,
        bad => writeln!(out, "\n{bad} things are wrong.")?,
    }
    Ok(())
}

fn mark(severity: Severity) -> (Style, &'static str) {
    match severity {
        Severity::Ok => (AnsiColor::Green.on_default(), "ok"),
        Severity::Note => (AnsiColor::Cyan.on_default(), "note"),
        Severity::Warning => (AnsiColor::Yellow.on_default().bold(), "warning"),
        Severity::Error => (AnsiColor::Red.on_default().bold(), "error"),
    }
}

/// A count on standard error while something takes its time, where that is a terminal.
#[derive(Debug, Default)]
pub struct Counter {
    last: usize,
}

impl Counter {
    /// So many of so many are done.
    pub fn show(&mut self, done: usize, of: usize) {
        let percent = done * 100 / of.max(1);
        if percent != self.last && io::stderr().is_terminal() {
            self.last = percent;
            let end = if done == of { "\r\x1b[K" } else { "" };
            // Nobody may be there to see it.
            let _ = write!(io::stderr(), "\r{percent:>3} % of {of} readings{end}");
        }
    }
}
