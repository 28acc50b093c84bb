-- What Claude Code's telemetry says of requests to the API, and what it counts of sessions.

-- How long a response took to come, as the telemetry says.
ALTER TABLE response ADD COLUMN duration_ms INTEGER;
-- What Claude Code says that it cost, in nano-dollars.
ALTER TABLE response ADD COLUMN own_cost INTEGER;
-- Responses that the telemetry alone tells of have the key `request <id>` or `meter <series> <quarter hour>`, no file (0), and
-- the source `otel`; their flag 16: the cost is what Claude Code says, since no price has it. A transcript that tells of the
-- same request takes the place of the first kind.
CREATE INDEX response_told ON response (request) WHERE source_id != 0 AND request != '';

-- Counters of a session: how far each has come.
CREATE TABLE meter (
    series      INTEGER PRIMARY KEY,    -- a hash of the session, the name, the attributes, and when it began if it is sent as a whole
    session     TEXT NOT NULL,
    name        TEXT NOT NULL,          -- usage, activeUser, activeCli, commits or pullRequests
    upto        INTEGER NOT NULL,       -- the time of the last point that counts
    amount      INTEGER NOT NULL,       -- milliseconds, or how many; of usage nano-dollars
    input       INTEGER NOT NULL,
    output      INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    cache_read  INTEGER NOT NULL
);
CREATE INDEX meter_by_session ON meter (session);

-- Sessions whose requests are told of one by one: what their counters say of usage is the same once more.
CREATE TABLE told_session (
    session TEXT PRIMARY KEY
) WITHOUT ROWID;
