//! The table of settings. A new setting is one entry here: its doc, its type and default, what values it takes, and
//! who may set it.
//!
//! `editor` marks what only changes how things look. What could run, listen, read or price something is `trusted`: a
//! repository may carry workspace settings of an editor, and those are not to be believed.

use chrono::Weekday;
use chrono_tz::Tz;

use super::field::{AlertLevel, STATUSLINE_PRESETS, StatusPart, Surface, WEEKDAYS};
use super::kind::Kind;
use super::table::settings;
use crate::money::NanoUsd;

settings! {
    root {
        /// Time zone of days, weeks and months, as an IANA name; empty is the system's.
        timezone: Option<Tz> = None, Kind::Zone, editor;
        /// First day of a week.
        week_start: Weekday = Weekday::Mon, Kind::Choice(WEEKDAYS), editor;
        /// Other machines to which the sums of the last hours are posted; `docs/push.md` says how.
        push: Vec<toml::Table> = Vec::new(), Kind::Tables, trusted;
    }
    /// Where Claude Code keeps its files.
    claude: Claude {
        /// Claude's config folders; empty takes `$CLAUDE_CONFIG_DIR`, else the usual places.
        config_dirs: Vec<String> = Vec::new(), Kind::Folders, trusted;
    }
    /// The text in the status line.
    status: Status {
        /// What the text shows, in this order.
        parts: Vec<StatusPart> = vec![StatusPart::Cost, StatusPart::Context, StatusPart::FiveHour],
            Kind::Choices(StatusPart::NAMES), editor;
        /// What stands between the parts.
        separator: String = " · ".to_owned(), Kind::Line, editor;
    }
    /// The line that `costline statusline` prints for Claude Code.
    statusline: Statusline {
        /// What it shows.
        preset: String = "standard".to_owned(), Kind::Choice(STATUSLINE_PRESETS), trusted;
        /// A template of your own, which wins over the preset; `docs/statusline.md` says what it is made of.
        template: String = String::new(), Kind::Line, trusted;
        /// What stands between its cells.
        separator: String = " · ".to_owned(), Kind::Line, trusted;
    }
    /// The language server.
    lsp: Lsp {
        /// How many sessions a status lists.
        max_sessions: usize = 20, Kind::Integer { min: 1, max: 200 }, editor;
        /// How an editor is shown things: `auto` takes what its greeting suggests; it counts at the start of a client.
        surface: Surface = Surface::Auto, Kind::Choice(Surface::NAMES), editor;
        /// Mark a budget that is nearly spent by a diagnostic of `CLAUDE.md`, for an editor without an extension; it counts
        /// at the start of a client.
        marker: bool = false, Kind::Bool, editor;
    }
    /// The log file.
    log: Log {
        /// What is logged, in tracing's filter syntax; `COSTLINE_LOG` wins.
        level: String = "info".to_owned(), Kind::Filter, trusted;
    }
    /// How changes of transcripts are noticed.
    watch: Watch {
        /// Scan every 2 seconds instead of listening for file events.
        poll: bool = false, Kind::Bool, trusted;
    }
    /// Backups of the database.
    backup: Backup {
        /// How many days' backups are kept; 0 makes none.
        keep: usize = 7, Kind::Integer { min: 0, max: 366 }, trusted;
    }
    /// How much may be spent; `costline budget set` stands above what is said here.
    budgets: Budgets {
        /// Dollars a day, from midnight to midnight; 0 is no budget, here and below.
        daily: NanoUsd = NanoUsd::ZERO, Kind::Money, trusted;
        /// Dollars a week.
        weekly: NanoUsd = NanoUsd::ZERO, Kind::Money, trusted;
        /// Dollars a month.
        monthly: NanoUsd = NanoUsd::ZERO, Kind::Money, trusted;
        /// Dollars a billing cycle.
        cycle: NanoUsd = NanoUsd::ZERO, Kind::Money, trusted;
        /// Dollars a five-hour window.
        block: NanoUsd = NanoUsd::ZERO, Kind::Money, trusted;
        /// Dollars a session.
        session: NanoUsd = NanoUsd::ZERO, Kind::Money, trusted;
        /// The first day of a billing cycle; in a month without such a day, its last one.
        cycle_day: usize = 1, Kind::Integer { min: 1, max: 31 }, trusted;
        /// At which parts of a budget, in percent, a word is said.
        thresholds: Vec<u32> = vec![50, 80, 100], Kind::Percents, trusted;
        /// Whether work stops when a budget of this section is used up.
        hard: bool = false, Kind::Bool, trusted;
        /// Budgets of a project, a model or a branch.
        scoped: Vec<toml::Table> = Vec::new(), Kind::Tables, trusted;
    }
    /// What is warned of: "off" not at all, "status" in the status alone, "tell" by a message, too.
    alerts: Alerts {
        /// A threshold of a budget is crossed; below 75 % it only colours.
        budget: AlertLevel = AlertLevel::Tell, Kind::Choice(AlertLevel::NAMES), editor;
        /// A plan limit is nearly used up.
        limit: AlertLevel = AlertLevel::Tell, Kind::Choice(AlertLevel::NAMES), editor;
        /// At which parts of a plan limit, in percent.
        limit_thresholds: Vec<u32> = vec![80, 100], Kind::Percents, editor;
        /// A budget will be used up before its period ends.
        pace: AlertLevel = AlertLevel::Status, Kind::Choice(AlertLevel::NAMES), editor;
        /// The five-hour window will cost more than its budget.
        window: AlertLevel = AlertLevel::Status, Kind::Choice(AlertLevel::NAMES), editor;
        /// An hour costs several times what it usually does on that weekday.
        spike: AlertLevel = AlertLevel::Status, Kind::Choice(AlertLevel::NAMES), editor;
        /// A session's context is about to be compacted.
        context: AlertLevel = AlertLevel::Status, Kind::Choice(AlertLevel::NAMES), editor;
        /// A session's prompt cache is about to go cold.
        cold_cache: AlertLevel = AlertLevel::Status, Kind::Choice(AlertLevel::NAMES), editor;
        /// Subagents spend faster than this project ever did.
        subagents: AlertLevel = AlertLevel::Status, Kind::Choice(AlertLevel::NAMES), editor;
        /// Warnings pop up on the desktop, too.
        desktop: bool = true, Kind::Bool, trusted;
        /// A program and its arguments, run for each warning with its JSON on standard input.
        command: Vec<String> = Vec::new(), Kind::Command, trusted;
    }
    /// The session bus of the desktop.
    dbus: Dbus {
        /// Show the status there, and warn.
        enabled: bool = true, Kind::Bool, trusted;
    }
    /// The side for browsers, displays and other programs.
    http: Http {
        /// Serve it: `costline serve` does unless this is `false`, a language server only where it is `true`.
        enabled: bool = false, Kind::Bool, trusted;
        /// Where it listens; another address than one of this machine's loopback needs a token (`costline token show`).
        bind: String = "127.0.0.1:8377".to_owned(), Kind::Address, trusted;
        /// Further names by which it is called, beside the address that it listens at: `desk.example:8377`.
        hosts: Vec<String> = Vec::new(), Kind::Hosts, trusted;
        /// Tell the local network where it is served, so that displays find it (`_costline._tcp` by multicast DNS); never told is
        /// an address of this machine's loopback.
        announce: bool = true, Kind::Bool, trusted;
    }
    /// What Claude Code exports by OpenTelemetry's protocol.
    otlp: Otlp {
        /// Where it is taken in, beside the address of HTTP, which takes it in anyway: "127.0.0.1:4318" is where exporters look.
        bind: String = String::new(), Kind::AddressOrNone, trusted;
    }
    /// What tokens cost.
    prices: Prices {
        /// Prices of your own, over the built-in table.
        r#override: Vec<toml::Table> = Vec::new(), Kind::Tables, trusted;
    }
}
