//! `costline statusline`: what Claude Code runs several times a second. Whatever happens, it prints a line.

use super::claude_settings::{Change, Settle, change};
use super::{Misuse, Shared};
use crate::app::{self, Setup, now};
use crate::budgets::{Period, Scope, Span, Spending, THRESHOLDS, Terms};
use crate::burn::Running;
use crate::claude_settings::{with_statusline, without_statusline};
use crate::config::Config;
use crate::context::{self, Evidence};
use crate::leader;
use crate::limits::{PlanLimit, Source, Standing, standing};
use crate::money::NanoUsd;
use crate::output::{self, Color, Out};
use crate::paths::{self, Env};
use crate::sources::inbox;
use crate::sources::memory::Memory;
use crate::sources::record::{Record, What, new_id};
use crate::sources::report::Reported;
use crate::statusline::{Input, Known, Line, PARTS, PRESETS, Template, line, preset};
use crate::store::glance::{Asked, Glance};
use crate::store::reading::Reading;
use crate::store::ready::Ready;
use crate::time::{HOUR, MINUTE, Millis, utc_day};
use crate::workspace;
use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::path::Path;
use std::time::Duration;

/// What Claude Code hands over is no longer.
const LONGEST_INPUT: u64 = 1024 * 1024;
/// How long the command that runs inside may take; Claude Code ends a line itself when the next is due.
const PATIENCE: Duration = Duration::from_secs(10);
/// With less room a line goes below what the command inside printed.
const NARROW: usize = 20;
/// Tells a status line that it runs inside another one.
pub(super) const INSIDE: &str = "COSTLINE_INSIDE";

#[derive(Debug, Default, Args)]
pub(super) struct StatuslineCommand {
    /// What to show
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(PRESETS.map(|(name, _)| name)))]
    preset: Option<String>,
    /// What to show, as cells between | with parts in braces: "{model} | {session_cost}"; --preview lists the parts
    #[arg(long, value_name = "TEXT", conflicts_with = "preset")]
    template: Option<String>,
    /// Run this command inside: what it prints stands before the line
    #[arg(long, value_name = "COMMAND")]
    wrap: Option<String>,
    /// Show every preset and part with made-up data
    #[arg(long, conflicts_with_all = ["install", "uninstall", "wrap"])]
    preview: bool,
    #[command(flatten)]
    settle: Settle,
}

