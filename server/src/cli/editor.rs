//! `costline editor`.

mod helix;

use super::Shared;
use crate::app;
use crate::output::{self, Out};
use crate::paths;
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Editor {
    #[command(subcommand)]
    which: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Print what Helix's languages.toml needs, with the servers that each language has now
    #[command(after_help = PLACE)]
    Helix(Helix),
}

/// What to do with it.
const PLACE: &str = "\
Append it to your own file:
  costline editor helix > /tmp/costline.toml && cat /tmp/costline.toml >> ~/.config/helix/languages.toml

A list of servers replaces the one that Helix brings along, so each list names the present servers, too: those of your
languages.toml, else those that Helix has. Costline knows these for the more common languages; for all of them, give the
languages.toml of Helix's source: --languages-toml FILE. What has Costline already is left out.";

#[derive(Debug, Args)]
struct Helix {
    /// The languages.toml of Helix's source, to cover every language
    #[arg(long, value_name = "FILE")]
    languages_toml: Option<PathBuf>,
    /// Only this language (may be given more than once)
    #[arg(long, value_name = "NAME")]
    language: Vec<String>,
}

impl Editor {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let Which::Helix(helix) = &self.which;
        helix.run(shared, out)
    }
}

impl Helix {
    fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let env = app::environment();
        let place = paths::helix_languages(&env)?;
        let own = if place.exists() { read(&place)? } else { toml::Table::new() };
        let known = match &self.languages_toml {
            Some(file) => read(&env.absolute(file)?)?,
            None => helix::common(),
        };
        let blocks = helix::blocks(&own, &known, &self.language);
        output::notes(shared.color, &blocks.problems);
        write!(out, "{}", blocks.text)?;
        Ok(0)
    }
}

fn read(path: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let table = text.parse::<toml::Table>();
    table.map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        anyhow::anyhow!("{}, line {line}: {}; mend it first", path.display(), error.message())
    })
}
