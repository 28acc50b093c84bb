-- Views for questions of one's own: docs/sql.md describes every column. Their names and meanings stay; the tables below
-- them may change with any version. Times `…_ms` are UTC milliseconds, other times UTC text; `local_…` is the local time
-- of the system. Money is nano-dollars, and the same in dollars as a floating-point number.

CREATE VIEW messages AS
SELECT
    r.key AS id,
    r.request AS request_id,
    s.uuid AS session_id,
    NULLIF(r.turn_id, 0) AS turn_id,
    r.at AS at_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', r.at / 1000.0, 'unixepoch') AS at,
    date(r.at / 1000, 'unixepoch') AS day,
    date(r.at / 1000, 'unixepoch', 'localtime') AS local_day,
    CAST(strftime('%H', r.at / 1000, 'unixepoch', 'localtime') AS INTEGER) AS local_hour,
    NULLIF(project.text, '') AS project,
    NULLIF(model.text, '') AS model,
    NULLIF(branch.text, '') AS branch,
    CASE r.part WHEN 1 THEN 'compaction' WHEN 2 THEN 'advisor' WHEN 3 THEN 'helper' ELSE IIF(o.sidechain, 'subagent', 'main') END AS kind,
    NULLIF(agent.text, '') AS agent_id,
    NULLIF(agent_type.text, '') AS agent_type,
    NULLIF(version.text, '') AS claude_version,
    NULLIF(entrypoint.text, '') AS entrypoint,
    NULLIF(mode.text, '') AS permission_mode,
    NULLIF(skill.text, '') AS skill,
    NULLIF(mcp.text, '') AS mcp_server,
    NULLIF(speed.text, '') AS speed,
    NULLIF(geo.text, '') AS inference_geo,
    NULLIF(tier.text, '') AS service_tier,
    r.input AS input_tokens,
    r.output AS output_tokens,
    r.cache_write_5m + r.cache_write_1h AS cache_write_tokens,
    r.cache_write_1h AS cache_write_1h_tokens,
    r.cache_read AS cache_read_tokens,
    r.input + r.output + r.cache_write_5m + r.cache_write_1h + r.cache_read AS total_tokens,
    r.web_searches AS web_searches,
    r.cost AS cost_nano_usd,
    r.cost / 1e9 AS cost_usd,
    r.part = 0 AS is_message,
    (r.flags & 8) != 0 AS unpriced,
    r.part = 0 AND (r.flags & 1) = 0 AS lower_bound,
    IIF(r.source_id = 0, 'transcript', source.text) AS source
FROM response r
JOIN origin o ON o.id = r.origin_id
JOIN session s ON s.id = o.session_id
LEFT JOIN agent a ON a.session_id = o.session_id AND a.name_id = o.agent_id AND o.agent_id != 0
LEFT JOIN name agent_type ON agent_type.id = a.kind_id
JOIN name project ON project.id = s.project_id
JOIN name model ON model.id = r.model_id
JOIN name branch ON branch.id = o.branch_id
JOIN name agent ON agent.id = o.agent_id
JOIN name version ON version.id = o.version_id
JOIN name entrypoint ON entrypoint.id = o.entrypoint_id
JOIN name mode ON mode.id = o.mode_id
JOIN name skill ON skill.id = o.skill_id
JOIN name mcp ON mcp.id = o.mcp_id
JOIN name speed ON speed.id = r.speed_id
JOIN name geo ON geo.id = r.geo_id
JOIN name tier ON tier.id = r.tier_id
LEFT JOIN name source ON source.id = r.source_id;

CREATE VIEW turns AS
SELECT
    t.id AS id,
    s.uuid AS session_id,
    t.prompt AS prompt_id,
    t.at AS at_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', t.at / 1000.0, 'unixepoch') AS at,
    date(t.at / 1000, 'unixepoch') AS day,
    date(t.at / 1000, 'unixepoch', 'localtime') AS local_day,
    NULLIF(project.text, '') AS project,
    IFNULL(SUM(r.part = 0), 0) AS messages,
    IFNULL(SUM(r.input + r.output + r.cache_write_5m + r.cache_write_1h + r.cache_read), 0) AS total_tokens,
    IFNULL(SUM(r.cost), 0) AS cost_nano_usd,
    IFNULL(SUM(r.cost), 0) / 1e9 AS cost_usd,
    MAX(r.at) AS last_message_ms