impl StatuslineCommand {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        if self.settle.is_asked() {
            return self.settle(shared, out);
        }
        if self.preview {
            return self.show(shared, out);
        }
        if output::is_typed() {
            bail!(Misuse("Claude Code runs this and hands it JSON; see `costline statusline --preview`, and put it into Claude's settings with `costline statusline --install`".to_owned()));
        }
        let bytes = output::input(LONGEST_INPUT);
        let env = app::environment();
        // What runs inside must not run itself.
        let wrap = self.wrap.as_ref().filter(|_| env.get(INSIDE).is_none());
        let inside = wrap.map(|command| app::Inside::start(command, &bytes, INSIDE));
        // Without a home folder there is a line, too.
        let setup = shared.setup(&[]).ok();
        let config = setup.as_ref().map_or_else(Config::default, |setup| setup.config.clone());
        let (input, now, template) = (Input::read(&bytes), now(), self.asked(&config));
        let window = template.asks_for_window();
        let known = setup.as_ref().map_or_else(Known::default, |setup| known(setup, &input, window, now));
        let mut out = Out::stdout(color(shared.color, &env));
        let width = env.get("COLUMNS").and_then(|columns| columns.to_str()?.parse::<usize>().ok());
        let lead = inside.map(|inside| inside.printed(PATIENCE)).unwrap_or_default();
        let separator = &config.statusline.separator;
        let taken = output::width(lead.lines().next().unwrap_or_default());
        let gap = output::width(separator);
        let beside = taken > 0 && width.is_none_or(|width| width >= taken + gap + NARROW);
        let room = if beside { width.map(|width| width - taken - gap) } else { width };
        let line = line(&template, separator, room, &input, &known);
        let printed = output::statusline(&line, &lead, beside.then_some(separator), &mut out);
        // Nobody may read any more: Claude Code ends a line that takes too long.
        let _ = out.finish();
        // The line goes first, and not only since it is waited for: with the record what lay ready is old.
        if let Some(setup) = &setup {
            record(setup, &input, now);
            if known.unknown_root {
                app::register_roots(setup);
            }
        }
        printed?;
        Ok(0)
    }

    fn asked(&self, config: &Config) -> Template {
        let own = self.template.as_deref();
        let set = Some(config.statusline.template.as_str()).filter(|text| !text.trim().is_empty());
        let text = match &self.preset {
            Some(name) => preset(name),
            None => own.or(set).or_else(|| preset(&config.statusline.preset)),
        };
        Template::read(text.unwrap_or_default())
    }

    /// Shows what there is to choose from.
    fn show(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        // Whole seconds, as Claude Code tells them: times are not a moment short.
        let (input, known) = example(now() / 1_000 * 1_000);
        let separator = &setup.config.statusline.separator;
        let shown = |template: &Template| line(template, separator, None, &input, &known);
        let asked = self.asked(&setup.config);
        output::notes(shared.color, &unknown(&asked));
        let mut rows: Vec<(String, Line)> = vec![("yours".to_owned(), shown(&asked))];
        rows.extend(PRESETS.map(|(name, template)| (name.to_owned(), shown(&Template::read(template)))));
        let parts: Vec<(String, Line, &str)> = PARTS
            .iter()
            .map(|part| {
                let name = format!("{{{}}}", part.name);
                let line = shown(&Template::read(&name));
                (name, line, part.doc)
            })
            .collect();
        output::preview(&rows, &parts, out)?;
        Ok(0)
    }

    /// Puts the command into Claude's settings, or takes it out.
    fn settle(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&[])?;
        let uninstall = self.settle.uninstall;
        let what = if uninstall { "no status line of Costline" } else { "Costline's status line" };
        if !uninstall {
            output::notes(shared.color, &unknown(&self.asked(&setup.config)));
        }
        let command = format!("{} statusline", app::called(&setup.env));
        let options: Vec<(&str, &str)> = [
            ("--preset", self.preset.as_deref()),
            ("--template", self.template.as_deref()),
            ("--color", shared.color.asked()),
            ("--wrap", self.wrap.as_deref()),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value?)))
        .collect();
        let edit = |text: &str| {
            if uninstall { without_statusline(text) } else { with_statusline(text, &command, &options) }
        };
        change(&Change { setup: &setup, what, edit: &edit, yes: self.settle.yes, color: shared.color }, out)
    }
}

/// Says which parts of a template there are not.
fn unknown(template: &Template) -> Vec<String> {
    let unknown = template.parts().filter(|part| PARTS.iter().all(|known| known.name != *part));
    unknown
        .map(|part| {
            let near = crate::config::nearest(part, PARTS.iter().map(|part| part.name));
            let hint = near.map(|near| format!("; did you mean {{{near}}}?")).unwrap_or_default();
            format!("there is no part {{{part}}}{hint}")
        })
        .collect()
}

