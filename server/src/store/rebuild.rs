//! Taking over what another database holds: what transcripts no longer have, or what goes to an archive.

use super::reprice;
use super::schema::Error;
use super::writer::{Writer, set_meta};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::path::Path;

/// Which of the other database's responses are taken over.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Those whose transcript is gone, shorter or another one than it was.
    Lost,
    /// Those from before a moment.
    Before(i64),
}

/// The tables of the schema that taking over knows, and what becomes of their rows. A table that holds what no transcript
/// has must be taken over; a test fails where the schema has one that is not named here.
#[cfg(test)]
pub(super) const KNOWN: [(&str, &str); 30] = [
    ("meta", "the writer's own, but for the line of an archive"),
    ("name", "taken over"),
    ("root", "taken over first, with its number"),
    ("file", "taken over, unread"),
    ("fault", "those of files that are gone"),
    ("session", "taken over and merged"),
    ("agent", "taken over and merged"),
    ("turn", "taken over"),
    ("origin", "taken over"),
    ("response", "taken over where lost"),
    ("tool_use", "those of responses that are taken over"),
    ("rollup", "summed anew"),
    ("session_rollup", "summed anew"),
    ("lifetime", "summed anew"),
    ("lifetime_session", "summed anew"),
    ("touch", "the writer's own"),
    ("archived", "taken over first"),
    ("record", "taken over, and taken in again with the response that each is"),
    ("inbox", "read anew: records are known by their ids"),
    ("budget", "taken over, with its number"),
    ("budget_state", "worked out anew"),
    ("budget_override", "taken over"),
    ("alert", "taken over, with its number"),
    ("limit_report", "taken over"),
    ("session_report", "taken over, unless something was reported since"),
    ("display_post", "taken over, unless something was posted since"),
    ("display_point", "taken over"),
    ("push_state", "told anew with the next attempt"),
    ("meter", "taken over, unless it counted on since"),
    ("told_session", "taken over"),
];

impl Writer {
    /// Prepares an empty database for what another one's transcripts hold: roots keep their numbers, and what lies in an
    /// archive stays there.
    pub fn begin_from(&mut self, other: &Path) -> std::result::Result<(), Error> {
        self.beside(other, |connection| {
            connection.execute_batch(
                "INSERT OR IGNORE INTO main.root (id, path) SELECT id, path FROM other.root;",
            )?;
            if has_table(connection, "archived")? {
                connection.execute_batch(
                    "INSERT OR IGNORE INTO main.archived (hash) SELECT hash FROM other.archived;
                     INSERT OR REPLACE INTO main.meta (name, value) SELECT name, value FROM other.meta
                       WHERE name IN ('archived_before', 'archive');",
                )?;
            }
            Ok(())
        })?;
        Ok(self.mark_archived()?)
    }

    /// Takes over from another database what transcripts no longer have, after they were all read. Gives the number of
    /// responses that came.
    pub fn take_over(&self, other: &Path) -> std::result::Result<i64, Error> {
        let count = self.beside(other, |connection| {
            let count = take_over(connection, Which::Lost)?;
            if has_table(connection, "record")? {
                connection.execute_batch(RECORDS)?;
            }
            if has_table(connection, "alert")? {
                connection.execute_batch(BUDGETS)?;
            }
            if has_table(connection, "limit_report")? {
                connection.execute_batch(REPORTS)?;
            }
            if has_table(connection, "display_post")? {
                connection.execute_batch(POSTED)?;
            }
            if has_table(connection, "meter")? {
                connection.execute_batch(COUNTED)?;
            }
            reprice::reprice_responses(connection, &self.prices)?;
            reprice::rebuild_sums(connection)?;
            let revision: i64 = connection.query_row(
                "SELECT IFNULL(MAX(value), 0) + 1 FROM (SELECT value FROM main.meta WHERE name = 'revision'
                     UNION ALL SELECT value FROM other.meta WHERE name = 'revision')",
                [],
                |row| row.get(0),
            )?;
            set_meta(connection, "revision", &revision)?;
            Ok(count)
        })?;
        Ok(count)
    }

    /// Raises the revision beyond any that was shown of a database which had this one's place.
    pub fn outpace(&mut self, now: crate::time::Millis) -> std::result::Result<(), Error> {
        let held: i64 = super::writer::meta(&self.connection, "revision")?.unwrap_or(0);
        // It grows more slowly than once a second, so the clock is ahead of it.
        set_meta(&self.connection, "revision", &held.max(now / 1000))?;
        self.tick(now)?;
        Ok(())
    }

    fn beside<T>(
        &self,
        other: &Path,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, Error> {
        Ok(beside(&self.connection, other, work)?)
    }
}

