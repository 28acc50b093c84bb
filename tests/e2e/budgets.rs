//! Budgets and warnings, as people, scripts and editors meet them.

use crate::day::Day;
use crate::desktop::{Daemon, Witness, await_next};
use crate::editor::{Editor, at_noon, nanos};
use crate::home::TestHome;
use crate::process::{json, run, text};
use crate::transcript::{HAIKU, Usage, Voice, now};
use serde_json::{Value, json};
use std::fs;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";
const MILLION: i64 = 1_000_000;

/// Spends so many dollars in the home's project at a moment.
fn spend(home: &TestHome, id: &str, dollars: i64, at: i64) {
    let voice = Voice::new(SESSION, &home.project()).model(HAIKU);
    home.append("-project", SESSION, &voice.response(id, at, Usage::of(dollars * MILLION, 0)));
}

fn command(editor: &mut Editor, command: &str, argument: Value) -> Value {
    editor.client.request("workspace/executeCommand", json!({"command": command, "arguments": [argument]}))
}

/// A folder's budget counts what lies below it, wherever its used part shows; and a list is as long as asked.
#[test]
fn what_is_shown_is_what_counts() {
    let home = TestHome::new();
    let below = home.project().join("web");
    fs::create_dir_all(&below).unwrap();
    spend(&home, "a", 1, now());
    let voice = Voice::new("22222222-2222-4222-8222-222222222222", &below).model(HAIKU);
    let line = voice.response("b", now(), Usage::of(2 * MILLION, 0));
    home.append("-project-web", "22222222-2222-4222-8222-222222222222", &line);
    let (project, linked) = (home.project().display().to_string(), home.path().join("linked"));
    std::os::unix::fs::symlink(home.project(), &linked).unwrap();
    text(&home, &["budget", "set", "--daily", "5", "--project", linked.to_str().unwrap()]);
    let status = run(at_noon(&home, ["budget", "status", "--json"]));
    let status: Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(
        (&status["budgets"][0]["name"], &status["budgets"][0]["usedPercent"]),
        (&json!(project), &json!(60.0))
    );
    let current = run(at_noon(&home, ["current", "--json", "--project", &project]));
    let current: Value = serde_json::from_str(&current.out).unwrap();
    assert_eq!(
        (&current["today"]["totals"]["costUsd"], &current["today"]["budgetUsedPercent"]),
        (&json!(1), &json!(60.0))
    );
    // Fifty percent were crossed; then all thresholds of another budget in one step.
    text(&home, &["budget", "set", "--daily", "2"]);
    run(at_noon(&home, ["budget", "status"]));
    let listed = run(at_noon(&home, ["alerts", "--limit", "1"]));
    assert!(listed.out.contains("daily budget of $2.00"), "{}", listed.out);
    assert_eq!(run(at_noon(&home, ["alerts", "--limit", "0"])).code, Some(2));
    let narrow = run(at_noon(&home, ["alerts"]));
    assert_eq!(narrow.out.lines().filter(|line| line.contains("is spent: ")).count(), 2, "{}", narrow.out);
}

