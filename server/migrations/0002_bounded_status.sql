-- What keeps the cost of a status the same however long history grows.

-- The earliest quarter hour whose sums a revision changed: says whether sums of closed days still hold.
CREATE TABLE touch (
    revision INTEGER PRIMARY KEY,
    quarter  INTEGER NOT NULL
);

-- Sessions by the union of the sets of roots that their responses lie in.
CREATE TABLE lifetime_session (
    roots    INTEGER PRIMARY KEY,
    sessions INTEGER NOT NULL
);
INSERT INTO lifetime_session
WITH RECURSIVE bit (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM bit WHERE number < 61)
SELECT held, COUNT(*) FROM (
    SELECT SUM(1 << number) AS held FROM (
        SELECT DISTINCT session_id, number FROM session_rollup JOIN bit ON (roots >> number) & 1
        WHERE messages > 0)
    GROUP BY session_id)
GROUP BY held;
ALTER TABLE lifetime DROP COLUMN sessions;

CREATE INDEX session_by_time ON session (last_at);
