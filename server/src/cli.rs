//! The command line: one file per command.

mod alerts;
mod blocks;
mod budget;
mod claude_settings;
mod collect;
mod completions;
mod config;
mod current;
mod dashboard;
mod db;
mod demo;
mod doctor;
mod editor;
mod explain;
mod hook;
mod ingest;
mod limits;
mod lsp;
mod prices;
mod project;
mod push;
mod range;
mod report;
mod serve;
mod session;
mod status;
mod statusline;
mod token;
mod track;

use crate::app::{self, Setup};
use crate::output::{Color, Out};
use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// What Claude Code costs, live in your editor's status line.
#[derive(Debug, Parser)]
#[command(name = "costline", version = app::VERSION, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    shared: Shared,
}

/// Options of every command.
#[derive(Debug, Default, Args)]
struct Shared {
    /// A Claude folder to read instead of the usual ones (may be given more than once)
    #[arg(long, value_name = "DIR", global = true)]
    claude_dir: Vec<PathBuf>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an editor as a language server on standard input and output
    Lsp(lsp::Lsp),
    /// Read transcripts as they grow and serve the dashboard and the API over HTTP, until told to stop
    Serve(serve::Serve),
    /// Show why a response, a session or a day costs what it does
    Explain(explain::Explain),
    /// Read every transcript once and say what was read
    Ingest(ingest::Ingest),
    /// Show what the current directory costs today, and how full the context is
    Status(status::StatusCommand),
    #[command(flatten)]
    Often(Often),
    /// Show today, this week and this month beside each other, and who spent most
    Current(current::Current),
    /// Show totals per project
    Summary(report::Summary),
    /// Show totals per day (the last 30 days, unless a range is given)
    Daily(report::Daily),
    /// Show totals per week (the last 12 weeks, unless a range is given)
    Weekly(report::Weekly),
    /// Show totals per month (the last 12 months, unless a range is given)
    Monthly(report::Monthly),
    /// Show the 5-hour windows, the running one with its rate and projection
    Blocks(blocks::Blocks),
    /// Show how much of the plan's limits is used, who said so, and when they will be used up
    Limits(limits::Limits),
    /// Show sessions, most recent first
    #[command(visible_alias = "recent")]
    Sessions(report::Sessions),
    /// Show one session in full, with its turns
    Session(session::Session),
    /// Show one project in full: by day, session, branch and model
    Project(project::Project),
    /// Show totals per project, costliest first
    Projects(report::Projects),
    /// Break totals down by model, tool, branch, agent or another key
    Breakdown(report::Breakdown),
    /// Open the dashboard in the browser, and serve it where nobody does
    Dashboard(dashboard::DashboardCommand),
    /// Show or change the tokens that programs and devices need to ask over HTTP
    Token(token::TokenCommand),
    /// Print the sums of the last hours as one flat JSON object, as displays and older collectors have them
    Collect(collect::Collect),
    /// Post the same to another Costline, or to anything that takes it, once
    Push(push::PushCommand),
    /// Set budgets, and show what is spent of them
    Budget(budget::BudgetCommand),
    /// Show what was warned of, and say that it was seen
    Alerts(alerts::AlertsCommand),
    /// Record usage that no transcript tells of
    Track(track::Track),
    /// Show the settings in effect, where they lie, and what is wrong with them
    Config(config::ConfigCommand),
    /// Look after the database: check it, back it up, make it anew, move old rows away, ask it
    Db(db::Db),
    /// Show the price table, and what is worth knowing about it
    Prices(prices::Prices),
    /// Explain everything that could be wrong, and what to do
    Doctor(doctor::Doctor),
    /// Show Costline on a made-up history, which goes at the end; touch nothing else
    Demo(demo::DemoCommand),
    /// Print what an editor without a plugin needs
    Editor(editor::Editor),
    /// Print what a shell needs to complete the command line
    Completions(completions::Completions),
}

/// What Claude Code runs many times an hour, and waits for.
#[derive(Debug, Subcommand)]
enum Often {
    /// Print Claude Code's status line, and hand on what it tells of limits, context and cost
    Statusline(statusline::StatuslineCommand),
    /// Answer an event of Claude Code's: record it, and stop work once a hard limit is passed
    Hook(hook::HookCommand),
}

/// The same command line without the other commands: to make the options of them all takes longer than to answer.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true, disable_help_subcommand = true)]
struct Quick {
    #[command(subcommand)]
    command: Often,
    #[command(flatten)]
    shared: Shared,
}

/// What Claude Code mostly runs: without any option, so that there are none to be read.
fn plain(args: &[std::ffi::OsString]) -> Option<Often> {
    let [_, name] = args else { return None };
    match name.to_str()? {
        "statusline" => Some(Often::Statusline(statusline::StatuslineCommand::default())),
        "hook" => Some(Often::Hook(hook::HookCommand::default())),
        _ => None,
    }
}

/// Reads the command line.
fn read(args: &[std::ffi::OsString]) -> clap::error::Result<Cli> {
    if let Some(command) = plain(args) {
        return Ok(Cli { command: Command::Often(command), shared: Shared::default() });
    }
    match Quick::try_parse_from(args) {
        Ok(Quick { command, shared }) => Ok(Cli { command: Command::Often(command), shared }),
        // Another command, a question for help or a mistake: whoever knows all of it answers.
        Err(_) => Cli::try_parse_from(args),
    }
}

