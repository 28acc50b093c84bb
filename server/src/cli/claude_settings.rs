//! Changes of Claude's settings: shown, agreed to, and made, by the commands that ask for them.

use crate::app::{Setup, settings_file};
use crate::claude_settings::{Error, difference};
use crate::output::{self, Color, Out};
use anyhow::{Result, bail};
use clap::Args;
use std::io::Write as _;

/// How a command gets into Claude's settings, and out of them.
#[derive(Debug, Default, Args)]
pub(super) struct Settle {
    /// Put the command into Claude's settings, after showing what changes; what is there stays, and goes on working
    #[arg(long, conflicts_with = "uninstall")]
    pub(super) install: bool,
    /// Take the command out of Claude's settings again
    #[arg(long)]
    pub(super) uninstall: bool,
    /// Do not ask before Claude's settings are changed
    #[arg(long)]
    pub(super) yes: bool,
}

impl Settle {
    /// Whether Claude's settings are what this is about.
    pub(super) const fn is_asked(&self) -> bool {
        self.install || self.uninstall
    }
}

/// A change that somebody asks for.
pub(super) struct Change<'a> {
    pub(super) setup: &'a Setup,
    /// What Claude's settings will have, in words.
    pub(super) what: &'a str,
    pub(super) edit: &'a dyn Fn(&str) -> Result<String, Error>,
    /// It is not asked before.
    pub(super) yes: bool,
    pub(super) color: Color,
}

/// Shows what changes, asks, and makes the change; gives the exit code.
pub(super) fn change(change: &Change<'_>, out: &mut Out) -> Result<u8> {
    let file = settings_file::SettingsFile::of(change.setup)?;
    output::notes(change.color, file.others().as_ref());
    let path = file.path().display().to_string();
    let after = match (change.edit)(file.text()) {
        Ok(after) => after,
        Err(error) => bail!("cannot change {path}: {error}"),
    };
    // Nothing is to be taken out of a file that is not there.
    if after == file.text() || file.text().is_empty() && after.trim() == "{}" {
        writeln!(out, "{path} has {} already; nothing was changed.", change.what)?;
        return Ok(0);
    }
    writeln!(out, "{path}")?;
    output::difference(&difference(file.text(), &after), out)?;
    if !change.yes {
        if !output::can_ask() {
            bail!("nothing was changed, since nobody can be asked; give --yes to change {path} as shown");
        }
        let answer = output::ask(out, "Change it so? (y/n)", "n")?.unwrap_or_default();
        if !matches!(answer.to_lowercase().as_str(), "y" | "yes") {
            writeln!(out, "Nothing was changed.")?;
            return Ok(0);
        }
    }
    match file.write(&after)? {
        Some(kept) => {
            let when = if kept.is_new { "before" } else { "before Costline was in it" };
            writeln!(out, "Changed. As it was {when} it lies in {}.", kept.path.display())?;
        }
        None => writeln!(out, "Written.")?,
    }
    Ok(0)
}