/// Claude Code reads what is printed, and shows colours: they are on unless somebody does not want them.
fn color(asked: Color, env: &Env) -> Color {
    let unwanted = || {
        env.get("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env.get("TERM").is_some_and(|term| term == "dumb")
    };
    match asked {
        Color::Auto if unwanted() => Color::Never,
        Color::Auto => Color::Always,
        asked => asked,
    }
}

/// Records what is new. What cannot be recorded is not shown less: nobody is there to be told.
fn record(setup: &Setup, input: &Input, now: Millis) {
    let Some(reported) = Reported::of(input, now) else { return };
    let memory = Memory::at(paths::reported(&setup.state));
    if !memory.is_news(&reported) {
        return;
    }
    let record = Record { id: new_id(now), at: now, what: What::Reported(reported.clone()) };
    let folder = paths::inbox(&setup.state);
    let made = paths::ensure_private_dir(&folder)
        .and_then(|()| paths::ensure_private_dir(&paths::reported(&setup.state)));
    if made.is_ok() && inbox::append(&folder, utc_day(now), &record.line(), false).is_ok() {
        memory.keep(&reported);
    }
}

/// What is known beside Claude Code's words. Nothing is waited for.
fn known(setup: &Setup, input: &Input, window: bool, now: Millis) -> Known {
    let cwd = input.cwd.as_deref().map(Path::new);
    // Beside a window that Claude Code tells, the built-in table would change nothing: it need not be read for that.
    let table = (input.window.is_none() || setup.has_own_prices()).then(|| setup.prices());
    let fill = context::fill(Evidence {
        window: table.and_then(|table| table.window(input.model.as_deref()?)),
        reported: input.window,
        version: input.version.as_deref().unwrap_or_default(),
        ..Evidence::default()
    });
    let alone = Known {
        now,
        branch: cwd.and_then(workspace::branch),
        auto_compact: fill.auto_compact,
        ..Known::default()
    };
    let Some(glance) = glance(setup, input, window, now) else { return alone };
    Known {
        session: glance.session,
        project: glance.project.filter(|_| input.project.is_some()),
        today: glance.today,
        window: glance.window,
        behind: glance.behind,
        unread: !leader::is_led(&setup.state),
        unknown_root: glance.unknown_root,
        limits: standing(&glance.limits, now),
        budgets: glance.budgets,
        ..alone
    }
}

fn glance(setup: &Setup, input: &Input, window: bool, now: Millis) -> Option<Glance> {
    let folders: Vec<_> = input.project.iter().map(std::path::PathBuf::from).collect();
    let transcript = input.transcript.as_deref().and_then(|path| {
        let size = std::fs::metadata(path).ok()?.len();
        Some((path, size))
    });
    let asked = Asked {
        session: input.session.as_deref().unwrap_or_default(),
        transcript,
        folders: &workspace::expand(&folders),
        window,
        roots: &setup.root_names(),
        zone: &setup.zone,
        now,
    };
    let database = setup.database();
    let ready = Ready::load(&paths::ready_sums(&setup.state), &database);
    ready.and_then(|ready| ready.glance(&asked)).or_else(|| {
        let reading = Reading::open_at_once(&database).ok()?;
        reading.glance(&asked).ok()
    })
}

/// Made-up data of the newest version.
fn example(now: Millis) -> (Input, Known) {
    let seconds = |after: Millis| (now + after) / 1_000;
    let text = serde_json::json!({
        "session_id": "example", "session_name": "Mend the roof", "cwd": "/home/ada/app/web",
        "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"}, "version": "2.1.330",
        "workspace": {"current_dir": "/home/ada/app/web", "project_dir": "/home/ada/app"},
        "output_style": {"name": "learning"}, "fast_mode": true, "effort": {"level": "high"},
        "thinking": {"enabled": true}, "vim": {"mode": "NORMAL"}, "agent": {"name": "reviewer"}, "pr": {"number": 12},
        "worktree": {"name": "fix", "branch": "main"},
        "cost": {"total_cost_usd": 3.38, "total_duration_ms": 47 * MINUTE, "total_api_duration_ms": 9 * MINUTE,
                 "total_lines_added": 156, "total_lines_removed": 23},
        "context_window": {"context_window_size": 200_000, "used_percentage": 41},
        "prompt_cache": {"warm": true, "ttl": "1h", "expires_at": seconds(42 * MINUTE), "recache_tokens_if_cold": 82_000},
        "rate_limits": {"five_hour": {"used_percentage": 23.5, "resets_at": seconds(2 * HOUR + 5 * MINUTE)},
                        "seven_day": {"used_percentage": 81.2, "resets_at": seconds(76 * HOUR)}},
    });
    let known = Known {
        now,
        session: Some(NanoUsd(3_420_000_000)),
        project: Some(NanoUsd(5_100_000_000)),
        today: Some(NanoUsd(20_310_000_000)),
        window: Some(Running {
            start: now - 175 * MINUTE,
            cost: NanoUsd(12_600_000_000),
            recent: NanoUsd(4_200_000_000),
            recent_tokens: 750_000,
        }),
        limits: vec![Standing {
            limit: PlanLimit {
                window: "sevenDayOpus".to_owned(),
                used_basis_points: 6_400,
                resets_at: Some(now + 76 * HOUR),
                reported_at: now - HOUR,
                source: Source::ClaudeJson,
            },
            exhausted_at: None,
        }],
        budgets: vec![Spending {
            terms: Terms {
                scope: Scope::All,
                period: Period::Day,
                limit: NanoUsd(25_000_000_000),
                thresholds: THRESHOLDS.to_vec(),
                hard: false,
            },
            span: Some(Span { from: now - HOUR, to: now + HOUR }),
            spent: NanoUsd(20_310_000_000),
            unpriced: 0,
            exhausted_at: None,
        }],
        ..Known::default()
    };
    (Input::read(text.to_string().as_bytes()), known)
}
