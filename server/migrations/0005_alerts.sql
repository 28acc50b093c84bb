-- Budgets, what is spent of them, and the alerts that were raised. Money is nano-dollars, times are UTC milliseconds.

-- Every budget that was ever set. One that is set anew is a row of its own: what held when stays known.
CREATE TABLE budget (
    id         INTEGER PRIMARY KEY,
    scope      TEXT NOT NULL,           -- all, project, model or branch
    name       TEXT NOT NULL,           -- which one; empty for all
    period     TEXT NOT NULL,           -- day, week, month, cycle, block or session
    amount     INTEGER NOT NULL,
    thresholds TEXT NOT NULL,           -- percentages, ascending, with commas
    hard       INTEGER NOT NULL,
    source     TEXT NOT NULL,           -- command or config
    set_at     INTEGER NOT NULL,
    removed_at INTEGER                  -- null: in force
);
CREATE INDEX budget_in_force ON budget (removed_at, set_at);

-- How each budget stands as of the latest revision; of a session's budget every session has its own.
CREATE TABLE budget_state (
    budget_id    INTEGER PRIMARY KEY REFERENCES budget (id),
    starts_at    INTEGER,               -- null: no such period runs
    ends_at      INTEGER,
    spent        INTEGER NOT NULL,
    exhausted_at INTEGER                -- when it is used up at the present rate, or was
);

-- When hard limits were lifted, and until when; the latest row counts.
CREATE TABLE budget_override (
    id     INTEGER PRIMARY KEY,
    set_at INTEGER NOT NULL,
    until  INTEGER NOT NULL
);

-- Each crossing once, whoever leads, however often it is crossed again.
CREATE TABLE alert (
    id              INTEGER PRIMARY KEY,
    rule            TEXT NOT NULL,
    subject         TEXT NOT NULL,      -- what it is about: a budget's period and scope, a limit's window, a session
    bound           INTEGER NOT NULL,   -- the budget's amount: another one is another matter; 0: none
    starts_at       INTEGER NOT NULL,   -- of its period
    threshold       INTEGER NOT NULL,   -- a percentage; 0: none
    severity        TEXT NOT NULL,      -- info, warning or error
    title           TEXT NOT NULL,
    message         TEXT NOT NULL,
    detail          TEXT NOT NULL,      -- JSON: what it says beyond these
    raised_at       INTEGER NOT NULL,
    resets_at       INTEGER,            -- null: when it ends by itself
    ended_at        INTEGER,            -- null: it still holds, or did when its period ended
    told_with       INTEGER,            -- a graver one that was crossed in the same step stands for it
    acknowledged_at INTEGER,
    snoozed_until   INTEGER,
    desktop_told_at INTEGER,
    command_told_at INTEGER,
    UNIQUE (rule, subject, bound, starts_at, threshold)
);
CREATE INDEX alert_open ON alert (resets_at) WHERE ended_at IS NULL;
