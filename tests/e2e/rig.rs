//! The reading half of Costline in this process: folders of transcripts, a database, and all that can be asked of it.

use costline::ingest::Ingest;
use costline::pricing::PriceTable;
use costline::reports::{By, Days, Query, Report};
use costline::snapshot::SessionRow;
use costline::store::reading::{Reading, Scope};
use costline::store::{ALL_ROOTS, Roots};
use costline::tail::{Job, Reader};
use costline::time::Zone;
use costline::watch::scan;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Midday of the day that the tests' transcripts are about (2026-11-02), as the moment of each commit.
const NOW: i64 = 1_793_620_800_000;

/// Folders of transcripts on disk.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    pub fn new() -> Self {
        Self { folder: TempDir::with_prefix("costline-").unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A root's `projects` folder, which is there or not.
    pub fn root(&self, name: &str) -> PathBuf {
        self.path().join(name).join("projects")
    }

    /// Where a transcript lies below the first root.
    pub fn at(&self, path: &str) -> PathBuf {
        self.root("claude").join(path)
    }

    /// Writes a file whole.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Appends exactly these bytes.
    pub fn append(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }
}

/// A database, and what reads into it.
pub struct Rig {
    database: TempDir,
    ingest: Ingest,
    reader: Reader,
}

impl Rig {
    /// An empty database for these `projects` folders.
    pub fn new(roots: &[PathBuf]) -> Self {
        Self::with_reader(roots, Reader::default())
    }

    /// One whose reader is filtered or not.
    pub fn with_reader(roots: &[PathBuf], reader: Reader) -> Self {
        let database = TempDir::with_prefix("costline-").unwrap();
        let prices = PriceTable::builtin().clone();
        let ingest = Ingest::open(&database.path().join("usage.db"), prices, roots).unwrap();
        Self { database, ingest, reader }
    }

    /// One on a database that is there already.
    pub fn on(database: TempDir, roots: &[PathBuf]) -> Self {
        let prices = PriceTable::builtin().clone();
        let ingest = Ingest::open(&database.path().join("usage.db"), prices, roots).unwrap();
        Self { database, ingest, reader: Reader::default() }
    }

    /// The database's file.
    pub fn path(&self) -> PathBuf {
        self.database.path().join("usage.db")
    }

    /// The reading half itself.
    pub fn ingest(&mut self) -> &mut Ingest {
        &mut self.ingest
    }

    /// Reads what is new and keeps nothing yet; `look` sees the database after each stretch.
    pub fn read_on(&mut self, mut look: impl FnMut(&mut Ingest)) {
        let jobs = self.jobs();
        for job in jobs {
            let Self { ingest, reader, .. } = self;
            reader
                .read(&job, |part| {
                    ingest.absorb(&part).unwrap();
                    look(ingest);
                    true
                })
                .unwrap();
        }
    }

    /// One that has read the first root of a disk.
    pub fn of(disk: &Disk) -> Self {
        let mut rig = Self::new(&[disk.root("claude")]);
        rig.read();
        rig
    }

    /// What is new on disk, in the order in which the scan finds it.
    pub fn jobs(&mut self) -> Vec<Job> {
        let roots = self.ingest.roots().to_vec();
        let mut jobs = Vec::new();
        for root in roots {
            let seen = scan(&root.projects, &mut Vec::new());
            jobs.extend(self.ingest.compare(&root, seen).unwrap());
        }
        jobs
    }

    /// Reads what is new; gives the number of files that had something.
    pub fn read(&mut self) -> usize {
        let mut jobs = self.jobs();
        jobs.sort_by(|a, b| a.path.cmp(&b.path));
        self.read_jobs(&jobs);
        jobs.len()
    }

    /// Reads files in this order.
    pub fn read_jobs(&mut self, jobs: &[Job]) {
        for job in jobs {
            self.reader
                .read(job, |part| {
                    self.ingest.absorb(&part).unwrap();
                    true
                })
                .unwrap();
        }
        self.ingest.commit(NOW).unwrap();
    }

    /// The database, for reading.
    pub fn reading(&self) -> Reading {
        Reading::open(&self.database.path().join("usage.db")).unwrap()
    }

    /// A report over everything.
    pub fn report(&self, by: By) -> Report {
        self.report_of(by, ALL_ROOTS)
    }

