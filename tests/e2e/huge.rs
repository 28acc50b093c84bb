//! Lines of many megabytes, as images and pasted files make them: read without being held.

use crate::home::TestHome;
use crate::lines::{Line, assistant, prompt, tool_result};
use crate::rig::{Disk, Rig};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::Stdio;

/// Stands in a line for what makes it huge.
const HOLE: &str = "HOLE";
const MEGABYTE: usize = 1 << 20;

/// Writes a line with so many bytes in the place of its hole.
fn write_huge(file: &mut impl Write, line: &Line, bytes: usize) {
    let text = line.text();
    let (before, after) = text.split_once(HOLE).unwrap();
    file.write_all(before.as_bytes()).unwrap();
    // Code with quotes, braces and the filter's own words in it, as a tool's output has them.
    let block = r#"let x = {\"usage\": 1};\n\tübung // "#.repeat(1 << 11);
    for _ in 0..bytes / block.len() {
        file.write_all(block.as_bytes()).unwrap();
    }
    file.write_all(after.as_bytes()).unwrap();
}

/// Lines that are huge somewhere, each with how many responses it is.
fn cases() -> Vec<(&'static str, Line, i64)> {
    let tool = |input: Value| {
        assistant("msg_huge").set(
            "/message/content",
            json!([{"type": "tool_use", "id": "t", "name": "Write", "input": input}]),
        )
    };
    vec![
        ("a tool's result", tool_result("t", json!({"stdout": HOLE})), 0),
        (
            "a tool's result with an edit",
            tool_result("t", json!({"originalFile": HOLE, "structuredPatch": []})),
            0,
        ),
        (
            "a new file",
            tool_result("t", json!({"type": "create", "content": HOLE, "structuredPatch": []})),
            0,
        ),
        ("a prompt", prompt(HOLE).set("/uuid", "u"), 0),
        ("a text", assistant("msg_huge").set("/message/content/0/text", HOLE), 1),
        ("a tool's input", tool(json!({"file_path": "/a", "content": HOLE})), 1),
        ("an unknown key", assistant("msg_huge").set("/another", json!([{"x": HOLE}])), 1),
    ]
}

/// The most memory that a process held so far, in megabytes; `None` where that cannot be asked, or it has ended.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

#[test]
fn sixty_four_megabytes_are_never_held() {
    let told = ["a tool's result", "a new file", "a text", "a tool's input"];
    for (what, line, count) in cases().into_iter().filter(|(what, ..)| told.contains(what)) {
        let home = TestHome::new();
        let path = home.append("-app", "s1", &assistant("msg_before").line());
        let mut file = BufWriter::new(File::options().append(true).open(&path).unwrap());
        write_huge(&mut file, &line, 64 * MEGABYTE);
        file.write_all(format!("\n{}", assistant("msg_after").line()).as_bytes()).unwrap();
        drop(file);
        let mut child = home.command(["ingest"]).stdout(Stdio::null()).spawn().unwrap();
        let mut most = None;
        while child.try_wait().unwrap().is_none() {
            most = most.max(peak(child.id()));
            std::thread::yield_now();
        }
        if cfg!(target_os = "linux") {
            assert!(most.is_some_and(|most| most < 60), "{what}: {most:?} MB");
        }
        let output = home.command(["breakdown", "--json", "--no-ingest"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["totals"]["messages"], 2 + count, "{what}");
        assert_eq!(report["totals"]["outputTokens"], (2 + count) * 20, "{what}");
        let summary = home.command(["ingest", "--json"]).output().unwrap();
        let summary: Value = serde_json::from_slice(&summary.stdout).unwrap();
        assert_eq!((&summary["faults"], &summary["filesRead"]), (&json!({}), &json!(0)), "{what}");
    }
}

#[test]
fn three_megabytes_count_wherever_they_stand() {
    for (what, line, count) in cases() {
        let mut huge = Vec::new();
        write_huge(&mut huge, &line, 3 * MEGABYTE);
        let plain = |id: &str| assistant(id).line().into_bytes();
        let (a, b) = (plain("msg_a"), plain("msg_b"));
        let newline = b"\n".to_vec();
        for (place, text, others) in [
            ("alone, without a newline", vec![&huge], 0),
            ("between", vec![&a, &huge, &newline, &b], 2),
            ("last, without a newline", vec![&a, &b, &huge], 2),
            ("twice", vec![&a, &huge, &newline, &huge, &newline, &b], 2),
        ] {
            let disk = Disk::new();
            disk.write("-app/s1.jsonl", text.into_iter().flatten().copied().collect::<Vec<u8>>());
            let mut rig = Rig::of(&disk);
            let expected = [1, 1, 20, 300, 0, 4000].map(|one| one * (count + others));
            assert_eq!((rig.counts(), rig.faults()), (expected, Vec::new()), "{what}, {place}");
            // What follows is read from the right place.
            let end = if place.contains("without") { "\n" } else { "" };
            disk.append("-app/s1.jsonl", format!("{end}{}", assistant("msg_c").line()));
            assert_eq!(rig.read(), 1);
            let expected = [1, 1, 20, 300, 0, 4000].map(|one| one * (count + others + 1));
            assert_eq!((rig.counts(), rig.faults()), (expected, Vec::new()), "{what}, {place}, appended");
        }
    }
}

#[test]
fn a_huge_line_in_many_writes_counts_once() {
    let mut huge = Vec::new();
    write_huge(&mut huge, &assistant("msg_huge").set("/message/content/0/text", HOLE), 3 * MEGABYTE);
    huge.push(b'\n');
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    disk.append("-app/s1.jsonl", assistant("msg_a").line());
    for piece in huge.chunks(700_000) {
        disk.append("-app/s1.jsonl", piece);
        rig.read();
        assert_eq!(rig.faults(), []);
    }
    disk.append("-app/s1.jsonl", assistant("msg_b").line());
    rig.read();
    assert_eq!((rig.counts()[0], rig.faults()), (3, Vec::new()));
    rig.check_sums();
}

#[test]
fn damage_before_a_huge_line_costs_no_more_than_before_a_small_one() {
    let huge = |line: &Line| {
        let mut bytes = Vec::new();
        write_huge(&mut bytes, &line.clone().set("/message/content/0/text", HOLE), 2 * MEGABYTE);
        String::from_utf8(bytes).unwrap()
    };
    let (a, b) = (huge(&assistant("msg_a")), huge(&assistant("msg_b")));
    for (what, text, count) in [
        ("NUL bytes", format!("{}{a}\n{b}\n", "\0".repeat(700)), 2),
        ("a byte order mark", format!("\u{feff}{a}\n{b}\n"), 2),
        ("glued", format!("{a}{b}\n"), 2),
        ("CRLF", format!("{a}\r\n{b}\r\n"), 2),
    ] {
        let disk = Disk::new();
        disk.write("-app/s1.jsonl", text);
        assert_eq!(Rig::of(&disk).counts()[0], count, "{what}");
    }
}
