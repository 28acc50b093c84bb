//! The roof: wires settings, threads and channels together. The only place that reads the clock and the environment and
//! starts threads.

mod answers;
mod backlog;
mod claude_json;
mod command;
pub mod dashboard;
mod demo;
mod display;
pub mod doctor;
mod documents;
mod engine;
mod follow;
mod group;
mod hooked;
mod house;
mod inside;
mod lead;
mod once;
pub mod push;
mod readers;
pub mod settings_file;
pub mod tokens;
mod troubles;
mod unread;
mod upkeep;
mod usage;

pub use answers::{Budgets, alerts, limits_told};
pub use demo::Demo;
pub use display::{figures, machine};
pub use engine::{Engine, Event, start};
pub use engine::{in_the_config, no_alert, no_budget, open};
pub use hooked::{hooked, record_all, register_roots};
pub use inside::Inside;
pub use once::{Access, Summary, open_for_report, read_once};
pub use upkeep::{Rebuilt, prune, rebuild};

use crate::alerts::wire::Warning;
use crate::budgets::{self, Calendar};
use crate::config::{Config, Env, Last};
use crate::leader::{self, Condition, Lock};
use crate::paths;
use crate::pricing::{Override, PriceTable};
use crate::push as push_settings;
use crate::store::Lookout;
use crate::time::{Millis, Zone};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// This program's version and commit.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("BUILD_COMMIT"), ")");

/// Now.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as Millis)
}

/// The environment of this process.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn environment() -> Env {
    let told = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let home = told.map(PathBuf::from).or_else(|| etcetera::home_dir().ok());
    let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    Env::new(std::env::vars_os(), home, cwd)
}

/// Where this program lies.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// The folders that programs are looked for in.
pub fn search_path(env: &Env) -> Vec<PathBuf> {
    env.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
}

/// What a shell calls this program by: its name where that is found, else where it lies.
pub fn called(env: &Env) -> String {
    let own = program().and_then(|path| path.canonicalize().ok());
    let name = if cfg!(windows) { "costline.exe" } else { "costline" };
    let found = search_path(env).into_iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    match own {
        Some(own) if found.and_then(|path| path.canonicalize().ok()).as_ref() != Some(&own) => {
            crate::claude_settings::quoted(&own.to_string_lossy())
        }
        _ => "costline".to_owned(),
    }
}

/// Starts a thread; all threads of our own begin here.
pub fn spawn(name: &'static str, work: Box<dyn FnOnce() + Send>) {
    if let Err(error) = try_spawn(name, work) {
        tracing::error!("{error}");
    }
}

/// The same for who can do without.
///
/// # Errors
/// A sentence that says why the system has no thread to give.
#[allow(clippy::disallowed_methods, reason = "the one place that starts threads")]
fn try_spawn(name: &'static str, work: Box<dyn FnOnce() + Send>) -> Result<(), String> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| format!("cannot start the thread {name}: {error}"))
}

/// A folder as sessions know it, who run in it without links; `None` for a path that depends on where one stands.
fn folder(env: &Env, path: &Path) -> Option<PathBuf> {
    let whole = (path.is_absolute() || path.starts_with("~")).then(|| env.absolute(path).ok()).flatten()?;
    Some(crate::workspace::real(&budgets::clean(&whole)))
}

/// What a process works with, worked out at its start and anew when the config file changes.
#[derive(Clone)]
pub struct Setup {
    /// The environment.
    pub env: Env,
    /// The settings.
    pub config: Config,
    /// What is wrong with them.
    pub problems: Vec<String>,
    /// The zone that days are counted in.
    pub zone: Zone,
    /// The prices with the user's own; `None` where there are none of those.
    own_prices: Option<Arc<PriceTable>>,
    /// The state folder.
    pub state: PathBuf,
    /// The folders that hold transcripts.
    pub projects: Vec<PathBuf>,
    /// Where it is told how far a backlog is read, while this process leads.
    pub backlog: tokio::sync::watch::Sender<crate::lsp::Backlog>,
    /// Where a client's warnings go; `None` where there is no client.
    pub warnings: Option<tokio::sync::mpsc::UnboundedSender<Warning>>,
    /// This process is there for others to ask: it serves HTTP unless that is switched off.
    pub serves: bool,
    /// Someone asked for HTTP: it is served whatever the settings say.
    pub asked_for_web: bool,
    given: Given,
}

/// What a process was started with, and what it last read of the config file.
#[derive(Clone)]
struct Given {
    flags: Vec<(String, String)>,
    claude_dirs: Vec<PathBuf>,
    config: Last,
    /// All that the config file says of budgets makes sense.
    is_whole: bool,
    /// What is wrong with the state folder.
    state_problem: Option<String>,
}

impl Setup {
    /// Reads settings and works out where everything lies. `flags` are settings given on the command line.
    ///
    /// # Errors
    /// A folder that is needed cannot be told or made.
    pub fn new(env: Env, flags: &[(&str, &str)], claude_dirs: &[PathBuf]) -> Result<Self> {
        let state = paths::state_dir(&env)?;
        // One that cannot be made is told by whoever needs it, and may yet come.
        let state_problem = match paths::ensure_private_dir(&state) {
            Err(error @ paths::PathError::NotPrivate { .. }) => Some(error.to_string()),
            _ => None,
        };
        let flags = flags.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let mut given = Given {
            flags,
            claude_dirs: claude_dirs.to_owned(),
            config: Last::default(),
            is_whole: true,
            state_problem,
        };
        let (config, mut problems) = given.settings(&env);
        let projects = given.projects(&env, &config)?;
        let own_prices = own_prices(&config, &mut problems);
        let zone = zone(&env, &config);
        let backlog = tokio::sync::watch::Sender::default();
        Ok(Self {
            env,
            config,
            problems,
            zone,
            own_prices,
            state,
            projects,
            backlog,
            warnings: None,
            serves: false,
            asked_for_web: false,
            given,
        })
    }

