-- What Costline keeps. Times are UTC milliseconds, money is nano-dollars, `roots` is a set of roots as bits (1 << root.id).

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value
) WITHOUT ROWID;

-- Names that repeat: models, branches, projects, tools, agents. Number 0 is the empty name: not known, or none.
CREATE TABLE name (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);
INSERT INTO name (id, text) VALUES (0, '');

-- Claude's folders that were ever read.
CREATE TABLE root (
    id   INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);

-- Transcripts and how far each is read.
CREATE TABLE file (
    id       INTEGER PRIMARY KEY,
    root_id  INTEGER NOT NULL REFERENCES root (id),
    path     TEXT NOT NULL,             -- below the root's projects folder, with '/'
    born     INTEGER NOT NULL,
    "offset" INTEGER NOT NULL DEFAULT 0,
    size     INTEGER NOT NULL DEFAULT 0,
    modified INTEGER NOT NULL DEFAULT -1, -- nanoseconds; -1: never read
    head     INTEGER NOT NULL DEFAULT 0,
    tail     INTEGER NOT NULL DEFAULT 0,
    state    TEXT NOT NULL DEFAULT '{}',
    UNIQUE (root_id, path)
);

-- What could not be read as it stands, by file and kind.
CREATE TABLE fault (
    file_id  INTEGER NOT NULL REFERENCES file (id),
    kind     TEXT NOT NULL,
    count    INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,          -- of the first one
    PRIMARY KEY (file_id, kind)
) WITHOUT ROWID;

CREATE TABLE session (
    id             INTEGER PRIMARY KEY,
    uuid           TEXT NOT NULL UNIQUE,
    project_id     INTEGER NOT NULL DEFAULT 0 REFERENCES name (id),
    project_side   INTEGER,             -- 1: known from a sidechain's line alone
    project_at     INTEGER,
    started_at     INTEGER,
    last_at        INTEGER,
    last_main_at   INTEGER,
    version_id     INTEGER NOT NULL DEFAULT 0,
    branch_id      INTEGER NOT NULL DEFAULT 0,
    model_id       INTEGER NOT NULL DEFAULT 0, -- of the latest main-thread response
    title          TEXT,
    title_weight   INTEGER NOT NULL DEFAULT 0, -- 2 the user's, 1 Claude Code's
    context_at     INTEGER,
    context_file   INTEGER,
    context_offset INTEGER,
    context_tokens INTEGER,             -- null: not known since a compaction
    largest_prompt INTEGER NOT NULL DEFAULT 0,
    own_offset     INTEGER,             -- Claude Code's own total: where it was read, and what it says
    own_cost       INTEGER,
    own_api_ms     INTEGER,
    own_tool_ms    INTEGER,
    own_million    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX session_by_project ON session (project_id, last_at);

CREATE TABLE agent (
    session_id  INTEGER NOT NULL REFERENCES session (id),
    name_id     INTEGER NOT NULL,       -- the subagent's id
    kind_id     INTEGER NOT NULL DEFAULT 0,
    kind_weight INTEGER NOT NULL DEFAULT 0,
    tool_use    INTEGER,                -- tool_use.id that started it
    done        INTEGER NOT NULL DEFAULT 0,
    cost        INTEGER NOT NULL DEFAULT 0,
    last_at     INTEGER,
    PRIMARY KEY (session_id, name_id)
) WITHOUT ROWID;

-- A prompt and all that followed it. The number is a hash of session and prompt.
CREATE TABLE turn (
    id         INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES session (id),
    prompt     TEXT NOT NULL,
    at         INTEGER NOT NULL
);

-- What responses inherit from the line that owns them.
CREATE TABLE origin (
    id            INTEGER PRIMARY KEY,
    session_id    INTEGER NOT NULL REFERENCES session (id),
    sidechain     INTEGER NOT NULL,
    agent_id      INTEGER NOT NULL,
    branch_id     INTEGER NOT NULL,
    entrypoint_id INTEGER NOT NULL,
    version_id    INTEGER NOT NULL,
    mode_id       INTEGER NOT NULL,
    skill_id      INTEGER NOT NULL,
    mcp_id        INTEGER NOT NULL,
    UNIQUE (session_id, sidechain, agent_id, branch_id, entrypoint_id, version_id, mode_id, skill_id, mcp_id)
);

-- One response of the API, or a part of one that is billed apart.
CREATE TABLE response (
    id             INTEGER PRIMARY KEY,
    key            TEXT NOT NULL UNIQUE,
    part           INTEGER NOT NULL,    -- 0 whole, 1 compaction, 2 advisor
    request        TEXT NOT NULL,
    at             INTEGER NOT NULL,
    origin_id      INTEGER NOT NULL REFERENCES origin (id),
    turn_id        INTEGER NOT NULL,    -- 0: not known
    file_id        INTEGER NOT NULL,    -- the owning line
    "offset"       INTEGER NOT NULL,
    flags          INTEGER NOT NULL,    -- 1 finished, 2 embedded, 4 copied, 8 unpriced
    roots          INTEGER NOT NULL,
    model_id       INTEGER NOT NULL,
    speed_id       INTEGER NOT NULL,
    geo_id         INTEGER NOT NULL,
    tier_id        INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    web_searches   INTEGER NOT NULL,
    cost           INTEGER NOT NULL
);
CREATE INDEX response_by_time ON response (at);

-- One use of a tool. The number is a hash of its id; the response is null until its line is read.
CREATE TABLE tool_use (
    id            INTEGER PRIMARY KEY,
    response_id   INTEGER,
    name_id       INTEGER NOT NULL DEFAULT 0,
    file_id       INTEGER NOT NULL DEFAULT 0, -- name of the file that it edits
    detail_id     INTEGER NOT NULL DEFAULT 0, -- skill, or type of agent, that it starts
    failed        INTEGER NOT NULL DEFAULT 0,
    lines_added   INTEGER NOT NULL DEFAULT 0,
    lines_removed INTEGER NOT NULL DEFAULT 0
);

-- Sums that are kept in the same transaction as the responses that they sum.
CREATE TABLE rollup (
    quarter        INTEGER NOT NULL,    -- at / 900,000
    session_id     INTEGER NOT NULL,
    model_id       INTEGER NOT NULL,
    roots          INTEGER NOT NULL,
    messages       INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    web_searches   INTEGER NOT NULL,
    cost           INTEGER NOT NULL,
    unpriced       INTEGER NOT NULL,
    lower_bound    INTEGER NOT NULL,
    PRIMARY KEY (quarter, session_id, model_id, roots)
) WITHOUT ROWID;

CREATE TABLE session_rollup (
    session_id     INTEGER NOT NULL,
    roots          INTEGER NOT NULL,
    messages       INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    web_searches   INTEGER NOT NULL,
    cost           INTEGER NOT NULL,
    unpriced       INTEGER NOT NULL,
    lower_bound    INTEGER NOT NULL,
    PRIMARY KEY (session_id, roots)
) WITHOUT ROWID;

CREATE TABLE lifetime (
    roots          INTEGER NOT NULL PRIMARY KEY,
    sessions       INTEGER NOT NULL,
    messages       INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    web_searches   INTEGER NOT NULL,
    cost           INTEGER NOT NULL,
    unpriced       INTEGER NOT NULL,
    lower_bound    INTEGER NOT NULL
);
