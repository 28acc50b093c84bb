//! `costline collect`.

use super::{Misuse, Shared};
use crate::app::{Setup, figures, machine, open_for_report};
use crate::config::Env;
use crate::display::{self, Figures, USUAL_HOURS};
use crate::output::{self, Out};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The variable that names a file with `data_dir` and `hours_back`.
const VARIABLE: &str = "CLAUDE_METRICS_CONFIG";

/// What is summed.
#[derive(Debug, Args)]
pub(super) struct Window {
    /// How many hours back (24, unless the file that $CLAUDE_METRICS_CONFIG names says otherwise)
    #[arg(long, value_name = "HOURS", value_parser = display::hours)]
    hours_back: Option<u32>,
    /// The Claude folder to read, as --claude-dir
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// What this machine is called in it (its own name, unless given)
    #[arg(long, value_name = "NAME", value_parser = source)]
    source: Option<String>,
    /// Sum what the database holds, without reading transcripts first
    #[arg(long)]
    no_ingest: bool,
}

#[derive(Debug, Args)]
pub(super) struct Collect {
    #[command(flatten)]
    window: Window,
}

impl Collect {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let (_, figures) = self.window.collect(shared)?;
        output::json(&figures, out)?;
        Ok(0)
    }
}

fn source(text: &str) -> Result<String, String> {
    display::check_source(text).map(|()| text.to_owned())
}

impl Window {
    /// The sums, and what the process works with.
    pub(super) fn collect(&self, shared: &Shared) -> Result<(Setup, Figures)> {
        let env = crate::app::environment();
        let file = File::read(&env)?;
        let folders: Vec<PathBuf> = match (&self.data_dir, shared.claude_dir.as_slice()) {
            (Some(folder), _) => vec![folder.clone()],
            (None, []) => file.data_dir.into_iter().collect(),
            (None, given) => given.to_vec(),
        };
        let hours = self.hours_back.or(file.hours_back).unwrap_or(USUAL_HOURS);
        let setup = Setup::new(env, &[], &folders)?;
        let (mut access, summary) = open_for_report(&setup, !self.no_ingest)?;
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        let own = machine(&setup);
        let source = self.source.as_deref().unwrap_or(&own);
        let figures = figures(&setup, &mut access.reading, access.roots, hours, source)?;
        Ok((setup, figures))
    }
}

/// What the older collector's own file says.
#[derive(Debug, Default, PartialEq, Eq)]
struct File {
    data_dir: Option<PathBuf>,
    hours_back: Option<u32>,
}

impl File {
    fn read(env: &Env) -> Result<Self> {
        let Some(path) = env.path(VARIABLE) else { return Ok(Self::default()) };
        let path = env.absolute(path.as_path())?;
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}, which ${VARIABLE} names", path.display()))?;
        let read = Self::parse(&text).map_err(|problem| Misuse(format!("{}: {problem}", path.display())))?;
        let beside = |folder: PathBuf| env.absolute(&folder);
        Ok(Self { data_dir: read.data_dir.map(beside).transpose()?, ..read })
    }

    /// Reads JSON or TOML. Other keys are the older collector's own.
    fn parse(text: &str) -> Result<Self, String> {
        let root: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?
        } else {
            toml::from_str(text)
                .map_err(|error| format!("it is neither JSON nor TOML: {}", error.message()))?
        };
        let data_dir = match &root["data_dir"] {
            Value::Null => None,
            Value::String(folder) if !folder.is_empty() => Some(Path::new(folder).to_owned()),
            _ => return Err("`data_dir` must be the path of a folder".to_owned()),
        };
        let hours_back = match &root["hours_back"] {
            Value::Null => None,
            value => Some(display::hours(&value.to_string())?),
        };
        Ok(Self { data_dir, hours_back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_file_is_json_or_toml() {
        let expected = File { data_dir: Some("/data".into()), hours_back: Some(12) };
        assert_eq!(
            File::parse("{\"data_dir\": \"/data\", \"hours_back\": 12, \"port\": 1}").unwrap(),
            expected
        );
        assert_eq!(File::parse("data_dir = '/data'\nhours_back = 12\n").unwrap(), expected);
        assert_eq!(File::parse("{}").unwrap(), File::default());
        for (text, word) in [
            ("{", "JSON"),
            ("x", "TOML"),
            ("{\"data_dir\": 1}", "data_dir"),
            ("hours_back = 0", "hours_back"),
            ("hours_back = 1.5", "hours_back"),
            ("hours_back = '12'", "hours_back"),
        ] {
            let error = File::parse(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
