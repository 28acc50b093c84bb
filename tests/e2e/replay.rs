//! However appended bytes are cut, repeated and ordered, the database ends as after one plain read.

use crate::lines::{Line, assistant, prompt, tool_result};
use crate::rig::{Disk, Rig};
use costline::tail::Reader;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

const FILES: [&str; 3] = ["-app/s1.jsonl", "-app/s1/subagents/agent-x.jsonl", "-app/s2.jsonl"];

/// A response: the outputs that its lines tell, and what else is said of it.
#[derive(Clone, Debug)]
struct Response {
    outputs: Vec<i64>,
    read: i64,
    finished: bool,
    gateway: bool,
    stamped: bool,
    model: &'static str,
    branch: &'static str,
    tool: &'static str,
}

/// What happens in a session.
#[derive(Clone, Debug)]
enum Event {
    Prompt,
    Response(Response),
    /// A response of which the main file has only a copy in a progress line; true: its subagent's file has it as well.
    Progress(bool, i64),
    Mode(&'static str),
    Title(bool, u8),
    OwnTotal(u32),
    Compacted(Option<u16>),
    Noise,
    Corrupt,
}

/// A session, its subagent and a fork of it.
#[derive(Clone, Debug)]
struct Story {
    main: Vec<Event>,
    agent: Vec<Response>,
    agent_type: Option<&'static str>,
    /// How much of the main file is copied, whether the copies say so, and what the fork does on its own.
    fork: Option<(Index, bool, Vec<Response>)>,
}

fn response() -> impl Strategy<Value = Response> {
    let names = (
        prop::sample::select(vec!["claude-opus-4-6", "claude-haiku-4-5", "unknown-1"]),
        prop::sample::select(vec!["main", "übung/🦀", "HEAD"]),
        prop::sample::select(vec!["", "Edit", "Write", "Bash", "mcp__github__search", "Skill", "Task"]),
    );
    let flags = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.9));
    (prop::collection::vec(1_i64..400, 1..4), 0_i64..90_000, flags, names).prop_map(
        |(outputs, read, (finished, gateway, stamped), (model, branch, tool))| Response {
            outputs,
            read,
            finished,
            gateway,
            stamped,
            model,
            branch,
            tool,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => response().prop_map(Event::Response),
        2 => Just(Event::Prompt),
        1 => (any::<bool>(), 1_i64..50).prop_map(|(held, output)| Event::Progress(held, output)),
        1 => prop::sample::select(vec!["default", "plan"]).prop_map(Event::Mode),
        1 => (any::<bool>(), any::<u8>()).prop_map(|(own, title)| Event::Title(own, title)),
        1 => any::<u32>().prop_map(Event::OwnTotal),
        1 => any::<Option<u16>>().prop_map(Event::Compacted),
        1 => Just(Event::Noise),
        1 => Just(Event::Corrupt),
    ]
}

fn story() -> impl Strategy<Value = Story> {
    let agent_type = prop::option::of(prop::sample::select(vec!["Explore", "Plan"]));
    let fork = prop::option::of((any::<Index>(), any::<bool>(), prop::collection::vec(response(), 0..3)));
    (prop::collection::vec(event(), 1..12), prop::collection::vec(response(), 0..4), agent_type, fork)
        .prop_map(|(main, agent, agent_type, fork)| Story { main, agent, agent_type, fork })
}

/// The files of a story, and what they say by the rules of the format.
#[derive(Default)]
struct Telling {
    texts: [String; 3],
    /// Each response's greatest output, its reads, and whether some line ended it.
    truth: BTreeMap<String, (i64, i64, bool)>,
    clock: i64,
    count: usize,
    /// The subagent was started.
    launched: bool,
}

impl Telling {
    fn of(story: &Story) -> Self {
        let mut telling = Self::default();
        let mut main: Vec<(String, Line)> = Vec::new();
        // A session begins with a prompt that says when.
        for event in std::iter::once(&Event::Prompt).chain(&story.main) {
            telling.event(event, &mut main);
        }
        for response in &story.agent {
            for line in telling.response(response) {
                let kind = story.agent_type.map_or(Value::Null, Value::from);
                telling.texts[1] += &line.agent("x").set("/attributionAgent", kind).line();
            }
        }
        if let Some((copied, marked, own)) = &story.fork {
            for (text, line) in &main[..copied.index(main.len() + 1)] {
                let mut line = line.clone();
                if line.0.is_null() {
                    telling.texts[2] += text;
                    continue;
                }
                line = line.set("/sessionId", "s2");
                if *marked {
                    line = line.set("/forkedFrom", json!({"sessionId": "s1"}));
                }
                telling.texts[2] += &line.line();
            }
            let time = telling.time();
            telling.texts[2] += &prompt("fork").set("/sessionId", "s2").set("/timestamp", time).line();
            for response in own {
                for line in telling.response(response) {
                    telling.texts[2] += &line.set("/sessionId", "s2").line();
                }
            }
        }
        telling.texts[0] = main.into_iter().map(|(text, _)| text).collect();
        // Lines near the end of a file are parsed whatever they say: only what stands before this one is filtered.
        for (text, session) in telling.texts.iter_mut().zip(["s1", "s1", "s2"]) {
            let end = tool_result("toolu_none", json!({"stdout": "x".repeat(17 * 1024)}));
            *text += &end.set("/sessionId", session).set("/timestamp", "2026-11-30T00:00:00.000Z").line();
        }
        telling
    }

