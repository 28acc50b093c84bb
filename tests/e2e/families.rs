//! Subagents, forks, resumed sessions, and files that are copied, linked, replaced or gone; each case worked out by hand.

use crate::lines::{Line, assistant, lines, prompt, tool_result};
use crate::oddities::{ONE, check, times};
use crate::rig::{Disk, Rig};
use costline::reports::By;
use costline::store::ALL_ROOTS;
use serde_json::{Value, json};
use std::fs;

#[test]
fn progress_copies_count_where_no_file_holds_the_response() {
    let held = assistant("msg_a").agent("x");
    let copy = |id: &str, output: i64| {
        let inner = assistant(id).output(output);
        let inner = json!({"type": "assistant", "timestamp": "2026-11-02T09:59:00.000Z", "uuid": format!("i-{id}"),
                           "requestId": inner.0["requestId"], "message": inner.0["message"]});
        prompt("x")
            .set("/type", "progress")
            .set("/data", json!({"type": "agent_progress", "agentId": "x", "message": inner}))
    };
    let (main, agent) = ("-app/s1.jsonl", "-app/s1/subagents/agent-x.jsonl");
    for order in [[main, agent], [agent, main]] {
        let disk = Disk::new();
        let mut rig = Rig::new(&[disk.root("claude")]);
        for path in order {
            let text =
                if path == main { lines(&[copy("msg_a", 999), copy("msg_b", 7)]) } else { held.line() };
            disk.write(path, text);
            rig.read();
        }
        // `msg_a` as its file has it, `msg_b` as the copy has it.
        assert_eq!(rig.counts(), [2, 2, 20 + 7, 600, 0, 8000], "{order:?}");
        assert_eq!(rig.report(By::Kind).totals.lower_bound_messages, 1);
        assert_eq!(rig.keys(By::Kind), [("subagent".to_owned(), 2)]);
        assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 2)]);
        rig.check_sums();
    }
    let not = copy("msg_c", 7).set("/data/type", "bash_progress");
    check("another progress", not.line(), times(0), &[]);
}

#[test]
fn subagents_count_in_every_layout() {
    let agent = |id: &str| assistant(id).agent("x").line();
    let disk = Disk::new();
    disk.write(
        "-app/s1.jsonl",
        assistant("msg_main").line() + &assistant("msg_inline").set("/isSidechain", true).line(),
    );
    disk.write("-app/s1/subagents/agent-x.jsonl", agent("msg_1"));
    disk.write("-app/s1/subagents/workflows/wf_12345678-abc/agent-x.jsonl", agent("msg_2"));
    disk.write("-app/agent-x.jsonl", agent("msg_3"));
    // The place tells what the lines do not.
    let bare = assistant("msg_4").set("/sessionId", Value::Null).set("/isSidechain", Value::Null);
    disk.write("-app/s1/subagents/agent-y.jsonl", bare.line());
    // None of these are sessions.
    for path in [
        "-app/s1/subagents/workflows/wf_12345678-abc/journal.jsonl",
        "-app/memory/m.jsonl",
        "-app/s1/tool-results/t.jsonl",
        "-app/s1.jsonl.orphaned",
        "-app/s2.orphaned.jsonl",
        "-app/s3.superseded-1.jsonl",
        "-app/s1/custom-title.json",
        "-app/s4.jsonl.bak",
    ] {
        disk.write(path, assistant("msg_never").line());
    }
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), times(6));
    assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 6)]);
    assert_eq!(rig.keys(By::Kind), [("main".to_owned(), 1), ("subagent".to_owned(), 5)]);
    rig.check_sums();
}

