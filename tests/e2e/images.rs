//! What a power cut can leave of the database: its file and its log as they were at any moment, the end of the log
//! missing, a checkpoint half done. Read on from there, everything counts exactly once.

use crate::rig::{Disk, Rig};
use crate::transcript::{Usage, Voice, at};
use costline::store::{Error, backup, check};
use costline::tail::Reader;
use rusqlite::types::Value as Cell;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

const FILES: usize = 5;
const ROUNDS: usize = 6;
const PAGE: usize = 4096;

/// A spread of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// Appends to every file: responses of two lines, some with tools, some copied from another session.
fn append(disk: &Disk, round: usize) {
    let start = at("2026-03-02T10:00:00Z");
    for file in 0..FILES {
        let voice = Voice::new(&format!("session-{file}"), Path::new("/work/app"));
        let mut text = voice.prompt(&format!("p{file}-{round}"), start + round as i64 * 60_000);
        for index in 0..8 {
            let id = format!("{}-{round}-{index}", if index == 7 { 0 } else { file });
            let time = start + (round * 60_000 + index * 500) as i64;
            text += &voice.tools(&id, time, Usage::of(100 + index as i64, 1), &["Edit", "Read"]);
            text += &voice.response(&id, time + 5, Usage::of(100 + index as i64, 20 + round as i64));
        }
        disk.append(&format!("-app/session-{file}.jsonl"), text);
    }
}

/// The two files that a database is made of while it is in use.
#[derive(Clone)]
struct Image {
    database: Vec<u8>,
    log: Vec<u8>,
}

impl Image {
    fn of(path: &Path) -> Self {
        let log = fs::read(path.with_extension("db-wal")).unwrap_or_default();
        Self { database: fs::read(path).unwrap(), log }
    }

    /// A database as it would be found at the next start.
    fn found(&self, roots: &[std::path::PathBuf]) -> Rig {
        let folder = TempDir::with_prefix("costline-").unwrap();
        fs::write(folder.path().join("usage.db"), &self.database).unwrap();
        fs::write(folder.path().join("usage.db-wal"), &self.log).unwrap();
        Rig::on(folder, roots)
    }
}

fn check(image: &Image, disk: &Disk, expected: &[(&'static str, Vec<Vec<Cell>>)], what: &str) {
    let mut rig = image.found(&[disk.root("claude")]);
    assert_eq!(check::findings(&rig.path()).unwrap(), [""; 0], "{what}");
    rig.read();
    for ((name, found), (_, wanted)) in rig.content().iter().zip(expected) {
        assert_eq!(found, wanted, "{what}: {name}");
    }
}

#[test]
fn a_power_cut_loses_and_doubles_nothing() {
    let disk = Disk::new();
    let mut dice = Dice(7);
    let mut images: Vec<(String, Image)> = Vec::new();
    append(&disk, 0);
    let mut rig = Rig::new(&[disk.root("claude")]);
    let path = rig.path();
    for round in 1..=ROUNDS {
        let mut stretch = 0;
        rig.read_on(|_| {
            stretch += 1;
            if dice.below(3) == 0 {
                images.push((format!("round {round}, stretch {stretch}"), Image::of(&path)));
            }
        });
        rig.ingest().commit(round as i64).unwrap();
        let whole = Image::of(&path);
        // What was not asked to be put down may be missing from its end on.
        for _ in 0..3 {
            let length = dice.below(whole.log.len());
            let log = whole.log[..length].to_vec();
            images
                .push((format!("round {round}, {length} bytes of the log"), Image { log, ..whole.clone() }));
        }
        // Or the last page of it is garbage.
        let mut torn = whole.clone();
        if let Some(from) = torn.log.len().checked_sub(PAGE / 2) {
            torn.log[from..].fill(0xa5);
        }
        images.push((format!("round {round}, garbage at the end of the log"), torn));
        if round % 2 == 0 {
            // A checkpoint writes pages in any order; the log stays whole until it is done.
            let before = Image::of(&path);
            rig.ingest().writer().rest();
            let after = Image::of(&path);
            for _ in 0..2 {
                let mut database = after.database.clone();
                for (index, page) in database.chunks_mut(PAGE).enumerate() {
                    if dice.below(2) == 0 {
                        match before.database.chunks(PAGE).nth(index) {
                            Some(old) => page.copy_from_slice(old),
                            None => page.fill(0),
                        }
                    }
                }
                let what = format!("round {round}, a checkpoint half done");
                images.push((what, Image { database, log: before.log.clone() }));
            }
            images.push((format!("round {round}, after a checkpoint"), after));
        }
        append(&disk, round);
    }
    let expected = Rig::of(&disk).content();
    assert!(images.len() > 30, "{} images", images.len());
    for (what, image) in &images {
        check(image, &disk, &expected, what);
    }
}

#[test]
fn backups_beside_a_writer_are_whole() {
    let disk = Disk::new();
    append(&disk, 0);
    let mut rig = Rig::of(&disk);
    let path = rig.path();
    let copies = TempDir::with_prefix("costline-").unwrap();
    let done = AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let backups = scope.spawn(|| {
            let mut made = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let copy = copies.path().join(format!("{}.db", made.len()));
                backup::copy_to(&path, &copy).unwrap();
                made.push(copy);
            }
            made
        });
        for round in 1..=12 {
            append(&disk, round);
            rig.read();
        }
        done.store(true, Ordering::Relaxed);
        backups.join().unwrap()
    });
    assert!(made.len() > 1, "{} backups", made.len());
    let mut last = 0;
    for copy in made {
        assert_eq!(check::findings(&copy).unwrap(), [""; 0], "{}", copy.display());
        assert!(!copy.with_extension("db-wal").exists(), "it is one file");
        let held = check::extent(&copy).unwrap().messages;
        assert!(held >= last, "{held} after {last}");
        last = held;
    }
}

#[test]
fn what_follows_a_lost_stretch_waits_until_that_is_read_again() {
    let disk = Disk::new();
    let voice = Voice::new("session-0", Path::new("/work/app"));
    let start = at("2026-03-02T10:00:00Z");
    let line = |index: i64| voice.response(&index.to_string(), start + index, Usage::of(100, index));
    disk.append("-app/session-0.jsonl", (0..1_200).map(line).collect::<String>());
    let mut rig = Rig::new(&[disk.root("claude")]);
    let stranger = rusqlite::Connection::open(rig.path()).unwrap();
    let jobs = rig.jobs();
    rig.ingest().commit(1).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut stretch = 0;
    let read = Reader::default().read(&jobs[0], |part| {
        stretch += 1;
        let outcome = rig.ingest().absorb(&part);
        if stretch == 1 {
            assert!(matches!(outcome, Err(Error::Locked)), "{outcome:?}");
            stranger.execute_batch("ROLLBACK").unwrap();
        }
        true
    });
    read.unwrap();
    assert!(stretch > 1, "{stretch} stretches");
    rig.ingest().commit(1).unwrap();
    assert_eq!(rig.read(), 1, "the file counts as unread");
    assert_eq!(rig.content(), Rig::of(&disk).content());
}
