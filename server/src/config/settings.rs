//! The table of settings. A new setting is one entry here: its doc, its type and default, what values it takes, and
//! who may set it.
//!
//! `editor` marks what only changes how things look. What could run, listen, read or price something is `trusted`: a
//! repository may carry workspace settings of an editor, and those are not to be believed.

use chrono::Weekday;
use chrono_tz::Tz;

use super::field::{STATUSLINE_PRESETS, StatusPart, Surface, WEEKDAYS};
use super::kind::Kind;
use super::table::settings;

settings! {
    root {
        /// Time zone of days, weeks and months, as an IANA name; empty is the system's.
        timezone: Option<Tz> = None, Kind::Zone, editor;
        /// First day of a week.
        week_start: Weekday = Weekday::Mon, Kind::Choice(WEEKDAYS), editor;
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
    /// What tokens cost.
    prices: Prices {
        /// Prices of your own, over the built-in table.
        r#override: Vec<toml::Table> = Vec::new(), Kind::Tables, trusted;
    }
}