#[test]
fn the_type_of_a_subagent_is_found_where_it_is_told() {
    let response = || assistant("msg_a").agent("x");
    let started = || {
        let call = json!([{"type": "tool_use", "id": "toolu_1", "name": "Task", "input": {"subagent_type": "by-input"}}]);
        assistant("msg_main").set("/message/content", call)
    };
    let note = |report: Value| tool_result("toolu_1", report);
    let done = |kind: Value| json!({"status": "completed", "agentId": "x", "agentType": kind, "usage": {}});
    let launched = json!({"isAsync": true, "status": "async_launched", "agentId": "x"});
    let meta = r#"{"agentType":"by-meta","toolUseId":"toolu_9"}"#;
    for (what, agent, main, meta, expected) in [
        ("its description", response().set("/attributionAgent", "by-line"), vec![], Some(meta), "by-meta"),
        (
            "its lines",
            response().set("/attributionAgent", "by-line"),
            vec![note(done("by-note".into()))],
            None,
            "by-line",
        ),
        ("its parent's note", response(), vec![started(), note(done("by-note".into()))], None, "by-note"),
        ("what started it", response(), vec![started(), note(done(Value::Null))], None, "by-input"),
        ("what started it in the background", response(), vec![started(), note(launched)], None, "by-input"),
        ("nothing", response(), vec![], None, "unknown"),
    ] {
        for agent_first in [true, false] {
            let disk = Disk::new();
            let mut rig = Rig::new(&[disk.root("claude")]);
            let write_agent = || {
                disk.write("-app/s1/subagents/agent-x.jsonl", agent.line());
                if let Some(meta) = meta {
                    disk.write("-app/s1/subagents/agent-x.meta.json", meta);
                }
            };
            if agent_first {
                write_agent();
                rig.read();
            }
            disk.write("-app/s1.jsonl", lines(&main));
            rig.read();
            if !agent_first {
                write_agent();
                rig.read();
            }
            let agents: Vec<_> = rig.keys(By::Agent).into_iter().filter(|(key, _)| !key.is_empty()).collect();
            assert_eq!(agents, [(expected.to_owned(), 1)], "{what}, agent first: {agent_first}");
        }
    }
}

/// Writes a file that is younger than another, as far as the file system tells times apart.
fn write_later(disk: &Disk, path: &str, text: &str, than: &str) {
    let born = |path: &str| {
        let meta = fs::metadata(disk.at(path)).unwrap();
        costline::tail::born(&meta)
    };
    loop {
        disk.write(path, text);
        if born(path) > born(than) {
            return;
        }
        fs::remove_file(disk.at(path)).unwrap();
    }
}

#[test]
fn a_fork_leaves_the_cost_with_the_original() {
    let history = ["msg_a", "msg_b"].map(assistant);
    let copied = |session: &str| {
        history.clone().map(|line| line.set("/sessionId", session).set("/entrypoint", "sdk-cli"))
    };
    let from = json!({"messageUuid": "u-msg_a", "sessionId": "s1"});
    let marked = copied("a-fork").map(|line| line.set("/forkedFrom", from.clone()));
    let twin = copied("a-fork").map(|line| line.set("/session_id", "s1"));
    let own = assistant("msg_own").set("/sessionId", "a-fork");
    for (what, fork) in [("marked", marked), ("by its twin", twin), ("unmarked", copied("a-fork"))] {
        for fork_first in [true, false] {
            let disk = Disk::new();
            disk.write("-app/s1.jsonl", lines(&history));
            // Its path comes first: the file's age decides, not its name.
            write_later(&disk, "-app/a-fork.jsonl", &(lines(&fork) + &own.line()), "-app/s1.jsonl");
            let mut rig = Rig::new(&[disk.root("claude")]);
            let mut jobs = rig.jobs();
            jobs.sort_by_key(|job| job.path.ends_with("a-fork.jsonl") != fork_first);
            rig.read_jobs(&jobs);
            assert_eq!(rig.counts(), times(3), "{what}");
            let expected = [("a-fork".to_owned(), 1), ("s1".to_owned(), 2)];
            assert_eq!(rig.keys(By::Session), expected, "{what}, fork first: {fork_first}");
            rig.check_sums();
        }
    }
}