    /// A report over some roots.
    pub fn report_of(&self, by: By, roots: Roots) -> Report {
        self.ask(by, None, roots)
    }

    /// A report over everything whose rows have parts by a second key.
    pub fn split(&self, by: By, split: Option<By>) -> Report {
        self.ask(by, split, ALL_ROOTS)
    }

    fn ask(&self, by: By, split: Option<By>, roots: Roots) -> Report {
        let week_start = chrono::Weekday::Mon;
        let query = Query { by, split, days: Days::default(), project: None, limit: None, week_start };
        self.reading().report(&query, &Zone::named("UTC").unwrap(), roots).unwrap()
    }

    /// The bit of a root.
    pub fn bit(&self, root: &Path) -> Roots {
        let (roots, known) = self.reading().roots(&[root.to_string_lossy().into_owned()]).unwrap();
        assert!(known, "{} is not known", root.display());
        roots
    }

    /// The sums in short: responses, input, output, 5-minute writes, 1-hour writes, reads.
    pub fn counts(&self) -> [i64; 6] {
        let totals = self.report(By::Day).totals;
        [
            totals.messages,
            totals.input_tokens,
            totals.output_tokens,
            totals.cache_write_tokens - totals.cache_write1h_tokens,
            totals.cache_write1h_tokens,
            totals.cache_read_tokens,
        ]
    }

    /// Key and number of responses of each row of a report, by key.
    pub fn keys(&self, by: By) -> Vec<(String, i64)> {
        let mut keys: Vec<_> =
            self.report(by).rows.into_iter().map(|row| (row.key, row.totals.messages)).collect();
        keys.sort();
        keys
    }

    /// What could not be read as it stands, by kind.
    pub fn faults(&self) -> Vec<(String, i64)> {
        self.reading().faults().unwrap().into_iter().collect()
    }

    /// The sessions that ran in a folder, most recent first.
    pub fn sessions(&self, folder: &str) -> Vec<SessionRow> {
        let scope = Scope {
            everywhere: false,
            folders: vec![folder.to_owned()],
            roots: ALL_ROOTS,
            sessions: 1000,
            zone: Zone::named("UTC").unwrap(),
            week_start: chrono::Weekday::Mon,
        };
        self.reading().rows(&scope).unwrap().sessions
    }

    /// Every report that there is, as it is printed.
    pub fn reports(&self) -> Vec<Value> {
        costline::reports::KEYS
            .iter()
            .map(|(name, by)| json!({"by": name, "report": self.report(*by)}))
            .collect()
    }