FROM turn t
JOIN session s ON s.id = t.session_id
JOIN name project ON project.id = s.project_id
LEFT JOIN response r ON r.turn_id = t.id
GROUP BY t.id;

CREATE VIEW sessions AS
SELECT
    s.uuid AS id,
    s.title AS title,
    NULLIF(project.text, '') AS project,
    NULLIF(branch.text, '') AS branch,
    NULLIF(model.text, '') AS model,
    NULLIF(version.text, '') AS claude_version,
    s.started_at AS started_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.started_at / 1000.0, 'unixepoch') AS started,
    s.last_at AS last_activity_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.last_at / 1000.0, 'unixepoch') AS last_activity,
    IFNULL(SUM(q.messages), 0) AS messages,
    IFNULL(SUM(q.input), 0) AS input_tokens,
    IFNULL(SUM(q.output), 0) AS output_tokens,
    IFNULL(SUM(q.cache_write_5m + q.cache_write_1h), 0) AS cache_write_tokens,
    IFNULL(SUM(q.cache_write_1h), 0) AS cache_write_1h_tokens,
    IFNULL(SUM(q.cache_read), 0) AS cache_read_tokens,
    IFNULL(SUM(q.web_searches), 0) AS web_searches,
    IFNULL(SUM(q.cost), 0) AS cost_nano_usd,
    IFNULL(SUM(q.cost), 0) / 1e9 AS cost_usd,
    s.own_cost / 1e9 AS claude_cost_usd,
    s.own_api_ms AS api_ms
FROM session s
JOIN name project ON project.id = s.project_id
JOIN name branch ON branch.id = s.branch_id
JOIN name model ON model.id = s.model_id
JOIN name version ON version.id = s.version_id
LEFT JOIN session_rollup q ON q.session_id = s.id
GROUP BY s.id;

CREATE VIEW days AS
SELECT
    date(q.quarter * 900, 'unixepoch') AS day,
    COUNT(DISTINCT IIF(q.messages > 0, q.session_id, NULL)) AS sessions,
    SUM(q.messages) AS messages,
    SUM(q.input) AS input_tokens,
    SUM(q.output) AS output_tokens,
    SUM(q.cache_write_5m + q.cache_write_1h) AS cache_write_tokens,
    SUM(q.cache_write_1h) AS cache_write_1h_tokens,
    SUM(q.cache_read) AS cache_read_tokens,
    SUM(q.web_searches) AS web_searches,
    SUM(q.cost) AS cost_nano_usd,
    SUM(q.cost) / 1e9 AS cost_usd,
    SUM(q.unpriced) AS unpriced_messages,
    SUM(q.lower_bound) AS lower_bound_messages
FROM rollup q
GROUP BY 1
HAVING SUM(q.messages) != 0 OR SUM(q.cost) != 0;

CREATE VIEW local_days AS
SELECT
    date(q.quarter * 900, 'unixepoch', 'localtime') AS day,
    COUNT(DISTINCT IIF(q.messages > 0, q.session_id, NULL)) AS sessions,
    SUM(q.messages) AS messages,
    SUM(q.input) AS input_tokens,
    SUM(q.output) AS output_tokens,
    SUM(q.cache_write_5m + q.cache_write_1h) AS cache_write_tokens,
    SUM(q.cache_write_1h) AS cache_write_1h_tokens,
    SUM(q.cache_read) AS cache_read_tokens,
    SUM(q.web_searches) AS web_searches,
    SUM(q.cost) AS cost_nano_usd,
    SUM(q.cost) / 1e9 AS cost_usd,
    SUM(q.unpriced) AS unpriced_messages,
    SUM(q.lower_bound) AS lower_bound_messages
FROM rollup q
GROUP BY 1
HAVING SUM(q.messages) != 0 OR SUM(q.cost) != 0;