/// A slip of the pen in the config file lifts no limit, and another way to count days counts at once.
#[test]
fn the_config_file_says_what_counts() {
    let home = TestHome::new();
    spend(&home, "a", 4, now());
    let day = 24 * 3_600_000;
    // Longer ago than a cycle lasts in any month.
    spend(&home, "b", 3, now() - 20 * day);
    let shown = |args: &[&str]| run(at_noon(&home, ["budget", "status"].iter().chain(args).copied()));
    let spent = || {
        let status: Value = serde_json::from_str(&shown(&["--json"]).out).unwrap();
        status["budgets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| nanos(&row["spentUsd"]) / 1_000_000_000)
            .collect::<Vec<_>>()
    };
    home.configure("[budgets]\ndaily = 1\nhard = true\n");
    assert_eq!(shown(&["--check"]).code, Some(3));
    home.configure("x y\n[budgets]\ndaily = 1\nhard = true\n");
    let torn = shown(&["--check"]);
    assert_eq!(torn.code, Some(3), "{} {}", torn.out, torn.err);
    assert!(torn.err.contains("not valid TOML"), "{}", torn.err);
    home.configure("");
    assert_eq!(shown(&["--check"]).code, Some(0));
    // The cycle began today, and then with the day on which the first was spent.
    let date = |ago: i64| {
        let at = chrono::DateTime::from_timestamp_millis(now() - ago * day).unwrap();
        at.format("%-d").to_string().parse::<u32>().unwrap()
    };
    home.configure(&format!("[budgets]\ncycle = 100\ncycle_day = {}\n", date(0)));
    assert_eq!(spent(), [4]);
    home.configure(&format!("[budgets]\ncycle = 100\ncycle_day = {}\n", date(20)));
    assert_eq!(spent(), [7]);
}

/// The next warning about a budget.
fn warning(editor: &mut Editor) -> Value {
    editor.client.wait_for(|message| message["method"] == "costline/budgetWarning")["params"].clone()
}

/// Warnings about budgets that came and nobody waited for, once the server has answered a question.
fn more(editor: &mut Editor) -> Vec<Value> {
    editor.client.request("costline/getStatus", json!({}));
    let passed = editor.client.passed().iter();
    passed.filter(|message| message["method"] == "costline/budgetWarning").cloned().collect()
}

fn crossing(warning: &Value) -> (String, i64, u64) {
    let period = warning["period"].as_str().unwrap().to_owned();
    (period, warning["thresholdPercent"].as_i64().unwrap(), nanos(&warning["spentUsd"]) / 1_000_000_000)
}

#[test]
fn set_listed_checked_and_lifted() {
    let home = TestHome::new();
    assert!(text(&home, &["budget", "status"]).starts_with("No budget is set"));
    assert_eq!(
        text(&home, &["budget", "set", "--daily", "10", "--monthly", "$200"]),
        "Set: daily budget of $10.00 (number 1).\nSet: monthly budget of $200.00 (number 2).\n"
    );
    fs::create_dir_all(home.project()).unwrap();
    let project = home.project().display().to_string();
    text(&home, &["budget", "set", "--daily", "5", "--project", "project", "--hard", "--thresholds", "90"]);
    let listed = json(&home, &["budget", "list"]);
    let rows = listed["budgets"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[2]["scope"], &rows[2]["name"], &rows[2]["hard"]),
        (&json!("project"), &json!(project), &json!(true))
    );
    assert_eq!((&rows[2]["limitUsd"], &rows[2]["thresholds"]), (&json!(5), &json!([90])));

    let day = 24 * 3_600_000;
    spend(&home, "yesterday", 100, now() - day);
    spend(&home, "a", 4, now());
    let in_project = |args: &[&str]| {
        let mut command = at_noon(&home, args.iter().copied());
        command.current_dir(home.project());
        run(command)
    };
    let check = ["budget", "status", "--check"];
    assert_eq!(in_project(&check).code, Some(0));
    let status = run(at_noon(&home, ["budget", "status", "--json"]));
    let status: Value = serde_json::from_str(&status.out).unwrap();
    let of = |index: usize| &status["budgets"][index];
    assert_eq!(
        (&of(0)["spentUsd"], &of(0)["usedPercent"], &of(0)["severity"]),
        (&json!(4), &json!(40.0), &json!("ok"))
    );
    assert_eq!(
        (&of(2)["spentUsd"], &of(2)["usedPercent"], &of(2)["severity"]),
        (&json!(4), &json!(80.0), &json!("ok"))
    );
    assert!(of(0)["exhaustedAt"].is_string() && status["hardStop"].is_null());
    assert_eq!(in_project(&["budget", "status", "--check", "--at", "80"]).code, Some(3));
    assert_eq!(in_project(&["budget", "status", "--check", "--at", "81"]).code, Some(0));

    spend(&home, "b", 1, now());
    let ran = in_project(&check);
    assert_eq!(ran.code, Some(3), "{}", ran.out);
    assert!(
        ran.out.contains("The daily budget of project of $5.00 is used up: $5.00 was spent"),
        "{}",
        ran.out
    );
    // Elsewhere work goes on.
    assert_eq!(run(at_noon(&home, check)).code, Some(0));
    let override_told = in_project(&["budget", "override", "30m"]);
    assert!(override_told.out.starts_with("Hard limits are lifted until "), "{}", override_told.out);
    assert_eq!(in_project(&check).code, Some(0));
    assert_eq!(in_project(&["budget", "override", "--off"]).code, Some(0));
    assert_eq!(in_project(&check).code, Some(3));
    assert_eq!(text(&home, &["budget", "remove", "3"]), "Removed: daily budget of project of $5.00.\n");
    assert_eq!(in_project(&check).code, Some(0));
    assert_eq!(json(&home, &["budget", "list"])["budgets"].as_array().unwrap().len(), 2);
    assert_eq!(json(&home, &["budget", "list", "--all"])["budgets"].as_array().unwrap().len(), 3);

    for (args, code, words) in [
        (&["budget", "remove", "9"][..], 1, "there is no budget 9 in force"),
        (&["budget", "set"], 2, "no amount is given"),
        (&["budget", "set", "--daily", "0"], 2, "amount of dollars"),
        (&["budget", "set", "--daily", "1", "--model", "a", "--branch", "b"], 2, "--branch"),
        (&["budget", "set", "--session", "1", "--branch", "b"], 2, "cannot be of a branch"),
        (&["budget", "override", "soon"], 2, "30m"),
        (&["budget", "status", "--at", "80"], 2, "--check"),
        (&["alerts", "ack", "99"], 1, "there is no alert 99"),
    ] {
        let ran = run(home.command(args));
        assert_eq!(ran.code, Some(code), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(words) && ran.err.lines().count() == 1, "{args:?}: {}", ran.err);
    }
}

