//! Claude Code's status line, and what there is to choose from for it.

use super::Out;
use crate::statusline::{Line, Tone};
use anstyle::{AnsiColor, Style};
use anyhow::Result;
use std::io::Write as _;
use unicode_width::UnicodeWidthStr as _;

const fn style(tone: Tone) -> Style {
    match tone {
        Tone::Quiet => Style::new().dimmed(),
        Tone::Plain => Style::new(),
        Tone::Strong => Style::new().bold(),
        Tone::Warning => AnsiColor::Yellow.on_default(),
        Tone::Error => AnsiColor::Red.on_default().bold(),
    }
}

/// Writes the line. What another command printed stands before it: on the same line with `beside` between them, else above.
///
/// # Errors
/// Nobody reads any more.
pub fn statusline(line: &Line, lead: &str, beside: Option<&String>, out: &mut Out) -> Result<()> {
    let mut lead = lead.lines();
    let reset = anstyle::Reset;
    if let Some(first) = lead.next() {
        match beside {
            Some(separator) if !line.0.is_empty() => write!(out, "{first}{reset}{separator}")?,
            _ => writeln!(out, "{first}{reset}")?,
        }
    }
    write_line(line, out)?;
    writeln!(out)?;
    for more in lead {
        writeln!(out, "{more}{reset}")?;
    }
    Ok(())
}

fn write_line(line: &Line, out: &mut Out) -> Result<()> {
    for (text, tone) in &line.0 {
        let style = style(*tone);
        write!(out, "{style}{text}{style:#}")?;
    }
    Ok(())
}

/// How many columns a text takes, its colours left out.
pub fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().width()
}

/// Shows presets and parts with made-up data.
///
/// # Errors
/// Nobody reads any more, or the disk is full.
pub fn preview(presets: &[(String, Line)], parts: &[(String, Line, &str)], out: &mut Out) -> Result<()> {
    let bold = Style::new().bold();
    writeln!(out, "{bold}Presets{bold:#}, with made-up data")?;
    for (name, line) in presets {
        write!(out, "  {name:<10} ")?;
        write_line(line, out)?;
        writeln!(out)?;
    }
    writeln!(out, "\n{bold}Parts{bold:#} of a template, which has cells between |")?;
    let wide = parts.iter().map(|(_, line, _)| width(&line.text())).max().unwrap_or(0);
    for (name, line, doc) in parts {
        write!(out, "  {name:<18} ")?;
        write_line(line, out)?;
        let gap = " ".repeat(wide - width(&line.text()));
        writeln!(out, "{gap}  {doc}")?;
    }
    Ok(())
}

/// Shows lines that go and lines that come.
///
/// # Errors
/// As for [`preview`].
pub fn difference(lines: &[(char, String)], out: &mut Out) -> Result<()> {
    for (sign, line) in lines {
        let style = match sign {
            '-' => AnsiColor::Red.on_default(),
            '+' => AnsiColor::Green.on_default(),
            _ => Style::new(),
        };
        writeln!(out, "{style}{sign} {line}{style:#}")?;
    }
    Ok(())
}
