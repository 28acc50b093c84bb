//! Helix starts a server for the languages that list it, and a list replaces the one that Helix brings along.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml::{Table, Value};

/// The servers that Helix has for the more common languages.
const COMMON: &str = include_str!("../../../assets/helix.toml");

/// How a language lists Costline: beside servers that complete and format, it is to do neither.
const ENTRY: &str = r#"{ name = "costline", only-features = ["workspace-command", "diagnostics"] }"#;

const SERVER: &str = "\
[language-server.costline]
command = \"costline\"
args = [\"lsp\"]
";

/// What else to write, and where; a comment where this stands.
const SETTINGS: &str = r#"
# In config.toml, so that the text shows and has keys:
#
# [editor.lsp]
# display-progress-messages = true
#
# [keys.normal.space]
# "0" = ":lsp-workspace-command costline.showStatus"
# "9" = ":lsp-workspace-command costline.showSessions"
"#;

/// What to append to a languages.toml.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    /// TOML.
    pub(super) text: String,
    /// What is left out, and why, each in a sentence.
    pub(super) problems: Vec<String>,
}

/// The languages that Costline knows by itself.
pub(super) fn common() -> Table {
    // A test reads it, too.
    COMMON.parse().unwrap_or_default()
}

/// The blocks for a file that holds `own`, over what Helix knows by itself; of the `wanted` languages, or of all that are
/// known if none are named.
pub(super) fn blocks(own: &Table, known: &Table, wanted: &[String]) -> Blocks {
    let (own_servers, known_servers) = (servers(own), servers(known));
    let mut names: Vec<&str> = wanted.iter().map(String::as_str).collect();
    if names.is_empty() {
        names.extend(order(known));
        names.extend(order(own).into_iter().filter(|name| !known_servers.contains_key(name)));
    }
    let mut blocks = Blocks { text: String::new(), problems: Vec::new() };
    let has_server = own.get("language-server").and_then(|servers| servers.get("costline")).is_some();
    if !has_server {
        blocks.text += SERVER;
    }
    for name in names {
        let list = match (own_servers.get(name), known_servers.get(name)) {
            (Some(Some(list)), _) | (_, Some(Some(list))) => list.as_slice(),
            (_, Some(None)) => &[],
            (_, None) => {
                blocks.problems.push(format!(
                    "the servers of the language {name} are not known, so it is left out; give --languages-toml"
                ));
                continue;
            }
        };
        if !list.iter().any(is_costline) {
            let list: String = list.iter().fold(String::new(), |list, server| format!("{list}{server}, "));
            let name = Value::from(name);
            // A string takes whatever is written to it.
            let _ =
                write!(blocks.text, "\n[[language]]\nname = {name}\nlanguage-servers = [{list}{ENTRY}]\n");
        }
    }
    if !has_server {
        blocks.text += SETTINGS;
    }
    blocks
}

/// The list of servers of each language that a file names, where it has one.
fn servers(table: &Table) -> BTreeMap<&str, Option<&Vec<Value>>> {
    let mut all = BTreeMap::new();
    for (name, language) in languages(table) {
        // Of two entries the later one counts, as far as it goes.
        let list = language.get("language-servers").and_then(Value::as_array);
        let entry = all.entry(name).or_insert(None);
        *entry = list.or(*entry);
    }
    all
}

/// The languages of a file, each once, in its order.
fn order(table: &Table) -> Vec<&str> {
    let mut names = Vec::new();
    for (name, _) in languages(table) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn languages(table: &Table) -> impl Iterator<Item = (&str, &Value)> {
    let entries = table.get("language").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|language| Some((language.get("name")?.as_str()?, language)))
}

fn is_costline(server: &Value) -> bool {
    server.as_str().or_else(|| server.get("name")?.as_str()) == Some("costline")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    /// The servers by name that a language has in the end.
    fn after(own: &str, blocks: &Blocks, language: &str) -> Vec<String> {
        let whole = table(&format!("{own}\n{}", blocks.text));
        assert_eq!(whole["language-server"]["costline"]["command"].as_str(), Some("costline"));
        let list = servers(&whole)[language].unwrap();
        let name =
            |server: &Value| server.as_str().or_else(|| server.get("name")?.as_str()).unwrap().to_owned();
        list.iter().map(name).collect()
    }

    #[test]
    fn servers_stay_as_they_are() {
        let known = table(
            "[[language]]\nname = \"rust\"\nlanguage-servers = [\"rust-analyzer\"]\n\
             [[language]]\nname = \"go\"\nlanguage-servers = [\"gopls\", \"lint\"]\n[[language]]\nname = \"sql\"",
        );
        let own = "[[language]]\nname = \"go\"\nformatter = { command = \"gofmt\" }\n\
                   [[language]]\nname = \"rust\"\nlanguage-servers = [{ name = \"mine\", except-features = [\"format\"] }, \"typos\"]\n";
        let blocks = blocks(&table(own), &known, &[]);
        assert_eq!(blocks.problems, [""; 0]);
        assert_eq!(after(own, &blocks, "rust"), ["mine", "typos", "costline"]);
        assert!(
            blocks.text.contains(r#"{ except-features = ["format"], name = "mine" }, "typos""#),
            "{blocks:?}"
        );
        assert_eq!(after(own, &blocks, "go"), ["gopls", "lint", "costline"]);
        assert_eq!(after(own, &blocks, "sql"), ["costline"]);
    }

    #[test]
    fn what_is_there_is_left_out() {
        let known = table("[[language]]\nname = \"rust\"\nlanguage-servers = [\"rust-analyzer\"]");
        let first = blocks(&Table::new(), &known, &[]);
        let second = blocks(&table(&first.text), &known, &[]);
        assert_eq!(second, Blocks { text: String::new(), problems: Vec::new() });
    }

    #[test]
    fn a_language_of_unknown_servers_keeps_them() {
        let own = table("[[language]]\nname = \"odd\"\nscope = \"source.odd\"");
        let blocks = blocks(&own, &Table::new(), &[]);
        assert!(!blocks.text.contains("odd") && blocks.problems[0].contains("odd"), "{blocks:?}");
    }

    #[test]
    fn the_wanted_ones_alone() {
        let wanted = ["rust".to_owned(), "nothing".to_owned()];
        let blocks = blocks(&Table::new(), &common(), &wanted);
        assert_eq!(blocks.text.matches("[[language]]").count(), 1);
        assert!(blocks.problems.len() == 1 && blocks.problems[0].contains("nothing"), "{blocks:?}");
    }

    #[test]
    fn common_languages_have_servers() {
        let common = common();
        let servers = servers(&common);
        assert_eq!(servers["rust"].unwrap(), &[Value::from("rust-analyzer")]);
        assert!(servers.len() > 30 && servers.values().filter(|list| list.is_none()).count() < 5);
    }
}
