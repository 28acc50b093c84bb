//! A process that is killed at any point of reading loses nothing and counts nothing twice.

use crate::home::TestHome;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

const FILES: usize = 24;
const RESPONSES: usize = 250;
const KILLS: u64 = 24;
const KEYS: [&str; 11] =
    ["model", "project", "session", "branch", "agent", "skill", "tool", "mcp", "day", "hour", "kind"];

/// A session with responses of two lines each, some of which a second session copies.
fn session(number: usize) -> String {
    let mut text = String::new();
    let copied = if number % 6 == 5 { r#""forkedFrom":{"sessionId":"other"},"# } else { "" };
    let owner = if number % 6 == 5 { number - 1 } else { number };
    for index in 0..RESPONSES {
        let (day, minute, second) = (1 + owner, index / 60, index % 60);
        for (line, output) in [(0, 8), (1, 100 + index)] {
            let _ = writeln!(
                text,
                r#"{{"type":"assistant",{copied}"sessionId":"session-{number}","cwd":"/work/app-{owner}","gitBranch":"b{}","uuid":"u{owner}-{index}-{line}","timestamp":"2026-05-{day:02}T10:{minute:02}:{second:02}.000Z","requestId":"r{owner}-{index}","message":{{"id":"msg_{owner}_{index}","model":"claude-opus-4-6","stop_reason":"end_turn","content":[{{"type":"tool_use","id":"t{owner}-{index}-{line}","name":"Edit","input":{{"file_path":"/work/f{}"}}}}],"usage":{{"input_tokens":{index},"output_tokens":{output},"cache_read_input_tokens":1000}}}}}}"#,
                index % 3,
                index % 7,
            );
        }
    }
    text
}

fn reports(home: &TestHome) -> Vec<String> {
    let report = |key: &&str| {
        let output = home.command(["breakdown", "--by", key, "--json"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    KEYS.iter().map(report).collect()
}

#[test]
fn kills_lose_nothing() {
    let (killed, spared) = (TestHome::new(), TestHome::new());
    for home in [&killed, &spared] {
        for number in 0..FILES {
            home.append(&format!("-work-app-{number}"), &format!("session-{number}"), &session(number));
        }
    }
    // Any spread of moments does; this one reaches from the start of the process to beyond the end of its work.
    let mut moment = 0x9e37_79b9_u64;
    let mut died = 0;
    for _ in 0..KILLS {
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child =
            killed.command(["ingest"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(1_000 + (moment >> 33) % 300_000));
        child.kill().unwrap();
        died += usize::from(!child.wait().unwrap().success());
    }
    assert!(died > 0, "no process was killed in the midst of its work");
    let (killed, spared) = (reports(&killed), reports(&spared));
    for ((key, killed), spared) in KEYS.iter().zip(killed).zip(spared) {
        assert_eq!(killed, spared, "by {key}");
    }
}
