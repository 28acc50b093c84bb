//! Every name that goes over the wire beyond the protocol's own: `docs/protocol.md` lists the same.

/// Our notification with the whole status.
pub const STATUS: &str = "costline/status";
/// Our request for the status now.
pub const GET_STATUS: &str = "costline/getStatus";
/// Our request for a report by some key.
pub const BREAKDOWN: &str = "costline/breakdown";

/// Our notification of a budget's threshold that was crossed.
pub const BUDGET_WARNING: &str = "costline/budgetWarning";
/// Our notification of a plan limit's threshold that was crossed.
pub const LIMIT_WARNING: &str = "costline/limitWarning";
/// Our notification of anything else that is worth a word.
pub const ALERT: &str = "costline/alert";

/// Shows what was spent, by project unless another key is given.
pub const SHOW_BREAKDOWN: &str = "costline.showBreakdown";
/// Shows the sessions and what each cost.
pub const SHOW_SESSIONS: &str = "costline.showSessions";
/// Shows everything at once: sums, what they were spent on, budgets and limits.
pub const SHOW_REPORT: &str = "costline.showReport";
/// Says the status, and what was spent everywhere, in a sentence.
pub const SHOW_STATUS: &str = "costline.showStatus";
/// Looks at the transcripts now.
pub const REFRESH: &str = "costline.refresh";

/// Opens the dashboard, which is served from then on where nobody did; answers `{"url"}`, a link that works once.
pub const OPEN_DASHBOARD: &str = "costline.openDashboard";

/// Explains what could be wrong, as `costline doctor --json` does.
pub const DOCTOR: &str = "costline.doctor";

/// Sets a budget.
pub const SET_BUDGET: &str = "costline.setBudget";
/// Ends a budget.
pub const REMOVE_BUDGET: &str = "costline.removeBudget";
/// Notes that an alert was seen.
pub const ACKNOWLEDGE_ALERT: &str = "costline.acknowledgeAlert";
/// Has nothing more said of an alert's matter until its period ends.
pub const SNOOZE_ALERT: &str = "costline.snoozeAlert";

/// The commands of `workspace/executeCommand`, as told to the client.
pub const COMMANDS: [&str; 11] = [
    SHOW_BREAKDOWN,
    SHOW_SESSIONS,
    SHOW_REPORT,
    SHOW_STATUS,
    SET_BUDGET,
    REMOVE_BUDGET,
    ACKNOWLEDGE_ALERT,
    SNOOZE_ALERT,
    REFRESH,
    OPEN_DASHBOARD,
    DOCTOR,
];

/// The methods that the protocol does not know, and who sends each.
pub const METHODS: [(&str, Direction); 6] = [
    (STATUS, Direction::ServerNotifies),
    (BUDGET_WARNING, Direction::ServerNotifies),
    (LIMIT_WARNING, Direction::ServerNotifies),
    (ALERT, Direction::ServerNotifies),
    (GET_STATUS, Direction::ClientAsks),
    (BREAKDOWN, Direction::ClientAsks),
];

/// Who sends a method's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The server, without an answer.
    ServerNotifies,
    /// The client, for an answer.
    ClientAsks,
}

/// What stands in for a message that is not one, so that it is answered in its turn like any other.
pub(super) const UNREADABLE: &str = "costline/unreadable";