#[test]
fn a_fork_may_finish_what_the_original_did_not() {
    let partial = assistant("msg_a").output(3).unfinished();
    let whole =
        assistant("msg_a").output(500).set("/sessionId", "s2").set("/forkedFrom", json!({"sessionId": "s1"}));
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    for (path, line) in [("-app/s1.jsonl", partial), ("-app/s2.jsonl", whole)] {
        disk.write(path, line.line());
        rig.read();
    }
    assert_eq!(rig.counts(), [1, 1, 500, 300, 0, 4000]);
    assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 1)]);
    assert_eq!(rig.report(By::Day).totals.lower_bound_messages, 0);
}

#[test]
fn a_sidechain_replay_leaves_the_cost_with_the_main_thread() {
    for agent_first in [true, false] {
        let disk = Disk::new();
        disk.write("-app/s1.jsonl", assistant("msg_a").line());
        disk.write(
            "-app/s1/subagents/agent-x.jsonl",
            assistant("msg_a").agent("x").set("/requestId", "req_2").line(),
        );
        let mut rig = Rig::new(&[disk.root("claude")]);
        let mut jobs = rig.jobs();
        jobs.sort_by_key(|job| job.path.ends_with("agent-x.jsonl") != agent_first);
        rig.read_jobs(&jobs);
        assert_eq!((rig.counts(), rig.keys(By::Kind)), (ONE, vec![("main".to_owned(), 1)]));
        rig.check_sums();
    }
}

#[test]
fn an_old_resume_that_copied_its_history_counts_once() {
    let disk = Disk::new();
    let history = ["msg_a", "msg_b"].map(assistant);
    disk.write("-app/s1.jsonl", lines(&history));
    let resumed = lines(&history.map(|line| line.set("/sessionId", "s2")));
    write_later(
        &disk,
        "-app/s2.jsonl",
        &(resumed + &assistant("msg_c").set("/sessionId", "s2").line()),
        "-app/s1.jsonl",
    );
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), times(3));
    assert_eq!(rig.keys(By::Session), [("s1".to_owned(), 2), ("s2".to_owned(), 1)]);
}

#[test]
fn history_outlives_its_files() {
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    assert_eq!((rig.read(), rig.counts()), (0, times(0)), "no folder yet");
    let path = disk.write("-app/s1.jsonl", lines(["msg_a", "msg_b"].map(assistant).iter()));
    rig.read();
    assert_eq!(rig.counts(), times(2));
    // Shorter, with another response: what was read stays.
    disk.write("-app/s1.jsonl", assistant("msg_c").line());
    rig.read();
    assert_eq!(rig.counts(), times(3));
    // Other bytes of the same length.
    disk.write("-app/s1.jsonl", assistant("msg_d").line());
    let older = fs::metadata(&path).unwrap().modified().unwrap() - std::time::Duration::from_secs(100);
    fs::File::options().write(true).open(&path).unwrap().set_modified(older).unwrap();
    rig.read();
    assert_eq!(rig.counts(), times(4));
    // Gone, and there again.
    fs::remove_file(&path).unwrap();
    assert_eq!((rig.read(), rig.counts()), (0, times(4)));
    disk.write("-app/s1.jsonl", lines(["msg_a", "msg_e"].map(assistant).iter()));
    rig.read();
    assert_eq!(rig.counts(), times(5));
    disk.write("-other/s2.jsonl", assistant("msg_f").line());
    rig.read();
    assert_eq!((rig.counts(), rig.faults()), (times(6), Vec::new()));
    rig.check_sums();
}

#[test]
fn a_replaced_file_keeps_the_faults_of_all_its_parts() {
    // More responses than are handed over at once, with a corrupt line at the beginning.
    let many: Vec<Line> = (0..1200).map(|index| assistant(&format!("msg_{index}"))).collect();
    let disk = Disk::new();
    let mut rig = Rig::new(&[disk.root("claude")]);
    disk.write("-app/s1.jsonl", assistant("msg_0").line());
    rig.read();
    disk.write("-app/s1.jsonl", format!("no JSON\n{}", lines(&many)));
    rig.read();
    assert_eq!((rig.counts(), rig.faults()), (times(1200), vec![("corrupt".to_owned(), 1)]));
    rig.check_sums();
}

