//! Editors without our extensions: a double of Helix that is stricter than Helix, and a client that can do nothing.

use crate::editor::at_noon;
use crate::home::TestHome;
use crate::lsp_client::LspClient;
use crate::process::run;
use crate::transcript::{Usage, Voice, now};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// What Helix says of itself, as far as it says anything that a server of no language could mind: 25.07 shows no documents by
/// its own account, and what came after it does, and offers actions.
fn greeting(release: &str) -> Value {
    let window = match release {
        "25.07" => json!({"workDoneProgress": true}),
        _ => json!({
            "workDoneProgress": true,
            "showDocument": {"support": true},
            "showMessage": {"messageActionItem": {"additionalPropertiesSupport": true}},
        }),
    };
    json!({
        "clientInfo": {"name": "helix", "version": "25.07.1"},
        "initializationOptions": null,
        "capabilities": {
            "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
            "textDocument": {"publishDiagnostics": {"versionSupport": true}},
            "window": window,
            "workspace": {"applyEdit": true, "configuration": true, "executeCommand": {"dynamicRegistration": false},
                "workspaceFolders": true, "didChangeConfiguration": {"dynamicRegistration": false}},
        },
    })
}

/// How far a token of progress has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Created,
    Begun,
    Ended,
}

/// Helix: it shows progress, messages and documents, and takes offence at everything else.
struct Helix {
    client: LspClient,
    tokens: BTreeMap<String, Token>,
    /// What progress left on the line below the status line.
    line: Option<String>,
    messages: Vec<String>,
    documents: Vec<PathBuf>,
}

impl Helix {
    /// With the home's project open, as this release of Helix greets a server.
    fn of(home: &TestHome, release: &str) -> Self {
        let mut params = greeting(release);
        let uri = format!("file://{}", home.project().display());
        params["processId"] = json!(std::process::id());
        params["rootUri"] = json!(uri);
        params["workspaceFolders"] = json!([{"uri": uri, "name": "project"}]);
        let mut client = LspClient::run(at_noon(home, ["lsp"]));
        client.initialize(params);
        Self { client, tokens: BTreeMap::new(), line: None, messages: Vec::new(), documents: Vec::new() }
    }

    /// Takes messages until this holds.
    fn until(&mut self, wanted: impl Fn(&Self) -> bool) {
        while !wanted(self) {
            let message = self.client.wait_for(|message| message.get("method").is_some());
            self.take(&message);
        }
    }

    fn take(&mut self, message: &Value) {
        let params = &message["params"];
        let asks = message.get("id").is_some();
        match message["method"].as_str().unwrap() {
            "window/workDoneProgress/create" if asks => {
                let token = params["token"].as_str().unwrap().to_owned();
                assert_eq!(self.tokens.insert(token, Token::Created), None, "a token comes twice: {message}");
                self.client.reply(message, Value::Null);
            }
            "$/progress" if !asks => self.progress(&params["token"], &params["value"]),
            "window/showMessage" if !asks => {
                assert!((1..=4).contains(&params["type"].as_i64().unwrap()), "{message}");
                self.messages.push(params["message"].as_str().unwrap().to_owned());
            }
            "window/showMessageRequest" if asks => {
                let actions = params["actions"].as_array().unwrap();
                assert!(actions.iter().all(|action| action["title"].is_string()), "{message}");
                self.messages.push(params["message"].as_str().unwrap().to_owned());
                self.client.reply(message, actions[0].clone());
            }
            "window/showDocument" if asks => {
                let path = PathBuf::from(params["uri"].as_str().unwrap().strip_prefix("file://").unwrap());
                assert!(path.is_file(), "{message}");
                // Helix would go on showing what it read of a file that it has open.
                assert!(!self.documents.contains(&path), "{message}");
                self.documents.push(path);
                self.client.reply(message, json!({"success": true}));
            }
            _ => panic!("nothing that Helix knows: {message}"),
        }
    }

    fn progress(&mut self, token: &Value, value: &Value) {
        let token = self.tokens.get_mut(token.as_str().unwrap()).expect("a token that was not created");
        let (before, after) = match value["kind"].as_str().unwrap() {
            "begin" => (Token::Created, Token::Begun),
            "report" => (Token::Begun, Token::Begun),
            "end" => (Token::Begun, Token::Ended),
            kind => panic!("there is no progress of the kind {kind}"),
        };
        assert_eq!(std::mem::replace(token, after), before, "{value}");
        match after {
            Token::Ended => self.line = value["message"].as_str().map(str::to_owned),
            _ => assert!(value["kind"] == "report" || value["title"].is_string(), "{value}"),
        }
    }

    /// Does a command as Helix does: what it answers is dropped, unless it is an error.
    fn command(&mut self, command: &str, argument: Value) {
        let params = json!({"command": command, "arguments": [argument]});
        let answer = self.client.request("workspace/executeCommand", params);
        assert_eq!(answer.get("error"), None);
    }

    /// Leaves, and looks whether anything still shows as going on.
    fn leave(mut self) {
        let id = self.client.ask("shutdown", Value::Null);
        self.client.answer(id);
        self.client.notify("exit", Value::Null);
        assert_eq!(self.client.wait_exit(Duration::from_secs(5)), Some(0));
        for message in self.client.passed().to_vec() {
            self.take(&message);
        }
        let open: Vec<_> = self.tokens.iter().filter(|(_, token)| **token != Token::Ended).collect();
        assert!(open.is_empty(), "{open:?}");
    }
}