#[test]
fn they_outlive_a_rebuilt_database() {
    let home = TestHome::new();
    text(&home, &["budget", "set", "--daily", "10", "--weekly", "1000"]);
    text(&home, &["budget", "set", "--daily", "5"]);
    spend(&home, "a", 4, now());
    let alerts = |home: &TestHome| json(home, &["alerts"])["alerts"].clone();
    let before = alerts(&home);
    assert!(before.as_array().unwrap().iter().any(|alert| alert["rule"] == "budget"), "{before}");
    let history = json(&home, &["budget", "list", "--all"]);
    text(&home, &["db", "rebuild"]);
    assert_eq!(json(&home, &["budget", "list", "--all"]), history);
    assert_eq!(alerts(&home), before);
    assert_eq!(json(&home, &["budget", "status"])["budgets"][1]["spentUsd"], 4);
}

#[test]
fn editors_set_budgets_and_hear_of_them() {
    let home = TestHome::new();
    let mut leader = Editor::of(&home);
    leader.until(|status| status["health"]["role"] == "leader");
    let mut follower = Editor::of(&home);
    follower.until(|status| status["health"]["role"] == "follower");
    // Whoever sets it, all see it.
    let answer = command(&mut follower, "costline.setBudget", json!({"period": "day", "limitUsd": 10}));
    assert_eq!((&answer["result"]["id"], &answer["result"]["limitUsd"]), (&json!(1), &json!(10)), "{answer}");
    for editor in [&mut leader, &mut follower] {
        let status = editor.until(|status| status["budgets"][0]["resetsAt"].is_string());
        assert_eq!(
            (&status["budgets"][0]["spentUsd"], &status["budgets"][0]["severity"]),
            (&json!(0), &json!("ok"))
        );
    }
    command(
        &mut leader,
        "costline.setBudget",
        json!({"period": "week", "limitUsd": 7, "project": home.project()}),
    );
    spend(&home, "a", 8, now());
    let mut ids = Vec::new();
    for editor in [&mut leader, &mut follower] {
        let told = [warning(editor), warning(editor)];
        assert_eq!(told.each_ref().map(crossing), [("day".to_owned(), 80, 8), ("week".to_owned(), 100, 8)]);
        assert_eq!((&told[0]["severity"], &told[1]["severity"]), (&json!("warning"), &json!("error")));
        assert_eq!((&told[0]["usedPercent"], &told[0]["limitUsd"]), (&json!(80.0), &json!(10)));
        let message = told[0]["message"].as_str().unwrap();
        assert!(
            message.starts_with(
                "80 % of the daily budget of $10.00 is spent: $8.00, all by project ($8.00); it begins anew"
            ),
            "{message}"
        );
        let status = editor.until(|status| status["budgets"][0]["spentUsd"] == 8);
        assert_eq!((&status["severity"], status["alerts"][0]["id"].is_i64()), (&json!("error"), true));
        ids.push(told.map(|told| told["id"].clone()));
    }
    assert_eq!(ids[0], ids[1]);
    // Who comes later hears of each matter the gravest that holds, unless someone saw it.
    command(&mut leader, "costline.acknowledgeAlert", json!({"id": ids[0][1]}));
    let mut late = Editor::of(&home);
    assert_eq!(crossing(&warning(&mut late)), ("day".to_owned(), 80, 8));
    command(&mut late, "costline.snoozeAlert", json!({"id": ids[0][0].to_string()}));
    follower
        .until(|status| status["alerts"].as_array().unwrap().iter().all(|alert| alert["rule"] != "budget"));
    spend(&home, "b", 3, now());
    follower.until(|status| status["budgets"][0]["spentUsd"] == 11);
    for editor in [&mut leader, &mut follower, &mut late] {
        assert_eq!(more(editor), [Value::Null; 0]);
    }
    let answer = command(&mut follower, "costline.removeBudget", json!({"id": 1}));
    assert_eq!(answer["result"], Value::Null, "{answer}");
    leader.until(|status| status["budgets"].as_array().unwrap().len() == 1);
    for (name, argument, words) in [
        ("costline.removeBudget", json!({"id": 1}), "there is no budget 1 in force"),
        ("costline.acknowledgeAlert", json!({"id": 999}), "there is no alert 999"),
        ("costline.setBudget", json!({"period": "year", "limitUsd": 1}), "`period` must be one of"),
    ] {
        let answer = command(&mut leader, name, argument);
        assert!(answer["error"]["message"].as_str().unwrap().contains(words), "{answer}");
    }
}

