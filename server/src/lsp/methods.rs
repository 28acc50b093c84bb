//! Every name that goes over the wire beyond the protocol's own: `docs/protocol.md` lists the same.

/// Our notification with the whole status.
pub const STATUS: &str = "costline/status";
/// Our request for the status now.
pub const GET_STATUS: &str = "costline/getStatus";
/// Our request for a report by some key.
pub const BREAKDOWN: &str = "costline/breakdown";

/// Shows what was spent, by project unless another key is given.
pub const SHOW_BREAKDOWN: &str = "costline.showBreakdown";
/// Shows the sessions and what each cost.
pub const SHOW_SESSIONS: &str = "costline.showSessions";
/// Looks at the transcripts now.
pub const REFRESH: &str = "costline.refresh";

/// Explains what could be wrong, as `costline doctor --json` does.
pub const DOCTOR: &str = "costline.doctor";

/// The commands of `workspace/executeCommand`, as told to the client.
pub const COMMANDS: [&str; 4] = [SHOW_BREAKDOWN, SHOW_SESSIONS, REFRESH, DOCTOR];

/// The methods that the protocol does not know, and who sends each.
pub const METHODS: [(&str, Direction); 3] = [
    (STATUS, Direction::ServerNotifies),
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
