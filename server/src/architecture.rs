//! Keeps the layers and borders that `docs/architecture.md` draws. The page's table of layers is the rule: it is read
//! from there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file below `server/src`.
struct Source {
    /// Its path below the folder, with `/`.
    path: String,
    /// Its lines without comments.
    code: String,
}

impl Source {
    /// The room that the file belongs to.
    fn room(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// Whether tests alone use it.
    fn is_test(&self) -> bool {
        let of_tests = |part: &str| matches!(part, "tests" | "tests.rs" | "testing.rs" | "fuzz.rs");
        self.path.split('/').any(of_tests) || matches!(self.room(), "architecture" | "schema" | "fuzz")
    }

    /// What runs outside tests.
    fn shipped(&self) -> &str {
        if self.is_test() { "" } else { self.code.split("#[cfg(test)]\nmod ").next().unwrap_or_default() }
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let root = repository().join("server/src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let lines = text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//"));
                let code = lines.collect();
                let below = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                sources.push(Source { path: below, code });
            }
        }
    }
    sources
}

/// The rooms that a piece of code names behind `crate::`, also in a group.
fn used(code: &str) -> BTreeSet<String> {
    code.split("crate::").skip(1).flat_map(heads).collect()
}

/// The first word of a path, or of each path in a group.
fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let mut heads = vec![word(group)];
    let mut depth = 1;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(word(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// A row of the page's table of layers.
struct Layer {
    name: String,
    rooms: Vec<String>,
    may_know: Vec<String>,
}

fn layers() -> Vec<Layer> {
    let page = fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let (_, table) = page.split_once("\n| layer | rooms | may know |\n").expect("the table of layers");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let layer = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let rooms = cells[1].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let may_know = cells[2].split(", ").map(str::to_owned).collect();
        Layer { name: cells[0].to_owned(), rooms, may_know }
    };
    rows.map(layer).collect()
}

/// Fails for each of the needles in the shipped code of files that `allowed` does not name. A name that ends with `/`
/// allows all files of a room.
fn only_in(needles: &[&str], allowed: &[&str]) {
    for source in sources() {
        let may = |place: &&str| {
            source.path == *place || (place.ends_with('/') && format!("{}/", source.room()) == **place)
        };
        if allowed.iter().any(may) {
            continue;
        }
        for needle in needles {
            assert!(
                !source.shipped().contains(needle),
                "{} has {needle:?}, which belongs to {allowed:?}",
                source.path
            );
        }
    }
}

#[test]
fn sees_what_a_file_uses() {
    let code = "use crate::money::NanoUsd;\nuse crate::{blocks, config::{Env, Config}, burn as b};\nlet x = crate::time::now();";
    let rooms: Vec<String> = used(code).into_iter().collect();
    assert_eq!(rooms, ["blocks", "burn", "config", "money", "time"]);
}

#[test]
fn the_page_lists_every_room() {
    let library = fs::read_to_string(repository().join("server/src/lib.rs")).unwrap();
    let rooms: BTreeSet<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let layers = layers();
    let listed: Vec<&str> = layers.iter().flat_map(|layer| &layer.rooms).map(String::as_str).collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), rooms);
    assert_eq!(listed.len(), rooms.len(), "a room is in two layers");
}

#[test]
fn no_layer_knows_a_higher_one() {
    let layers = layers();
    let layer_of: BTreeMap<&str, &Layer> =
        layers.iter().flat_map(|layer| layer.rooms.iter().map(move |room| (room.as_str(), layer))).collect();
    for (index, layer) in layers.iter().enumerate() {
        let lower =
            |name: &String| name == "nothing" || layers[..index].iter().any(|layer| layer.name == *name);
        assert!(
            layer.may_know.iter().all(lower),
            "{} may only know layers above it in the table",
            layer.name
        );
    }
    for source in sources() {
        let Some(own) = layer_of.get(source.room()) else { continue };
        for room in used(&source.code) {
            let Some(other) = layer_of.get(room.as_str()) else { continue };
            assert!(
                own.name == other.name || own.may_know.contains(&other.name),
                "{} ({}) must not know {room} ({})",
                source.path,
                own.name,
                other.name
            );
        }
    }
}

#[test]
fn no_rooms_know_each_other_in_a_circle() {
    let mut knows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let rooms = used(source.shipped()).into_iter().filter(|room| room != source.room());
        knows.entry(source.room().to_owned()).or_default().extend(rooms);
    }
    // Whoever knows only what is gone already goes, too; a circle stays.
    loop {
        let before = knows.len();
        let left: BTreeSet<String> = knows.keys().cloned().collect();
        knows.retain(|_, rooms| rooms.iter().any(|room| left.contains(room)));
        if knows.len() == before {
            break;
        }
    }
    assert!(knows.is_empty(), "these know each other: {:?}", knows.keys());
}