/// Runs the command line given in `args`; gives the exit code.
pub fn run(args: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    let args: Vec<_> = args.into_iter().collect();
    let cli = match read(&args) {
        Ok(cli) => cli,
        // Claude Code would be held up by any other code. It does not ask for changes of its settings: a person does.
        Err(error) if error.use_stderr() && is_hook(&args) && !is_settling(&args) => {
            hook::misunderstood(&error.to_string());
            return 0;
        }
        Err(error) => return misused(&error),
    };
    let mut out = Out::stdout(cli.shared.color);
    let outcome = dispatch(cli.command, &cli.shared, &mut out).and_then(|code| {
        out.finish()?;
        Ok(code)
    });
    match outcome {
        Ok(code) => code,
        // `costline … | head`: who reads no further is not to be told.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            crate::output::complain(cli.shared.color, &error);
            if error.is::<Misuse>() { 2 } else { 1 }
        }
    }
}

/// Whether somebody meant `costline hook`, with whatever options.
fn is_hook(args: &[std::ffi::OsString]) -> bool {
    let is_option = |arg: &std::ffi::OsString| arg.to_string_lossy().starts_with('-');
    match args.get(1) {
        Some(first) if is_option(first) => args.iter().any(|arg| arg == "hook"),
        Some(first) => first == "hook",
        None => false,
    }
}

/// Whether Claude's settings were to be changed.
fn is_settling(args: &[std::ffi::OsString]) -> bool {
    args.iter().any(|arg| arg == "--install" || arg == "--uninstall")
}

/// Arguments that make no sense together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

/// Prints help that was asked for, or says in one sentence what is wrong with the arguments; gives the exit code.
fn misused(error: &clap::Error) -> u8 {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A closed terminal hears nothing.
        let _ = error.print();
        return code;
    }
    // The first paragraph says what is wrong, a `tip:` what was meant; the rest is usage.
    let text = error.to_string();
    let wanted = |(index, part): &(usize, &str)| *index == 0 || part.trim_start().starts_with("tip:");
    let parts = text.split("\n\n").enumerate().filter(wanted);
    let words: Vec<String> =
        parts.map(|(_, part)| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let sentence = words.join("; ");
    let sentence = sentence.strip_prefix("error: ").unwrap_or(&sentence);
    let misuse = Misuse(format!("{sentence}; see `costline --help`"));
    crate::output::complain(Color::Auto, &misuse.into());
    code
}

fn dispatch(command: Command, shared: &Shared, out: &mut Out) -> Result<u8> {
    match command {
        Command::Lsp(command) => command.run(shared),
        Command::Serve(command) => command.run(shared),
        Command::Explain(command) => command.run(shared, out),
        Command::Ingest(command) => command.run(shared, out),
        Command::Status(command) => command.run(shared, out),
        Command::Often(Often::Statusline(command)) => command.run(shared, out),
        Command::Often(Often::Hook(command)) => command.run(shared, out),
        Command::Current(command) => command.run(shared, out),
        Command::Summary(command) => command.run(shared, out),
        Command::Daily(command) => command.run(shared, out),
        Command::Weekly(command) => command.run(shared, out),
        Command::Monthly(command) => command.run(shared, out),
        Command::Blocks(command) => command.run(shared, out),
        Command::Limits(command) => command.run(shared, out),
        Command::Sessions(command) => command.run(shared, out),
        Command::Session(command) => command.run(shared, out),
        Command::Project(command) => command.run(shared, out),
        Command::Projects(command) => command.run(shared, out),
        Command::Breakdown(command) => command.run(shared, out),
        Command::Dashboard(command) => command.run(shared, out),
        Command::Token(command) => command.run(shared, out),
        Command::Collect(command) => command.run(shared, out),
        Command::Push(command) => command.run(shared, out),
        Command::Budget(command) => command.run(shared, out),
        Command::Alerts(command) => command.run(shared, out),
        Command::Track(command) => command.run(shared, out),
        Command::Config(command) => command.run(shared, out),
        Command::Db(command) => command.run(shared, out),
        Command::Prices(command) => command.run(shared, out),
        Command::Doctor(command) => command.run(shared, out),
        Command::Demo(command) => command.run(out),
        Command::Editor(command) => command.run(shared, out),
        Command::Completions(command) => command.run(out),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(broken))
}

impl Shared {
    /// Works out what the process works with.
    fn setup(&self, flags: &[(&str, &str)]) -> Result<Setup> {
        Setup::new(app::environment(), flags, &self.claude_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is not read is what reading it gives.
    #[test]
    fn a_command_without_options_is_as_its_options_are_by_default() {
        for name in ["statusline", "hook"] {
            let args = ["costline", name].map(std::ffi::OsString::from);
            let plain = Quick { command: plain(&args).unwrap(), shared: Shared::default() };
            let parsed = Quick::try_parse_from(&args).unwrap();
            assert_eq!(format!("{plain:?}"), format!("{parsed:?}"));
        }
        for args in [&["costline"][..], &["costline", "daily"], &["costline", "statusline", "--preview"]] {
            let args: Vec<_> = args.iter().map(std::ffi::OsString::from).collect();
            assert!(plain(&args).is_none(), "{args:?}");
        }
    }
}
