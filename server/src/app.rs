//! The roof: wires settings, threads and channels together. The only place that reads the clock and the environment and
//! starts threads.

mod backlog;
mod documents;
mod engine;
mod follow;
mod lead;
mod once;
mod readers;
mod upkeep;

pub use engine::{Engine, Event, start};
pub use once::{Access, Summary, open_for_report, read_once};
pub use upkeep::{Rebuilt, prune, rebuild};

use crate::config::{Config, Env};
use crate::paths;
use crate::pricing::{Override, PriceTable};
use crate::time::{Millis, Zone};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// Now.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as Millis)
}

/// The environment of this process.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn environment() -> Env {
    let home = std::env::var_os("HOME").map(PathBuf::from).or_else(|| etcetera::home_dir().ok());
    let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    Env::new(std::env::vars_os(), home, cwd)
}

/// Starts a thread; all threads of our own begin here.
#[allow(clippy::disallowed_methods, reason = "the one place that starts threads")]
pub fn spawn(name: &'static str, work: Box<dyn FnOnce() + Send>) {
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::error!("cannot start the thread {name}: {error}");
    }
}

/// What a process works with, worked out once at its start.
pub struct Setup {
    /// The environment.
    pub env: Env,
    /// The settings.
    pub config: Config,
    /// What is wrong with them.
    pub problems: Vec<String>,
    /// The zone that days are counted in.
    pub zone: Zone,
    /// The prices in effect.
    pub prices: Arc<PriceTable>,
    /// The state folder.
    pub state: PathBuf,
    /// The folders that hold transcripts.
    pub projects: Vec<PathBuf>,
    /// Where it is told how far a backlog is read, while this process leads.
    pub backlog: tokio::sync::watch::Sender<crate::lsp::Backlog>,
}

impl Setup {
    /// Reads settings and works out where everything lies. `flags` are settings given on the command line.
    ///
    /// # Errors
    /// A folder that is needed cannot be told or made.
    pub fn new(env: Env, flags: &[(&str, &str)], claude_dirs: &[PathBuf]) -> Result<Self> {
        let (config, mut problems) = Config::load(&env);
        let (config, more) = config.with_flags(flags);
        problems.extend(more);
        let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let state = paths::state_dir(&env)?;
        match paths::ensure_private_dir(&state) {
            Err(error @ paths::PathError::NotPrivate { .. }) => problems.push(error.to_string()),
            outcome => outcome?,
        }
        let roots = paths::claude_roots(&env, &config.claude.config_dirs, claude_dirs)?;
        let prices = Arc::new(prices(&config, &mut problems));
        let zone = zone(&env, &config);
        let projects = roots.iter().map(|root| paths::projects_dir(root)).collect();
        let backlog = tokio::sync::watch::Sender::default();
        Ok(Self { env, config, problems, zone, prices, state, projects, backlog })
    }

    /// Where the database lies.
    pub fn database(&self) -> PathBuf {
        self.state.join("usage.db")
    }

    /// The roots by the paths under which the store knows them.
    pub fn root_names(&self) -> Vec<String> {
        self.projects.iter().map(|projects| crate::ingest::Root::name(projects)).collect()
    }

    /// Takes the lock of the leader, where it is free.
    ///
    /// # Errors
    /// The lock file cannot be made or locked.
    pub fn try_lead(&self) -> Result<Option<crate::leader::Lock>> {
        crate::leader::try_lead(&self.state).with_context(|| {
            format!(
                "cannot lock {}; set COSTLINE_STATE_DIR to a folder of a local disk",
                self.state.join("leader.lock").display()
            )
        })
    }
}

/// The built-in prices with the user's own; overrides that cannot be applied are told and left out.
fn prices(config: &Config, problems: &mut Vec<String>) -> PriceTable {
    let builtin = PriceTable::builtin();
    let mut overrides = Vec::new();
    for table in &config.prices.r#override {
        match toml::Value::Table(table.clone()).try_into::<Override>() {
            Ok(change) => overrides.push(change),
            Err(error) => problems.push(format!("prices.override: {}", error.to_string().trim())),
        }
    }
    match builtin.with_overrides(&overrides) {
        Ok(table) => table,
        Err(error) => {
            problems.push(format!("prices.override: {error}; the built-in prices are in use"));
            builtin.clone()
        }
    }
}

/// The zone: of the settings, else of `TZ`, else of the system.
fn zone(env: &Env, config: &Config) -> Zone {
    if let Some(zone) = config.timezone {
        return Zone::Named(zone);
    }
    let by_variable = env.get("TZ").and_then(|zone| zone.to_str());
    match by_variable {
        Some(zone) if !zone.is_empty() => Zone::named(zone).unwrap_or(Zone::System),
        _ => iana_time_zone::get_timezone().ok().and_then(|name| Zone::named(&name)).unwrap_or(Zone::System),
    }
}