/// A home with usage that is in the database: the first status knows it.
fn home() -> TestHome {
    let home = TestHome::new();
    let voice = Voice::new(SESSION, &home.project());
    let usage = Usage { input: 1_000, output: 2_000, write_5m: 0, write_1h: 0, read: 81_000 };
    home.append("-project", SESSION, &voice.response("a", now() - 1_000, usage));
    run(at_noon(&home, ["ingest"]));
    home
}

#[test]
fn the_text_shows_and_no_spinner_stays() {
    let home = home();
    let mut helix = Helix::of(&home, "25.07");
    helix.until(|helix| helix.line.is_some());
    assert_eq!(helix.line.as_deref(), Some("$0.06 · ctx 41%"));
    helix.command("costline.showStatus", json!({}));
    helix.until(|helix| !helix.messages.is_empty());
    let sentence = "$0.06 · ctx 41%; everywhere: $0.06 today, $0.06 this week, $0.06 this month";
    assert_eq!(helix.messages, [sentence]);
    helix.leave();
}

#[test]
fn documents_have_the_numbers_of_the_command_line() {
    let home = home();
    let mut helix = Helix::of(&home, "25.07");
    for (count, (command, by)) in [
        ("costline.showBreakdown", "model"),
        ("costline.showSessions", "session"),
        ("costline.showBreakdown", "tool"),
    ]
    .into_iter()
    .enumerate()
    {
        helix.command(command, json!({"by": by}));
        helix.until(|helix| helix.documents.len() > count);
        let document = std::fs::read_to_string(&helix.documents[count]).unwrap();
        let printed = run(at_noon(&home, ["breakdown", "--by", by]));
        let words = |text: &str| -> Vec<String> {
            text.split_whitespace().filter(|word| *word != "|").map(str::to_owned).collect()
        };
        let rows = document.lines().filter(|line| line.starts_with('|') && !line.starts_with("|-"));
        let rows: Vec<Vec<String>> = rows.map(words).collect();
        let expected: Vec<Vec<String>> = printed.out.lines().map(words).collect();
        assert_eq!(rows, expected, "{document}");
        assert!(rows.len() == 3 && document.contains("$0.06"), "{document}");
    }
    helix.leave();
}

#[test]
fn a_client_that_shows_nothing_is_told_where_the_document_lies() {
    let home = home();
    let mut client = LspClient::run(at_noon(&home, ["lsp"]));
    client.initialize(json!({"processId": null, "rootUri": null, "capabilities": {}}));
    let answer = client.request("workspace/executeCommand", json!({"command": "costline.showSessions"}));
    assert_eq!(answer["result"]["rows"][0]["key"], SESSION);
    let message = client.wait_for(|message| message["method"] == "window/showMessage");
    let text = message["params"]["message"].as_str().unwrap();
    let path = Path::new(text.strip_prefix("Costline wrote ").unwrap());
    assert!(std::fs::read_to_string(path).unwrap().contains(SESSION));
    let plain =
        json!({"command": "costline.showSessions", "arguments": [{"format": "markdown", "present": false}]});
    let answer = client.request("workspace/executeCommand", plain);
    assert!(answer["result"].as_str().unwrap().starts_with("# Cost by session\n"), "{answer}");
    assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    assert!(client.passed().is_empty(), "{:?}", client.passed());
}

#[test]
fn a_warning_says_why_nothing_is_read() {
    for release in ["25.07", "later"] {
        warned(release);
    }
}

fn warned(release: &str) {
    let home = home();
    let lock = home.path().join("state/costline/leader.lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let mut helix = Helix::of(&home, release);
    let begins = format!("Costline: cannot lock {}", lock.display());
    helix.until(|helix| helix.messages.iter().any(|message| message.starts_with(&begins)));
    assert!(helix.line.as_deref().is_some_and(|line| line.ends_with(" (stale)")), "{:?}", helix.line);
    helix.leave();
}

#[test]
fn languages_keep_their_servers() {
    let home = TestHome::new();
    let folder = home.path().join("config/helix");
    std::fs::create_dir_all(&folder).unwrap();
    let own = "[[language]]\nname = \"rust\"\nlanguage-servers = [\"mine\", \"typos\"]\n";
    std::fs::write(folder.join("languages.toml"), own).unwrap();
    let printed = run(home.command(["editor", "helix"]));
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    let servers = r#"language-servers = ["mine", "typos", { name = "costline", only-features = ["workspace-command", "diagnostics"] }]"#;
    assert!(
        printed.out.contains(&format!("\n[[language]]\nname = \"rust\"\n{servers}\n")),
        "{}",
        printed.out
    );
    assert!(printed.out.contains("name = \"go\"\nlanguage-servers = [\"gopls\", "), "{}", printed.out);
    // Once it is there, nothing is missing.
    std::fs::write(folder.join("languages.toml"), format!("{own}\n{}", printed.out)).unwrap();
    assert_eq!(run(home.command(["editor", "helix"])).out, "");
    std::fs::write(folder.join("languages.toml"), format!("{own}[[")).unwrap();
    let refused = run(home.command(["editor", "helix"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("languages.toml, line 4: "), "{}", refused.err);
}