CREATE VIEW projects AS
SELECT
    NULLIF(name.text, '') AS project,
    COUNT(DISTINCT IIF(q.messages > 0, q.session_id, NULL)) AS sessions,
    SUM(q.messages) AS messages,
    SUM(q.input) AS input_tokens,
    SUM(q.output) AS output_tokens,
    SUM(q.cache_write_5m + q.cache_write_1h) AS cache_write_tokens,
    SUM(q.cache_write_1h) AS cache_write_1h_tokens,
    SUM(q.cache_read) AS cache_read_tokens,
    SUM(q.web_searches) AS web_searches,
    SUM(q.cost) AS cost_nano_usd,
    SUM(q.cost) / 1e9 AS cost_usd
FROM session_rollup q
JOIN session s ON s.id = q.session_id
JOIN name ON name.id = s.project_id
GROUP BY s.project_id
HAVING SUM(q.messages) != 0 OR SUM(q.cost) != 0;

CREATE VIEW models AS
SELECT
    NULLIF(name.text, '') AS model,
    COUNT(DISTINCT IIF(q.messages > 0, q.session_id, NULL)) AS sessions,
    SUM(q.messages) AS messages,
    SUM(q.input) AS input_tokens,
    SUM(q.output) AS output_tokens,
    SUM(q.cache_write_5m + q.cache_write_1h) AS cache_write_tokens,
    SUM(q.cache_write_1h) AS cache_write_1h_tokens,
    SUM(q.cache_read) AS cache_read_tokens,
    SUM(q.web_searches) AS web_searches,
    SUM(q.cost) AS cost_nano_usd,
    SUM(q.cost) / 1e9 AS cost_usd,
    SUM(q.unpriced) AS unpriced_messages
FROM rollup q
JOIN name ON name.id = q.model_id
GROUP BY q.model_id
HAVING SUM(q.messages) != 0 OR SUM(q.cost) != 0;

CREATE VIEW tools AS
SELECT
    NULLIF(name.text, '') AS tool,
    COUNT(*) AS uses,
    SUM(u.failed) AS failures,
    COUNT(DISTINCT u.response_id) AS messages,
    SUM(u.lines_added) AS lines_added,
    SUM(u.lines_removed) AS lines_removed
FROM tool_use u
JOIN name ON name.id = u.name_id
WHERE u.response_id IS NOT NULL
GROUP BY u.name_id;

CREATE VIEW files AS
SELECT
    name.text AS path,
    COUNT(*) AS edits,
    SUM(u.failed) AS failures,
    SUM(u.lines_added) AS lines_added,
    SUM(u.lines_removed) AS lines_removed,
    COUNT(DISTINCT o.session_id) AS sessions,
    MAX(r.at) AS last_edit_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', MAX(r.at) / 1000.0, 'unixepoch') AS last_edit
FROM tool_use u
JOIN name ON name.id = u.file_id
JOIN response r ON r.id = u.response_id
JOIN origin o ON o.id = r.origin_id
WHERE u.file_id != 0
GROUP BY u.file_id;

CREATE VIEW tool_uses AS
SELECT
    s.uuid AS session_id,
    r.key AS message_id,
    r.at AS at_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', r.at / 1000.0, 'unixepoch') AS at,
    date(r.at / 1000, 'unixepoch') AS day,
    NULLIF(project.text, '') AS project,
    NULLIF(tool.text, '') AS tool,
    NULLIF(path.text, '') AS path,
    NULLIF(detail.text, '') AS detail,
    u.failed AS failed,
    u.lines_added AS lines_added,
    u.lines_removed AS lines_removed,
    u.duration_ms AS duration_ms,
    u.estimated_tokens AS estimated_tokens
FROM tool_use u
JOIN response r ON r.id = u.response_id
JOIN origin o ON o.id = r.origin_id
JOIN session s ON s.id = o.session_id
JOIN name project ON project.id = s.project_id
JOIN name tool ON tool.id = u.name_id
JOIN name path ON path.id = u.file_id
JOIN name detail ON detail.id = u.detail_id;
