//! The rules that have to be switched on to be heard, each once through the real server.

use crate::day::Day;
use crate::desktop::Daemon;
use crate::editor::Editor;
use crate::home::TestHome;
use crate::transcript::{Usage, Voice};
use serde_json::{Value, json};

const WEEK: i64 = 7 * 24 * 3_600_000;
const SPIKE: &str = "11111111-1111-4111-8111-111111111111";
const BURST: &str = "22222222-2222-4222-8222-222222222222";
const FULL: &str = "33333333-3333-4333-8333-333333333333";
const COLD: &str = "44444444-4444-4444-8444-444444444444";

/// Waits for an alert of a rule; gives its session and what it says.
fn alert(editor: &mut Editor, rule: &str) -> (Value, String) {
    let heard = editor
        .client
        .wait_for(|message| message["method"] == "costline/alert" && message["params"]["rule"] == rule);
    let params = &heard["params"];
    assert_eq!(params["severity"], "warning");
    (params["session"].clone(), params["message"].as_str().unwrap().to_owned())
}

#[test]
fn each_that_is_switched_on_is_heard_once() {
    let home = TestHome::new();
    home.configure(
        "[alerts]\nspike = \"tell\"\ncontext = \"tell\"\ncold_cache = \"tell\"\nsubagents = \"tell\"\n",
    );
    let bus = Daemon::at(&home.path().join("run/bus"));
    let Some(mut day) = Day::new(home, &bus) else { return };
    let start = day.now();
    let voice = |session: &str, project: &str| Voice::new(session, &day.home.path().join(project));
    let append = |day: &Day, session: &str, lines: &[String]| {
        day.home.append("-project", session, &lines.concat());
    };
    // On three Mondays at this time it was $0.30 each.
    let spike = voice(SPIKE, "spike");
    let before = (1..=3)
        .map(|week| spike.response(&format!("before {week}"), start - week * WEEK, Usage::of(0, 20_000)));
    append(&day, SPIKE, &before.collect::<Vec<_>>());
    // An hour ago, too, in another project.
    let burst = voice(BURST, "burst");
    append(&day, BURST, &[burst.response("hour ago", start - 3_600_000, Usage::of(0, 20_000))]);
    let (full, cold) = (voice(FULL, "full"), voice(COLD, "cold"));
    let mut editor = day.editor();
    editor.until(|status| status["allTime"]["messages"] == 4);

    append(&day, SPIKE, &[spike.response("now", start, Usage::of(0, 100_000))]);
    assert_eq!(
        alert(&mut editor, "spike"),
        (
            Value::Null,
            "This hour cost $1.50 so far; on this weekday it usually costs $0.30, all by spike ($1.50)"
                .to_owned()
        )
    );

    let agents = ["a", "b", "c"]
        .map(|agent| burst.subagent(agent).response(&format!("of {agent}"), start, Usage::of(0, 30_000)));
    append(&day, BURST, &agents);
    let (_, said) = alert(&mut editor, "subagents");
    assert_eq!(
        said,
        "3 subagents are at work in burst: it cost $1.35 in this quarter of an hour, and never more than $0.30 before"
    );

    // 170,000 of 200,000.
    append(&day, FULL, &[full.response("full", start, Usage { read: 170_000, ..Usage::default() })]);
    let (session, said) = alert(&mut editor, "context");
    assert_eq!(session, FULL);
    assert!(
        said.starts_with("The context of the session 33333333 is 85 % full; Claude Code compacts it at"),
        "{said}"
    );

    append(&day, COLD, &[cold.response("cold", start, Usage { write_5m: 80_000, ..Usage::default() })]);
    editor.until(|status| status["allTime"]["messages"] == 10);
    // What is written lives for five minutes: a hundred seconds are left.
    day.pass(200);
    append(&day, SPIKE, &[spike.response("later", day.now(), Usage::of(0, 10))]);
    let mut told = [alert(&mut editor, "coldCache"), alert(&mut editor, "coldCache")];
    told.sort_by_key(|(session, _)| session.to_string());
    // $3.75 for a million tokens.
    for ((session, said), (expected, number, cost)) in
        told.iter().zip([(FULL, "33333333", "$0.64"), (COLD, "44444444", "$0.30")])
    {
        assert_eq!(session, expected);
        assert!(said.starts_with(&format!("The prompt cache of the session {number} goes cold")), "{said}");
        assert!(said.ends_with(&format!("the next turn after that pays {cost} to write it anew")), "{said}");
    }
    editor.client.request("costline/getStatus", json!({}));
    let more = editor.client.passed().iter().filter(|message| message["method"] == "costline/alert");
    assert_eq!(more.collect::<Vec<_>>(), [&Value::Null; 0]);
}