    /// A time later than all before it, so that some lines lie in other quarters and on other days.
    fn time(&mut self) -> String {
        self.clock += 7;
        let (day, hour, minute) = (self.clock / 1440, self.clock / 60 % 24, self.clock % 60);
        format!("2026-11-{:02}T{hour:02}:{minute:02}:00.000Z", 2 + day)
    }

    fn event(&mut self, event: &Event, main: &mut Vec<(String, Line)>) {
        self.count += 1;
        let count = self.count;
        let time = self.time();
        let plain =
            |kind: &str| prompt(&format!("{count}")).set("/type", kind).set("/timestamp", time.clone());
        let bare = |value: Value| Line(value).set("/sessionId", "s1");
        let lines = match event {
            Event::Prompt => vec![plain("user").set("/message/content", "Grüße 🦀")],
            Event::Response(response) => self.response(response),
            Event::Progress(held, output) => self.progress(*held, *output),
            Event::Mode(mode) => vec![bare(json!({"type": "permission-mode", "permissionMode": mode}))],
            Event::Title(true, title) => {
                vec![bare(json!({"type": "custom-title", "customTitle": format!("T{title}")}))]
            }
            Event::Title(false, title) => {
                vec![bare(json!({"type": "ai-title", "aiTitle": format!("t{title}")}))]
            }
            Event::OwnTotal(cents) => vec![bare(json!({"type": "cost-state", "totalCostUSD": cents}))],
            Event::Compacted(tokens) => vec![
                plain("system")
                    .set("/subtype", "compact_boundary")
                    .set("/compactMetadata", json!({"postTokens": tokens})),
            ],
            Event::Noise => vec![tool_result("toolu_none", json!({"stdout": "…"})).set("/timestamp", time)],
            Event::Corrupt => {
                main.push((format!("{{\"type\":\"assistant\",{count}\n"), Line(Value::Null)));
                vec![]
            }
        };
        main.extend(lines.into_iter().map(|line| (line.line(), line)));
    }

    /// A response's lines, and the result of the tool that it used.
    fn response(&mut self, response: &Response) -> Vec<Line> {
        self.count += 1;
        let count = self.count;
        let id = if response.gateway { "gen-1".to_owned() } else { format!("msg_{count}") };
        let greatest = response.outputs.iter().max().unwrap();
        self.truth.insert(format!("{count}"), (*greatest, response.read, response.finished));
        let mut lines = Vec::new();
        for (index, output) in response.outputs.iter().enumerate() {
            let time = if response.stamped { Value::from(self.time()) } else { Value::Null };
            let last = index + 1 == response.outputs.len();
            let mut line = assistant(&id)
                .output(*output)
                .set("/requestId", format!("req_{count}"))
                .set("/uuid", format!("u{count}-{index}"))
                .set("/timestamp", time)
                .set("/gitBranch", response.branch)
                .set("/message/model", response.model)
                .set("/message/usage/cache_read_input_tokens", response.read);
            if !(last && response.finished) {
                line = line.unfinished();
            }
            if last && !response.tool.is_empty() {
                let input =
                    json!({"file_path": format!("/f{}", count % 3), "skill": "pdf", "subagent_type": "Plan"});
                let call = json!({"type": "tool_use", "id": format!("toolu_{count}"), "name": response.tool, "input": input});
                line = line.set("/message/content", json!([call]));
            }
            lines.push(line);
        }
        // Each use starts a subagent of its own; of the first one there is a file.
        let agent = if self.launched { format!("y{count}") } else { "x".to_owned() };
        self.launched |= response.tool == "Task";
        let report = match response.tool {
            "" => return lines,
            "Edit" => json!({"structuredPatch": [{"lines": ["+a", "-b", "+c"]}]}),
            "Write" => json!({"type": "create", "content": "a\nb\n", "structuredPatch": []}),
            "Task" => {
                json!({"status": "completed", "agentId": agent, "agentType": "Plan", "usage": {"output_tokens": 9}})
            }
            _ => json!({"stdout": "\"usage\" is a word"}),
        };
        let time = self.time();
        let result = tool_result(&format!("toolu_{count}"), report)
            .set("/timestamp", time)
            .set("/message/content/0/is_error", count.is_multiple_of(4));
        lines.push(result);
        lines
    }