    /// Asks the database itself.
    pub fn query(&self, sql: &str) -> Vec<Vec<Cell>> {
        let path = self.database.path().join("usage.db");
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// All that the database holds, with names in the place of its own numbers, so that two of them can be compared.
    pub fn content(&self) -> Vec<(&'static str, Vec<Vec<Cell>>)> {
        CONTENT.iter().map(|(what, sql)| (*what, self.query(sql))).collect()
    }

    /// Checks that every kept sum is the sum of the responses, and every response is priced by its own counts.
    pub fn check_sums(&self) {
        for sums in ["rollup", "session_rollup", "lifetime"] {
            let kept = self.query(&format!("SELECT {SUMS} FROM {sums}"));
            let fresh = self.query(&format!("SELECT {FRESH} FROM response"));
            assert_eq!(kept, fresh, "{sums}");
        }
        let agents = self.query("SELECT IFNULL(SUM(cost), 0) FROM agent");
        let fresh = self.query(
            "SELECT IFNULL(SUM(cost), 0) FROM response r JOIN origin o ON o.id = r.origin_id WHERE o.agent_id != 0",
        );
        assert_eq!(agents, fresh, "agents");
    }
}

const SUMS: &str = "IFNULL(SUM(messages), 0), IFNULL(SUM(input), 0), IFNULL(SUM(output), 0), \
    IFNULL(SUM(cache_write_5m), 0), IFNULL(SUM(cache_write_1h), 0), IFNULL(SUM(cache_read), 0), \
    IFNULL(SUM(web_searches), 0), IFNULL(SUM(cost), 0), IFNULL(SUM(unpriced), 0), IFNULL(SUM(lower_bound), 0)";

const FRESH: &str = "IFNULL(SUM(part = 0), 0), IFNULL(SUM(input), 0), IFNULL(SUM(output), 0), \
    IFNULL(SUM(cache_write_5m), 0), IFNULL(SUM(cache_write_1h), 0), IFNULL(SUM(cache_read), 0), \
    IFNULL(SUM(web_searches), 0), IFNULL(SUM(cost), 0), IFNULL(SUM((flags & 8) != 0), 0), \
    IFNULL(SUM(part = 0 AND (flags & 1) = 0), 0)";

/// Tables with names in the place of numbers. Where in its file a line lies is left out: it moves when a file is rewritten.
const CONTENT: [(&str, &str); 9] = [
    (
        "responses",
        "SELECT r.key, r.part, r.request, r.at, s.uuid, o.sidechain, agent.text, branch.text, entry.text, version.text,
           mode.text, skill.text, mcp.text, t.prompt, f.path, r.flags, r.roots, model.text, speed.text,
           geo.text, tier.text, r.input, r.output, r.cache_write_5m, r.cache_write_1h, r.cache_read, r.web_searches,
           r.cost
         FROM response r JOIN origin o ON o.id = r.origin_id JOIN session s ON s.id = o.session_id
         JOIN name agent ON agent.id = o.agent_id JOIN name branch ON branch.id = o.branch_id
         JOIN name entry ON entry.id = o.entrypoint_id JOIN name version ON version.id = o.version_id
         JOIN name mode ON mode.id = o.mode_id JOIN name skill ON skill.id = o.skill_id
         JOIN name mcp ON mcp.id = o.mcp_id JOIN name model ON model.id = r.model_id
         JOIN name speed ON speed.id = r.speed_id JOIN name geo ON geo.id = r.geo_id
         JOIN name tier ON tier.id = r.tier_id JOIN file f ON f.id = r.file_id
         LEFT JOIN turn t ON t.id = r.turn_id ORDER BY r.key",
    ),
    (
        "uses of tools",
        "SELECT u.id, r.key, name.text, edited.text, detail.text, u.failed, u.lines_added, u.lines_removed
         FROM tool_use u LEFT JOIN response r ON r.id = u.response_id JOIN name ON name.id = u.name_id
         JOIN name edited ON edited.id = u.file_id JOIN name detail ON detail.id = u.detail_id ORDER BY u.id",
    ),
    (
        "sessions",
        "SELECT s.uuid, project.text, s.started_at, s.last_at, s.last_main_at, version.text, branch.text, model.text,
           s.title, s.context_at, s.context_tokens, s.largest_prompt, s.own_cost, s.own_api_ms, s.own_million
         FROM session s JOIN name project ON project.id = s.project_id JOIN name version ON version.id = s.version_id
         JOIN name branch ON branch.id = s.branch_id JOIN name model ON model.id = s.model_id ORDER BY s.uuid",
    ),
    (
        "agents",
        "SELECT s.uuid, name.text, kind.text, a.kind_weight, a.tool_use, a.done, a.cost, a.last_at
         FROM agent a JOIN session s ON s.id = a.session_id JOIN name ON name.id = a.name_id
         JOIN name kind ON kind.id = a.kind_id ORDER BY s.uuid, name.text",
    ),
    (
        "turns",
        "SELECT s.uuid, t.prompt, t.at FROM turn t JOIN session s ON s.id = t.session_id ORDER BY s.uuid, t.prompt",
    ),
    (
        "sums of quarters",
        "SELECT q.quarter, s.uuid, name.text, q.roots, messages, input, output, cache_write_5m, cache_write_1h,
           cache_read, web_searches, cost, unpriced, lower_bound
         FROM rollup q JOIN session s ON s.id = q.session_id JOIN name ON name.id = q.model_id
         WHERE messages != 0 OR cost != 0 OR input != 0 OR output != 0 ORDER BY 1, 2, 3, 4",
    ),
    ("sums of lifetimes", "SELECT roots, messages, cost FROM lifetime WHERE messages != 0 ORDER BY roots"),
    ("sessions of lifetimes", "SELECT roots, sessions FROM lifetime_session WHERE sessions != 0 ORDER BY roots"),
    ("faults", "SELECT f.path, kind, count FROM fault JOIN file f ON f.id = fault.file_id ORDER BY 1, 2"),
];