    /// The prices in effect.
    pub fn prices(&self) -> &Arc<PriceTable> {
        in_effect(self.own_prices.as_ref())
    }

    /// Whether prices of the user's own are in effect.
    pub const fn has_own_prices(&self) -> bool {
        self.own_prices.is_some()
    }

    /// Whether Claude's folders were named, and not looked for in the usual places.
    pub fn names_folders(&self) -> bool {
        let variable = || self.env.path("CLAUDE_CONFIG_DIR").is_some();
        !self.given.claude_dirs.is_empty() || !self.config.claude.config_dirs.is_empty() || variable()
    }

    /// What is wrong with the settings alone.
    pub fn setting_problems(&self) -> impl Iterator<Item = &String> {
        self.problems.iter().filter(|problem| Some(*problem) != self.given.state_problem.as_ref())
    }

    /// Whether the config file changed since it was read.
    pub fn is_outdated(&self) -> bool {
        self.given.config.is_outdated(&self.env)
    }

    /// Reads the settings again. What they say of Claude's folders stays as it was where that cannot be told any more.
    pub fn reload(&mut self) {
        let (config, mut problems) = self.given.settings(&self.env);
        match self.given.projects(&self.env, &config) {
            Ok(projects) => self.projects = projects,
            Err(error) => problems.push(error.to_string()),
        }
        let own_prices = own_prices(&config, &mut problems);
        if in_effect(own_prices.as_ref()).fingerprint() != self.prices().fingerprint() {
            self.own_prices = own_prices;
        }
        self.zone = zone(&self.env, &config);
        (self.config, self.problems) = (config, problems);
    }

    /// How days are counted where budgets are concerned.
    pub fn calendar(&self) -> Calendar {
        let cycle_day = u32::try_from(self.config.budgets.cycle_day).unwrap_or(1);
        Calendar { zone: self.zone.clone(), week_start: self.config.week_start, cycle_day }
    }

    /// What a leader looks out for.
    fn lookout(&self) -> Lookout {
        Lookout {
            calendar: self.calendar(),
            limit_thresholds: self.config.alerts.limit_thresholds.clone(),
            configured: budgets::configured(&self.config, &|path| folder(&self.env, path)).0,
            is_whole: self.given.is_whole,
        }
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
    pub fn try_lead(&self) -> Result<Option<Lock>> {
        // The folder may have gone since the start.
        match paths::ensure_private_dir(&self.state) {
            Err(paths::PathError::NotPrivate { .. }) => {}
            outcome => outcome?,
        }
        Lock::try_take(&self.state, leader::LEADER).with_context(|| {
            format!(
                "cannot lock {}; check that it is yours, or set COSTLINE_STATE_DIR to a folder of a local disk",
                self.state.join(leader::LEADER).display()
            )
        })
    }

    /// Says that the process that leads is stopped, where it is.
    pub fn stopped_leader(&self) -> Option<String> {
        let process = leader::holder(&self.state, leader::LEADER)?;
        (leader::condition(process) == Condition::Stopped).then(|| leader::stopped(process))
    }
}

impl Given {
    /// The settings, and what is wrong with them.
    fn settings(&mut self, env: &Env) -> (Config, Vec<String>) {
        let (config, mut problems) = Config::load_after(env, &mut self.config);
        let flags: Vec<_> = self.flags.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        let (config, more) = config.with_flags(&flags);
        problems.extend(more);
        let (_, budgets) = budgets::configured(&config, &|path| folder(env, path));
        self.is_whole = self.config.is_whole() && budgets.is_empty();
        let (_, pushes) = push_settings::configured(&config);
        let problems = problems
            .iter()
            .map(ToString::to_string)
            .chain(budgets)
            .chain(pushes)
            .chain(self.state_problem.clone());
        (config, problems.collect())
    }

    /// The folders that hold transcripts.
    fn projects(&self, env: &Env, config: &Config) -> Result<Vec<PathBuf>, paths::PathError> {
        let roots = paths::claude_roots(env, &config.claude.config_dirs, &self.claude_dirs)?;
        Ok(roots.iter().map(|root| paths::projects_dir(root)).collect())
    }
}

/// The built-in prices with the user's own, where there are any; overrides that cannot be applied are told and left out.
fn own_prices(config: &Config, problems: &mut Vec<String>) -> Option<Arc<PriceTable>> {
    let mut overrides = Vec::new();
    for table in &config.prices.r#override {
        match toml::Value::Table(table.clone()).try_into::<Override>() {
            Ok(change) => overrides.push(change),
            Err(error) => problems.push(format!("prices.override: {}", error.to_string().trim())),
        }
    }
    if overrides.is_empty() {
        return None;
    }
    match PriceTable::builtin().with_overrides(&overrides) {
        Ok(table) => Some(Arc::new(table)),
        Err(error) => {
            problems.push(format!("prices.override: {error}; the built-in prices are in use"));
            None
        }
    }
}

fn in_effect(own: Option<&Arc<PriceTable>>) -> &Arc<PriceTable> {
    own.unwrap_or_else(|| PriceTable::builtin())
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