    /// A copy of a subagent's response.
    fn progress(&mut self, held: bool, output: i64) -> Vec<Line> {
        self.count += 1;
        let (count, time) = (self.count, self.time());
        let whole = assistant(&format!("msg_{count}")).output(output).set("/timestamp", time.clone());
        if held {
            let whole = whole.clone().output(output + 100).agent("x");
            self.texts[1] += &whole.line();
            self.truth.insert(format!("{count}"), (output + 100, 4000, true));
        } else {
            self.truth.insert(format!("{count}"), (output, 4000, false));
        }
        let data = json!({"type": "agent_progress", "message": whole.0});
        vec![prompt(&format!("{count}")).set("/type", "progress").set("/timestamp", time).set("/data", data)]
    }

    /// Responses, input, output, writes and reads.
    fn counts(&self) -> [i64; 6] {
        let count = self.truth.len() as i64;
        let (output, read) = self.truth.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        [count, count, output, 300 * count, 0, read]
    }

    fn write(&self, disk: &Disk) {
        for (path, text) in FILES.iter().zip(&self.texts) {
            disk.write(path, text);
        }
    }

    /// What one plain read of it comes to, checked against the truth.
    fn plain(&self, disk: &Disk) -> Rig {
        let rig = Rig::of(disk);
        assert_eq!(rig.counts(), self.counts());
        let unfinished = self.truth.values().filter(|(.., finished)| !finished).count() as i64;
        assert_eq!(rig.report(costline::reports::By::Day).totals.lower_bound_messages, unfinished);
        rig.check_sums();
        rig
    }
}

/// Checks that two databases hold the same, table by table.
fn same(found: &Rig, plain: &Rig) {
    found.check_sums();
    for (found, plain) in found.content().into_iter().zip(plain.content()) {
        assert_eq!(found, plain);
    }
    assert_eq!(found.reports(), plain.reports());
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_files_does_not_matter(story in story(), order in Just(vec![0, 1, 2]).prop_shuffle()) {
        let (disk, telling) = (Disk::new(), Telling::of(&story));
        telling.write(&disk);
        let mut rig = Rig::new(&[disk.root("claude")]);
        let mut jobs = rig.jobs();
        jobs.sort_by_key(|job| order[FILES.iter().position(|path| job.path.ends_with(path)).unwrap()]);
        rig.read_jobs(&jobs);
        same(&rig, &telling.plain(&disk));
    }

    #[test]
    fn where_appends_are_cut_does_not_matter(
        story in story(),
        cuts in prop::collection::vec((0_usize..3, any::<Index>(), any::<bool>()), 0..16),
    ) {
        let (disk, telling) = (Disk::new(), Telling::of(&story));
        let mut rig = Rig::new(&[disk.root("claude")]);
        let mut rest = [0, 1, 2].map(|file: usize| telling.texts[file].as_bytes());
        // The files are made in this order, whatever is appended to them when.
        for path in FILES {
            disk.append(path, "");
        }
        for (file, cut, read) in cuts {
            let (now, later) = rest[file].split_at(cut.index(rest[file].len() + 1));
            disk.append(FILES[file], now);
            rest[file] = later;
            if read {
                rig.read();
            }
        }
        for (path, rest) in FILES.iter().zip(rest) {
            disk.append(path, rest);
        }
        rig.read();
        prop_assert_eq!(rig.read(), 0);
        same(&rig, &telling.plain(&disk));
    }

    #[test]
    fn reading_again_from_the_beginning_does_not_matter(story in story(), again in prop::collection::vec(0_usize..3, 1..4)) {
        let (disk, telling) = (Disk::new(), Telling::of(&story));
        telling.write(&disk);
        let mut rig = Rig::of(&disk);
        for file in again {
            // Another first byte: not the file that was read.
            let text = fs::read(disk.at(FILES[file])).unwrap();
            disk.write(FILES[file], [b"\n", &text[..]].concat());
            rig.read();
        }
        same(&rig, &telling.plain(&disk));
    }

    #[test]
    fn the_filter_does_not_matter(story in story()) {
        let (disk, telling) = (Disk::new(), Telling::of(&story));
        telling.write(&disk);
        let mut whole = Rig::with_reader(&[disk.root("claude")], Reader::new(false));
        whole.read();
        same(&whole, &telling.plain(&disk));
    }
}