#[test]
fn the_config_file_sets_budgets_and_names_a_program() {
    let home = TestHome::new();
    let heard = home.path().join("heard");
    let configure = |budget: &str, program: &str| {
        home.configure(&format!("{budget}\n[alerts]\ncommand = [{program}]\n"));
    };
    let program = format!("\"/bin/sh\", \"-c\", \"cat >> '{}'\"", heard.display());
    configure(
        "[budgets]\ndaily = 10\n[[budgets.scoped]]\nbranch = \"main\"\nlimit = 100\nhard = true",
        &program,
    );
    let mut editor = Editor::of(&home);
    let status = editor.until(|status| status["budgets"].as_array().unwrap().len() == 2);
    assert_eq!(
        (&status["budgets"][0]["source"], &status["budgets"][1]["name"]),
        (&json!("config"), &json!("main"))
    );
    spend(&home, "a", 6, now());
    assert_eq!(warning(&mut editor)["severity"], "info");
    spend(&home, "b", 3, now());
    let told = warning(&mut editor);
    let lines = || -> Vec<Value> {
        let text = fs::read_to_string(&heard).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let start = std::time::Instant::now();
    while lines().is_empty() {
        assert!(start.elapsed().as_secs() < 10, "the program heard nothing");
        std::thread::yield_now();
    }
    // What only colours is not for it.
    let mut expected = told;
    expected["type"] = json!("budgetWarning");
    assert_eq!(lines(), [expected]);

    // A change of the file is taken up; a command's budget stands above.
    configure("[budgets]\ndaily = 20", "\"/nonexistent/program\"");
    let status = editor.until(|status| status["budgets"].as_array().unwrap().len() == 1);
    assert_eq!(
        (&status["budgets"][0]["limitUsd"], &status["budgets"][0]["spentUsd"]),
        (&json!(20), &json!(9))
    );
    spend(&home, "c", 8, now());
    assert_eq!(crossing(&warning(&mut editor)), ("day".to_owned(), 80, 17));
    editor.until(|status| {
        let problems = status["health"]["problems"].as_array().unwrap();
        problems.iter().any(|problem| {
            problem
                .as_str()
                .unwrap()
                .starts_with("alerts.command failed: /nonexistent/program cannot be started")
        })
    });
    let answer = command(&mut editor, "costline.removeBudget", json!({"id": status["budgets"][0]["id"]}));
    assert!(answer["error"]["message"].as_str().unwrap().contains("stands in the config file"), "{answer}");
    // An editor cannot name a program.
    let settings = json!({"costline": {"alerts": {"command": ["/bin/true"]}}});
    editor.client.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
    editor.until(|status| {
        let problems = status["health"]["problems"].as_array().unwrap();
        problems.iter().any(|problem| problem.as_str().unwrap().contains("`alerts.command` is ignored"))
    });
}

/// An editor, and what it is to hear.
struct Listener {
    editor: Editor,
    expected: Vec<(String, i64, u64)>,
    heard: Vec<Value>,
}

impl Listener {
    fn of(day: &Day) -> Self {
        Self { editor: day.editor(), expected: Vec::new(), heard: Vec::new() }
    }

    fn listen(&mut self) {
        while self.heard.len() < self.expected.len() {
            let told = warning(&mut self.editor);
            self.heard.push(told);
        }
        assert_eq!(self.heard.iter().map(crossing).collect::<Vec<_>>(), self.expected);
    }
}

/// What the desktop hears and shows of a crossing: what only colours is a signal alone.
fn assert_desktop(witness: &Witness, (period, at, spent): &(&str, i64, u64)) {
    let (budget, percent) = match *period {
        "day" => ("daily budget of $10.00", spent * 10),
        _ => ("weekly budget of $20.00", spent * 5),
    };
    let start = format!("{percent} % of the {budget} is spent: ${spent}.00");
    let (_, rule, severity, title, body) = await_next(&witness.warnings);
    assert!(body.starts_with(&start), "{body}");
    let (named, urgency) = match at {
        100 => ("error", Some(2)),
        80 => ("warning", Some(1)),
        _ => ("info", None),
    };
    assert_eq!((rule.as_str(), severity.as_str()), ("budget", named));
    if let Some(urgency) = urgency {
        let popup = await_next(&witness.shown);
        assert_eq!((popup.urgency, popup.summary, popup.body), (urgency, title, body));
    }
}

/// Hours that pass, dollars that are spent then, and what that crosses: period, percent, dollars in the period.
type Step = (i64, i64, &'static [(&'static str, i64, u64)]);