#[test]
fn borders_stay_where_they_are() {
    only_in(&["tower_lsp"], &["lsp/"]);
    only_in(&["rusqlite"], &["store/"]);
    only_in(&["axum", "hyper"], &["http/"]);
    only_in(&["ureq", "rustls"], &["post.rs"]);
    only_in(&["mdns_sd"], &["announce.rs"]);
    only_in(&["notify::", "inotify"], &["watch/", "cli/serve.rs"]);
    only_in(&["clap::"], &["cli.rs", "cli/", "output/"]);
    // Whoever calls it holds the leader's lock.
    only_in(&["Ingest::open"], &["app/upkeep.rs"]);
    only_in(&["Writer::open"], &["ingest.rs"]);
}

#[test]
fn one_file_names_the_keys_of_transcripts() {
    let table = fs::read_to_string(repository().join("server/src/transcript/line.rs")).unwrap();
    let keys = table.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.strip_suffix("\","));
    // Words that mean something elsewhere, too, prove nothing; nor does the name of a column.
    let telling = keys.filter(|key| key.contains(|letter: char| letter.is_uppercase() || letter == '_'));
    let telling: BTreeSet<&str> = telling.filter(|key| *key != "session_id").collect();
    assert!(telling.contains("cache_read_input_tokens"), "{telling:?}");
    let quoted: Vec<String> =
        telling.iter().flat_map(|key| [format!("\"{key}\""), format!("\\\"{key}\\\"")]).collect();
    let quoted: Vec<&str> = quoted.iter().map(String::as_str).collect();
    // The filter looks for some of them without parsing; a status line is handed counts by the same names, and other programs post them.
    let few = [
        "transcript/line.rs",
        "transcript/filter.rs",
        "transcript/compose.rs",
        "statusline/input.rs",
        "sources/hook.rs",
        "sources/posted.rs",
        "sources/otlp/events.rs",
        "display/posted.rs",
    ];
    only_in(&quoted, &few);
}

#[test]
fn standard_streams_belong_to_few() {
    only_in(&["println!", "eprintln!", "print!(", "eprint!(", "dbg!("], &[]);
    only_in(&["io::stdout", "io::stderr"], &["output/", "lsp/"]);
    only_in(&["io::stdin"], &["lsp/", "output/"]);
}

#[test]
fn the_roof_alone_reads_clock_and_environment_and_starts_threads() {
    only_in(
        &["SystemTime::now", "Utc::now", "Local::now", "std::env::", "get_timezone"],
        &["app.rs", "main.rs"],
    );
    only_in(&["thread::spawn", "thread::Builder", "thread::scope"], &["app.rs"]);
}

/// Claude's files are only read, but for its settings, by the commands that are asked to change them. What writes files is a
/// short list, and each of the others writes to Costline's own folder.
#[test]
fn few_files_write_to_the_disk() {
    let writes = [
        "fs::write",
        "File::create",
        "OpenOptions",
        "File::options",
        "DirBuilder",
        "create_dir",
        "remove_file",
        "remove_dir",
        "fs::rename",
        "fs::copy",
        "set_permissions",
        "set_len",
        "set_times",
    ];
    let few = [
        "app/demo.rs",
        "app/documents.rs",
        // It alone writes a file of Claude's, for the commands that are asked to.
        "app/settings_file.rs",
        "app/tokens.rs",
        "paths.rs",
        "leader.rs",
        "output/log.rs",
        "sources/inbox.rs",
        "sources/memory.rs",
        "store/schema.rs",
        "store/backup.rs",
        "store/quarantine.rs",
        "store/place.rs",
    ];
    only_in(&writes, &few);
}

/// The pages say for each invariant which test keeps it, and for each fault which one produces it; such a test has to be
/// there.
#[test]
fn the_pages_name_tests_that_exist() {
    names_tests("docs/architecture.md", "\n| what holds | what keeps it |\n", 10);
    let faults = "\n| fault | how it is produced | what is seen | test |\n";
    names_tests("docs/reliability.md", faults, 40);
}

/// Checks that the tables of a page that begin so name tests that exist: one in each row, and so many at least.
fn names_tests(page: &str, begin: &str, least: usize) {
    let text = fs::read_to_string(repository().join(page)).unwrap();
    let mut code: String = sources().iter().map(|source| source.code.as_str()).collect();
    for entry in fs::read_dir(repository().join("tests/e2e")).unwrap() {
        code += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let tables = text.split(begin).skip(1);
    let rows = tables.flat_map(|table| table.lines().skip(1).take_while(|line| line.starts_with('|')));
    let mut count = 0;
    for row in rows {
        let names = row.split('`').skip(1).step_by(2).filter(|name| name.contains("::"));
        for name in names {
            let function = name.rsplit("::").next().unwrap_or_default();
            assert!(code.contains(&format!("fn {function}(")), "{page} names {name}, which does not exist");
            count += 1;
        }
        let in_code = row.contains("::") || row.contains("Clippy") || row.contains("unsafe_code");
        assert!(in_code, "{page} names no test in {row:?}");
    }
    assert!(count > least, "the tables of {page} name hardly any test");
}