/// Does something in one transaction with another database attached as `other`.
pub(super) fn beside<T>(
    connection: &Connection,
    other: &Path,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    connection.execute("ATTACH ?1 AS other", [other.to_string_lossy()])?;
    let outcome = (|| -> Result<T> {
        let transaction =
            rusqlite::Transaction::new_unchecked(connection, rusqlite::TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    })();
    // The maps of the work go with the connection's temporary database.
    let detached =
        connection.execute_batch(DROP_MAPS).and_then(|()| connection.execute_batch("DETACH other"));
    let value = outcome?;
    detached?;
    Ok(value)
}

pub(super) fn has_table(connection: &Connection, table: &str) -> Result<bool> {
    let found: Option<i64> = connection
        .query_row("SELECT 1 FROM other.sqlite_schema WHERE type = 'table' AND name = ?1", [table], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found.is_some())
}

const DROP_MAPS: &str = "DROP TABLE IF EXISTS temp.taken; DROP TABLE IF EXISTS temp.name_of;
    DROP TABLE IF EXISTS temp.file_of; DROP TABLE IF EXISTS temp.session_of; DROP TABLE IF EXISTS temp.origin_of;
    DROP TABLE IF EXISTS temp.gone; DROP TABLE IF EXISTS temp.told_of;";

/// Adds rows of `other` to `main`; gives the number of responses that are new. Sums are not kept up.
pub(super) fn take_over(connection: &Connection, which: Which) -> Result<i64> {
    connection.execute_batch(DROP_MAPS)?;
    connection.execute_batch(MAPS)?;
    match which {
        Which::Lost => {
            connection.execute_batch(GONE)?;
            // A response whose place was read again and that did not come was never one.
            connection.execute_batch(
                "CREATE TEMP TABLE taken AS SELECT id AS theirs, key FROM other.response
                 WHERE file_id IN (SELECT theirs FROM temp.gone) OR key GLOB 'request *' OR key GLOB 'meter *'",
            )?;
        }
        Which::Before(before) => {
            connection.execute(
                "CREATE TEMP TABLE taken AS SELECT id AS theirs, key FROM other.response WHERE at < ?1",
                params![before],
            )?;
        }
    }
    connection.execute_batch(ORIGINS)?;
    let count = connection.execute(RESPONSES, [])? as i64;
    let telemetry = has_table(connection, "meter")?;
    if telemetry || matches!(which, Which::Before(_)) {
        connection.execute_batch(SOURCES)?;
    }
    if telemetry {
        connection.execute_batch(MEASURED)?;
    }
    connection.execute_batch(REST)?;
    Ok(count)
}

/// Names, roots, files and sessions, and which number of `other` is which number here.
const MAPS: &str = "
INSERT OR IGNORE INTO main.name (text) SELECT text FROM other.name;
CREATE TEMP TABLE name_of (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
INSERT INTO name_of SELECT o.id, m.id FROM other.name o JOIN main.name m ON m.text = o.text;
INSERT OR IGNORE INTO main.root (id, path) SELECT id, path FROM other.root;
INSERT OR IGNORE INTO main.file (root_id, path, born) SELECT root_id, path, born FROM other.file;
CREATE TEMP TABLE file_of (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
INSERT INTO file_of SELECT o.id, m.id FROM other.file o JOIN main.file m ON m.root_id = o.root_id AND m.path = o.path;
INSERT OR IGNORE INTO main.session (uuid) SELECT uuid FROM other.session;
CREATE TEMP TABLE session_of (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
INSERT INTO session_of SELECT o.id, m.id FROM other.session o JOIN main.session m ON m.uuid = o.uuid;
UPDATE main.session AS s SET
    project_id = IIF(p.closer, p.project_id, s.project_id),
    project_side = IIF(p.closer, p.project_side, s.project_side),
    project_at = IIF(p.closer, p.project_at, s.project_at),
    version_id = IIF(p.later, p.version_id, s.version_id),
    branch_id = IIF(p.later, p.branch_id, s.branch_id),
    started_at = MIN(IFNULL(s.started_at, p.started_at), IFNULL(p.started_at, s.started_at)),
    last_at = MAX(IFNULL(s.last_at, p.last_at), IFNULL(p.last_at, s.last_at)),
    last_main_at = MAX(IFNULL(s.last_main_at, p.last_main_at), IFNULL(p.last_main_at, s.last_main_at)),
    title = IIF(p.titled, p.title, s.title),
    title_weight = IIF(p.titled, p.title_weight, s.title_weight),
    model_id = IIF(p.fuller, p.model_id, s.model_id),
    context_at = IIF(p.fuller, p.context_at, s.context_at),
    context_file = IIF(p.fuller, p.context_file, s.context_file),
    context_offset = IIF(p.fuller, p.context_offset, s.context_offset),
    context_tokens = IIF(p.fuller, p.context_tokens, s.context_tokens),
    largest_prompt = MAX(s.largest_prompt, p.largest_prompt),
    own_offset = IIF(p.owned, p.own_offset, s.own_offset),
    own_cost = IIF(p.owned, p.own_cost, s.own_cost),
    own_api_ms = IIF(p.owned, p.own_api_ms, s.own_api_ms),
    own_tool_ms = IIF(p.owned, p.own_tool_ms, s.own_tool_ms),
    own_million = MAX(s.own_million, p.own_million)
FROM (
    SELECT m.id AS ours, project.ours AS project_id, o.project_side, o.project_at, version.ours AS version_id,
        branch.ours AS branch_id, o.started_at, o.last_at, o.last_main_at, o.title, o.title_weight, model.ours AS model_id,
        o.context_at, file.ours AS context_file, o.context_offset, o.context_tokens, o.largest_prompt, o.own_offset,
        o.own_cost, o.own_api_ms, o.own_tool_ms, o.own_million,
        o.project_at IS NOT NULL AND (m.project_at IS NULL
            OR (o.project_side, o.project_at) < (m.project_side, m.project_at)) AS closer,
        IFNULL(o.last_main_at, -1) > IFNULL(m.last_main_at, -1) AS later,
        o.title IS NOT NULL AND (m.title IS NULL OR o.title_weight > m.title_weight) AS titled,
        o.context_at IS NOT NULL AND (m.context_at IS NULL OR o.context_at > m.context_at) AS fuller,
        o.own_offset IS NOT NULL AND m.own_offset IS NULL AS owned
    FROM other.session o
    JOIN temp.session_of map ON map.theirs = o.id
    JOIN main.session m ON m.id = map.ours
    JOIN temp.name_of project ON project.theirs = o.project_id
    JOIN temp.name_of version ON version.theirs = o.version_id
    JOIN temp.name_of branch ON branch.theirs = o.branch_id
    JOIN temp.name_of model ON model.theirs = o.model_id
    LEFT JOIN temp.file_of file ON file.theirs = o.context_file
) AS p WHERE s.id = p.ours;
INSERT INTO main.agent (session_id, name_id, kind_id, kind_weight, tool_use, done, last_at)
    SELECT session.ours, name.ours, kind.ours, a.kind_weight, a.tool_use, a.done, a.last_at
    FROM other.agent a JOIN temp.session_of session ON session.theirs = a.session_id
    JOIN temp.name_of name ON name.theirs = a.name_id JOIN temp.name_of kind ON kind.theirs = a.kind_id
    WHERE true
    ON CONFLICT DO UPDATE SET
        kind_id = IIF(excluded.kind_weight > kind_weight, excluded.kind_id, kind_id),
        kind_weight = MAX(kind_weight, excluded.kind_weight),
        tool_use = MIN(IFNULL(tool_use, excluded.tool_use), IFNULL(excluded.tool_use, tool_use)),
        done = MAX(done, excluded.done),
        last_at = MAX(IFNULL(last_at, excluded.last_at), IFNULL(excluded.last_at, last_at));
INSERT INTO main.turn (id, session_id, prompt, at)
    SELECT t.id, session.ours, t.prompt, t.at FROM other.turn t
    JOIN temp.session_of session ON session.theirs = t.session_id WHERE true
    ON CONFLICT DO UPDATE SET at = MIN(at, excluded.at);
";

/// Files of `other` that are not there any more as they were: not read here, shorter, or of other bytes. The hash of a
/// file's beginning tells only where it covers the same number of bytes.
const GONE: &str = "
CREATE TEMP TABLE gone AS SELECT o.id AS theirs FROM other.file o
    JOIN temp.file_of map ON map.theirs = o.id JOIN main.file m ON m.id = map.ours
    WHERE m.modified = -1 OR m.size < o.size
        OR (o.\"offset\" >= 1024 AND m.\"offset\" >= 1024 AND m.head != o.head);
INSERT OR IGNORE INTO main.fault (file_id, kind, count, \"offset\")
    SELECT map.ours, f.kind, f.count, f.\"offset\" FROM other.fault f
    JOIN temp.gone ON gone.theirs = f.file_id JOIN temp.file_of map ON map.theirs = f.file_id;
";

const ORIGINS: &str = "
CREATE TEMP TABLE origin_of (theirs INTEGER PRIMARY KEY, ours INTEGER);
INSERT OR IGNORE INTO main.origin (session_id, sidechain, agent_id, branch_id, entrypoint_id, version_id, mode_id,
        skill_id, mcp_id)
    SELECT session.ours, o.sidechain, agent.ours, branch.ours, entrypoint.ours, version.ours, mode.ours, skill.ours, mcp.ours
    FROM other.origin o JOIN temp.session_of session ON session.theirs = o.session_id
    JOIN temp.name_of agent ON agent.theirs = o.agent_id JOIN temp.name_of branch ON branch.theirs = o.branch_id
    JOIN temp.name_of entrypoint ON entrypoint.theirs = o.entrypoint_id
    JOIN temp.name_of version ON version.theirs = o.version_id JOIN temp.name_of mode ON mode.theirs = o.mode_id
    JOIN temp.name_of skill ON skill.theirs = o.skill_id JOIN temp.name_of mcp ON mcp.theirs = o.mcp_id
    WHERE o.id IN (SELECT origin_id FROM other.response WHERE id IN (SELECT theirs FROM temp.taken));
INSERT INTO origin_of SELECT o.id, m.id
    FROM other.origin o JOIN temp.session_of session ON session.theirs = o.session_id
    JOIN temp.name_of agent ON agent.theirs = o.agent_id JOIN temp.name_of branch ON branch.theirs = o.branch_id
    JOIN temp.name_of entrypoint ON entrypoint.theirs = o.entrypoint_id
    JOIN temp.name_of version ON version.theirs = o.version_id JOIN temp.name_of mode ON mode.theirs = o.mode_id
    JOIN temp.name_of skill ON skill.theirs = o.skill_id JOIN temp.name_of mcp ON mcp.theirs = o.mcp_id
    JOIN main.origin m ON m.session_id = session.ours AND m.sidechain = o.sidechain AND m.agent_id = agent.ours
        AND m.branch_id = branch.ours AND m.entrypoint_id = entrypoint.ours AND m.version_id = version.ours
        AND m.mode_id = mode.ours AND m.skill_id = skill.ours AND m.mcp_id = mcp.ours;
";

/// What was recorded, for the writer to take in as if it were new.
const RECORDS: &str = "
INSERT OR IGNORE INTO main.record (id, kind, taken, cancels, body) SELECT id, kind, 0, cancels, body FROM other.record;
INSERT OR REPLACE INTO main.meta (name, value) SELECT name, value FROM other.meta WHERE name = 'inbox_faults';
";

/// What a person set, and what was told: nothing else has it.
const BUDGETS: &str = "
INSERT OR REPLACE INTO main.budget (id, scope, name, period, amount, thresholds, hard, source, set_at, removed_at)
    SELECT id, scope, name, period, amount, thresholds, hard, source, set_at, removed_at FROM other.budget;
INSERT OR REPLACE INTO main.budget_override (id, set_at, until) SELECT id, set_at, until FROM other.budget_override;
INSERT OR REPLACE INTO main.alert (id, rule, subject, bound, starts_at, threshold, severity, title, message, detail,
        raised_at, resets_at, ended_at, told_with, acknowledged_at, snoozed_until, desktop_told_at, command_told_at)
    SELECT id, rule, subject, bound, starts_at, threshold, severity, title, message, detail, raised_at, resets_at, ended_at,
        told_with, acknowledged_at, snoozed_until, desktop_told_at, command_told_at FROM other.alert;
INSERT OR REPLACE INTO main.meta (name, value) SELECT name, value FROM other.meta WHERE name = 'budget_changes';
";

/// What Claude Code reported of itself: no transcript has it.
const REPORTS: &str = "
INSERT OR IGNORE INTO main.limit_report SELECT * FROM other.limit_report;
INSERT INTO main.session_report SELECT * FROM other.session_report WHERE true ON CONFLICT DO NOTHING;
INSERT INTO main.tool_use (id, duration_ms, estimated_tokens)
    SELECT id, duration_ms, estimated_tokens FROM other.tool_use
    WHERE duration_ms IS NOT NULL OR estimated_tokens IS NOT NULL
    ON CONFLICT DO UPDATE SET duration_ms = excluded.duration_ms, estimated_tokens = excluded.estimated_tokens;
";

/// What other machines posted of themselves.
const POSTED: &str = "
INSERT OR IGNORE INTO main.display_post (source, at, body) SELECT source, at, body FROM other.display_post;
INSERT OR IGNORE INTO main.display_point (source, slot, body) SELECT source, slot, body FROM other.display_point;
";

/// What Claude Code's telemetry counted.
const COUNTED: &str = "
INSERT OR IGNORE INTO main.meter (series, session, name, upto, amount, input, output, cache_write, cache_read)
    SELECT series, session, name, upto, amount, input, output, cache_write, cache_read FROM other.meter;
INSERT OR IGNORE INTO main.told_session (session) SELECT session FROM other.told_session;
";

/// What telemetry said of responses. Of a request that a transcript tells of now, as it did not before, nothing else is kept.
const MEASURED: &str = "
UPDATE main.response AS m SET duration_ms = IFNULL(m.duration_ms, r.duration_ms), own_cost = IFNULL(m.own_cost, r.own_cost)
    FROM other.response r WHERE r.key = m.key AND (r.duration_ms IS NOT NULL OR r.own_cost IS NOT NULL);
CREATE TEMP TABLE told_of AS SELECT m.id, m.request, r.duration_ms, r.own_cost FROM main.response m
    JOIN other.response r ON r.request = m.request AND r.request != '' AND r.source_id != 0 WHERE m.source_id = 0;
UPDATE main.response AS m SET duration_ms = IFNULL(m.duration_ms, t.duration_ms), own_cost = IFNULL(m.own_cost, t.own_cost)
    FROM temp.told_of t WHERE m.id = t.id;
DELETE FROM main.response WHERE key GLOB 'request *' AND request IN (SELECT request FROM temp.told_of);
";

/// Who recorded responses that are in no transcript.
const SOURCES: &str = "
UPDATE main.response AS m SET source_id = name.ours
    FROM temp.taken JOIN other.response r ON r.id = taken.theirs JOIN temp.name_of name ON name.theirs = r.source_id
    WHERE m.key = taken.key AND r.source_id != 0;
";

/// New responses. The greatest count of each class is right for those that are known, too: a line that had it may be gone.
const RESPONSES: &str = "
INSERT INTO main.response (key, part, request, at, origin_id, turn_id, file_id, \"offset\", flags, roots, model_id,
        speed_id, geo_id, tier_id, input, output, cache_write_5m, cache_write_1h, cache_read, web_searches, cost)
    SELECT r.key, r.part, r.request, r.at, origin.ours, r.turn_id, IFNULL(file.ours, 0), r.\"offset\", r.flags, r.roots, model.ours,
        speed.ours, geo.ours, tier.ours, r.input, r.output, r.cache_write_5m, r.cache_write_1h, r.cache_read,
        r.web_searches, r.cost
    FROM temp.taken JOIN other.response r ON r.id = taken.theirs
    JOIN temp.origin_of origin ON origin.theirs = r.origin_id
    LEFT JOIN temp.file_of file ON file.theirs = r.file_id JOIN temp.name_of model ON model.theirs = r.model_id
    JOIN temp.name_of speed ON speed.theirs = r.speed_id JOIN temp.name_of geo ON geo.theirs = r.geo_id
    JOIN temp.name_of tier ON tier.theirs = r.tier_id
    WHERE r.key NOT IN (SELECT key FROM main.response)
";

const REST: &str = "
UPDATE main.response AS m SET
    at = MIN(m.at, r.at), flags = (m.flags | (r.flags & 1)), roots = m.roots | r.roots,
    input = MAX(m.input, r.input), output = MAX(m.output, r.output),
    cache_write_5m = MAX(m.cache_write_5m, r.cache_write_5m), cache_write_1h = MAX(m.cache_write_1h, r.cache_write_1h),
    cache_read = MAX(m.cache_read, r.cache_read), web_searches = MAX(m.web_searches, r.web_searches)
    FROM temp.taken JOIN other.response r ON r.id = taken.theirs WHERE m.key = taken.key;
INSERT INTO main.tool_use (id, response_id, name_id, file_id, detail_id, failed, lines_added, lines_removed)
    SELECT u.id, m.id, name.ours, file.ours, detail.ours, u.failed, u.lines_added, u.lines_removed
    FROM temp.taken JOIN other.tool_use u ON u.response_id = taken.theirs JOIN main.response m ON m.key = taken.key
    JOIN temp.name_of name ON name.theirs = u.name_id JOIN temp.name_of file ON file.theirs = u.file_id
    JOIN temp.name_of detail ON detail.theirs = u.detail_id WHERE true
    ON CONFLICT DO UPDATE SET response_id = IFNULL(response_id, excluded.response_id),
        name_id = IIF(response_id IS NULL, excluded.name_id, name_id),
        file_id = IIF(response_id IS NULL, excluded.file_id, file_id),
        detail_id = IIF(response_id IS NULL, excluded.detail_id, detail_id),
        failed = MAX(failed, excluded.failed), lines_added = MAX(lines_added, excluded.lines_added),
        lines_removed = MAX(lines_removed, excluded.lines_removed);
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::open_for_writing;
    use std::collections::BTreeSet;

    #[test]
    fn every_table_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_for_writing(&folder.path().join("usage.db")).unwrap();
        let mut statement =
            connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
        let tables: BTreeSet<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let known: BTreeSet<String> = KNOWN.iter().map(|(table, _)| (*table).to_owned()).collect();
        assert_eq!(tables, known, "say in `KNOWN` what becomes of a table when the database is made anew");
    }
}