#[test]
fn every_crossing_is_told_once_through_a_day_of_kills() {
    let home = TestHome::new();
    let bus = Daemon::at(&home.path().join("run/bus"));
    let Some(mut day) = Day::new(home, &bus) else { return };
    let witness = Witness::of(bus);
    run(day.with_clock(day.home.command(["budget", "set", "--daily", "10", "--weekly", "20"])));
    let mut serve = day.serve();
    let mut editors = [0; 3].map(|_| Listener::of(&day));
    for listener in &mut editors {
        listener.editor.until(|status| status["budgets"][0]["resetsAt"].is_string());
    }
    let hour = 3_600;
    let steps: [Step; 10] = [
        (1, 4, &[]),
        (2, 1, &[("day", 50, 5)]),
        (2, 2, &[]),
        (1, 1, &[("day", 80, 8)]),
        (3, 3, &[("day", 100, 11), ("week", 50, 11)]),
        (3, 2, &[]),
        // The next day, over two thresholds in one step.
        (14, 5, &[("day", 50, 5), ("week", 80, 18)]),
        (1, 2, &[("week", 100, 20)]),
        (1, 4, &[("day", 100, 11)]),
        (1, 1, &[]),
    ];
    let mut holds: Vec<(String, i64, u64)> = Vec::new();
    for (index, (hours, dollars, crossed)) in steps.into_iter().enumerate() {
        let leader = editors[0].editor.client.request("costline/getStatus", json!({}))["result"].clone();
        let leader = leader["health"]["leaderPid"].as_i64();
        let leads = |listener: &Listener| Some(i64::from(listener.editor.client.process())) == leader;
        day.pass(hours * hour);
        if index == 6 {
            holds.retain(|(period, ..)| period == "week");
        }
        spend(&day.home, &index.to_string(), dollars, day.now());
        let kill = index % 2 == 1;
        let killed = editors.iter().position(leads).filter(|_| kill);
        match killed {
            Some(index) => editors[index].editor.client.kill(),
            None if kill => {
                serve.signal(rustix::process::Signal::KILL);
                serve.end();
            }
            None => {}
        }
        for (period, at, spent) in crossed {
            let crossing = ((*period).to_owned(), *at, *spent);
            for (_, listener) in editors.iter_mut().enumerate().filter(|(index, _)| Some(*index) != killed) {
                listener.expected.push(crossing.clone());
            }
            holds.retain(|(held, ..)| held != period);
            holds.push(crossing);
        }
        for (_, listener) in editors.iter_mut().enumerate().filter(|(index, _)| Some(*index) != killed) {
            listener.listen();
        }
        for crossing in crossed {
            assert_desktop(&witness, crossing);
        }
        match killed {
            // It comes late: of each matter it hears the gravest that holds.
            Some(index) => {
                editors[index] = Listener::of(&day);
                editors[index].expected.clone_from(&holds);
                editors[index].listen();
            }
            None if kill => serve = day.serve(),
            None => {}
        }
    }
    for listener in &mut editors {
        assert_eq!(more(&mut listener.editor), [Value::Null; 0]);
    }
    drop(serve);
    assert!(witness.warnings.try_recv().is_err(), "a warning came twice");
    assert!(witness.shown.try_recv().is_err(), "a notification came twice");
}