#[test]
#[cfg(unix)]
fn links_lead_to_transcripts_once() {
    use std::os::unix::fs::symlink;
    let disk = Disk::new();
    let path = disk.write("-app/s1.jsonl", assistant("msg_a").line());
    fs::hard_link(&path, disk.at("-app/again.jsonl")).unwrap();
    fs::create_dir_all(disk.path().join("elsewhere/-far")).unwrap();
    fs::write(disk.path().join("elsewhere/-far/s2.jsonl"), assistant("msg_b").line()).unwrap();
    symlink(disk.path().join("elsewhere/-far"), disk.at("-linked")).unwrap();
    symlink(disk.path().join("gone"), disk.at("-broken")).unwrap();
    symlink(disk.path().join("gone.jsonl"), disk.at("-app/broken.jsonl")).unwrap();
    symlink(&path, disk.at("-app/link.jsonl")).unwrap();
    symlink(disk.root("claude"), disk.at("-app/loop")).unwrap();
    let rig = Rig::of(&disk);
    assert_eq!(rig.counts(), times(2));
    // The root itself is a link.
    let root = disk.root("linked");
    fs::create_dir_all(root.parent().unwrap()).unwrap();
    symlink(disk.root("claude"), &root).unwrap();
    let mut linked = Rig::new(&[root]);
    linked.read();
    assert_eq!(linked.counts(), times(2));
}

#[test]
fn two_roots_with_the_same_content_count_once_together() {
    let disk = Disk::new();
    let roots = [disk.root("claude"), disk.root("copy")];
    let mut rig = Rig::new(&roots);
    let copy = |from: &str, to: &str| {
        let to = roots[1].join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(disk.at(from), to).unwrap();
    };
    disk.write("-app/s1.jsonl", lines(["msg_a", "msg_b"].map(assistant).iter()));
    copy("-app/s1.jsonl", "-app/s1.jsonl");
    rig.read();
    // One root learns more than the other, later.
    disk.append("-app/s1.jsonl", assistant("msg_c").line());
    rig.read();
    rig.check_sums();
    let [first, second] = [&roots[0], &roots[1]].map(|root| rig.bit(root));
    for by in [By::Day, By::Model, By::Session, By::Tool] {
        let messages = |roots| rig.report_of(by, roots).totals.messages;
        assert_eq!([first, second, first | second, ALL_ROOTS].map(messages), [3, 2, 3, 3], "{by:?}");
    }
    copy("-app/s1.jsonl", "-app/s1.jsonl");
    rig.read();
    for roots in [first, second, ALL_ROOTS] {
        let totals = rig.report_of(By::Session, roots).totals;
        assert_eq!((totals.messages, totals.sessions, totals.output_tokens), (3, 1, 60));
    }
}

#[test]
fn edits_are_counted_in_lines() {
    let call = |name: &str, id: &str| json!([{"type": "tool_use", "id": id, "name": name, "input": {"file_path": format!("/{id}")}}]);
    let patch = json!([{"lines": [" a", "+b", "+c", "-d"]}, {"lines": ["+e", null, 7]}]);
    let text = lines(&[
        prompt("go"),
        assistant("msg_a").set("/message/content", call("Edit", "t1")),
        tool_result("t1", json!({"filePath": "/t1", "structuredPatch": patch})),
        assistant("msg_b").set("/message/content", call("Write", "t2")),
        tool_result("t2", json!({"type": "create", "content": "x\ny\nz\n", "structuredPatch": []})),
        assistant("msg_c").set("/message/content", call("Edit", "t3")),
        tool_result("t3", json!("Error")).set("/message/content/0/is_error", true),
    ]);
    let rig = check("edits", text, times(3), &[]);
    let report = rig.report(By::Tool);
    let mut rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| {
            let extra = row.extra.as_ref().unwrap();
            (
                row.key.as_str(),
                extra.uses,
                extra.failures,
                extra.lines_added,
                extra.lines_removed,
                extra.files_modified,
            )
        })
        .collect();
    rows.sort_unstable();
    assert_eq!(rows, [("Edit", Some(2), Some(1), 3, 1, 1), ("Write", Some(1), Some(0), 3, 0, 1)]);
}
