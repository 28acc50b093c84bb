//! The schemas and types of the protocol that other programs use, kept as files of the repository.
//!
//! `UPDATE_SCHEMAS=1 cargo test schema` writes them anew.

mod openapi;

use crate::alerts::wire as alerts;
use crate::lsp::methods;
use crate::reports::{self, Report};
use crate::snapshot::wire::{self, Status};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use ts_rs::{Config, TS};

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(place(path)).unwrap_or_default()
}

/// Compares a file of the repository with what the code says, or writes it when `UPDATE_SCHEMAS` is set.
#[allow(clippy::disallowed_methods, reason = "the switch of a developer, not of the program")]
fn checked_in(path: &str, text: &str) {
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::create_dir_all(place(path).parent().unwrap()).unwrap();
        std::fs::write(place(path), text).unwrap();
    }
    assert!(read(path) == text, "{path} is out of date; run the tests with UPDATE_SCHEMAS=1");
}

/// The schema of what is written, in which no field is left out for being null.
fn schema<T: JsonSchema>(title: &str) -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
}

fn status() -> Value {
    schema::<Status>("Costline's status: the parameters of costline/status")
}

fn report() -> Value {
    schema::<Report>("Costline's report: the result of costline/breakdown, and of reports with --json")
}

/// The reports that are not lists of sums by one key, by name.
fn larger_reports() -> [(&'static str, Value); 5] {
    [
        (
            "blocks",
            schema::<reports::Blocks>("Costline's five-hour windows: what `costline blocks --json` prints"),
        ),
        (
            "current",
            schema::<reports::Current>("Today, this week, this month: what `costline current --json` prints"),
        ),
        (
            "session",
            schema::<reports::SessionReport>("One session: what `costline session ID --json` prints"),
        ),
        ("project", schema::<reports::ProjectReport>("One project: what `costline project --json` prints")),
        (
            "explanation",
            schema::<reports::Explanation>("Why it costs so much: what `costline explain ID --json` prints"),
        ),
    ]
}

/// The warnings, by name.
fn warnings() -> [(&'static str, Value); 3] {
    [
        (
            "budgetWarning",
            schema::<alerts::BudgetWarning>(
                "A budget's threshold was crossed: the parameters of costline/budgetWarning",
            ),
        ),
        (
            "limitWarning",
            schema::<alerts::LimitWarning>(
                "A plan limit's threshold was crossed: the parameters of costline/limitWarning",
            ),
        ),
        ("alert", schema::<alerts::AlertNotice>("Any other warning: the parameters of costline/alert")),
    ]
}

/// The names of all fields, of the object itself and of those inside.
fn fields(schema: &Value) -> BTreeSet<String> {
    let own = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys().cloned());
    let inner = match schema {
        Value::Object(entries) => entries.values().flat_map(fields).collect::<Vec<_>>(),
        Value::Array(entries) => entries.iter().flat_map(fields).collect(),
        _ => Vec::new(),
    };
    own.chain(inner).collect()
}

/// One exported type with its comments.
fn declared<T: TS>(config: &Config) -> String {
    tidy(&format!("{}export {}", T::docs().unwrap_or_default(), T::decl(config)))
}

/// A declaration with its fields indented and each comment on a line of its own.
fn tidy(declaration: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for line in declaration.replace("/**\n * ", "/** ").replace("\n */", " */").lines().map(str::trim) {
        let last = line.strip_suffix(" };");
        text += if inside { "  " } else { "" };
        text += if line.starts_with("* ") { " " } else { "" };
        text += last.unwrap_or(line);
        text += if last.is_some() { "\n};\n" } else { "\n" };
        inside = last.is_none() && (inside || line.ends_with('{'));
    }
    text
}

/// A row is flattened from parts of which the last may be missing, which the generator of types cannot say.
const ROW: &str = "\
/** A row of a report. What is beyond its sums is missing in rows about times. */
export type Row = {
  /** What the row is about; empty for what has none. */
  key: string,
  /** Its parts by the second key, where one was asked for; they sum to it in tokens and cost. */
  parts?: Array<Part>,
} & Totals & Partial<Extra>;

/** A part of a row. */
export type Part = {
  /** What the part is about; empty for what has none. */
  key: string,
} & Totals;
";

/// All types that go over the wire, as one TypeScript file.
fn typescript() -> String {
    let config = Config::default().with_large_int("number");
    let types = [
        declared::<Status>(&config),
        declared::<wire::Severity>(&config),
        declared::<wire::Workspace>(&config),
        declared::<wire::SessionBrief>(&config),
        declared::<wire::Context>(&config),
        declared::<wire::ContextSource>(&config),
        declared::<wire::Session>(&config),
        declared::<wire::State>(&config),
        declared::<wire::Subagent>(&config),
        declared::<wire::Totals>(&config),
        declared::<wire::Cache>(&config),
        declared::<wire::Burn>(&config),
        declared::<wire::Block>(&config),
        declared::<wire::Budget>(&config),
        declared::<crate::budgets::Urgency>(&config),
        declared::<alerts::BudgetWarning>(&config),
        declared::<alerts::LimitWarning>(&config),
        declared::<alerts::AlertNotice>(&config),
        declared::<alerts::Action>(&config),
        declared::<wire::Limit>(&config),
        declared::<crate::limits::Source>(&config),
        declared::<wire::Health>(&config),
        declared::<wire::Role>(&config),
        declared::<wire::Watch>(&config),
        declared::<Report>(&config),
        ROW.to_owned(),
        declared::<reports::Extra>(&config),
    ];
    format!(
        "// What goes over the wire, as docs/protocol.md explains. Written by the tests.\n\n{}",
        types.join("\n")
    )
}

#[test]
fn the_schemas_are_current() {
    for (path, schema) in [("docs/schema/status.json", status()), ("docs/schema/report.json", report())] {
        checked_in(path, &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
    }
    for (name, schema) in larger_reports().into_iter().chain(warnings()) {
        let path = format!("docs/schema/{name}.json");
        checked_in(&path, &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
    }
}

#[test]
fn the_types_are_current() {
    checked_in("editors/protocol.d.ts", &typescript());
}

#[test]
fn the_types_have_the_fields_of_the_schemas() {
    let types = typescript();
    let warnings = warnings();
    let warnings = warnings.iter().flat_map(|(_, schema)| fields(schema));
    for field in warnings.chain(fields(&status())).chain(fields(&report())) {
        let declared = [format!("  {field}: "), format!("  {field}?: ")];
        assert!(declared.iter().any(|text| types.contains(text)), "{field} is in no type");
    }
    assert!(!types.contains("bigint"), "a 64-bit integer is a number in JSON");
}

#[test]
fn the_protocol_page_names_everything() {
    let page = read("docs/protocol.md");
    let methods = methods::METHODS.iter().map(|(method, _)| *method);
    let names = methods.chain(methods::COMMANDS).map(str::to_owned);
    let warnings = warnings();
    let warnings = warnings.iter().flat_map(|(_, schema)| fields(schema));
    for name in names.chain(warnings).chain(fields(&status())).chain(fields(&report())) {
        assert!(page.contains(&format!("`{name}`")), "docs/protocol.md does not say what `{name}` is");
    }
}

#[test]
fn the_page_of_reports_names_every_field() {
    let (page, protocol) = (read("docs/reports.md"), read("docs/protocol.md"));
    for (name, schema) in larger_reports() {
        for field in fields(&schema) {
            let said = format!("`{field}`");
            let there = page.contains(&said) || protocol.contains(&said);
            assert!(there, "docs/reports.md does not say what `{field}` of {name} is");
        }
    }
}

/// Every JSON block of the page that shows a status or a report has the fields of one.
#[test]
fn the_examples_are_real() {
    let page = read("docs/protocol.md");
    let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let messages: Vec<Value> = blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    let of = |key: &str, method: &str| {
        messages
            .iter()
            .find(|message| message[key] == method)
            .unwrap_or_else(|| panic!("no example of {method}"))
    };
    let status: Status = serde_json::from_value(of("method", methods::STATUS)["params"].clone()).unwrap();
    assert_eq!(status.version, wire::VERSION);
    let answer = messages.iter().find(|message| message["result"]["rows"].is_array()).unwrap();
    let report: Report = serde_json::from_value(answer["result"].clone()).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), answer["result"]);
    assert_eq!(serde_json::to_value(&status).unwrap(), of("method", methods::STATUS)["params"]);
    let params = &of("method", methods::BUDGET_WARNING)["params"];
    let warning: alerts::BudgetWarning = serde_json::from_value(params.clone()).unwrap();
    assert_eq!(serde_json::to_value(&warning).unwrap(), *params);
}

/// The override of docs/pricing.md can be pasted into a config file.
#[test]
fn the_price_override_of_the_page_works() {
    #[derive(serde::Deserialize)]
    struct Example {
        prices: Prices,
    }
    #[derive(serde::Deserialize)]
    struct Prices {
        r#override: Vec<crate::pricing::Override>,
    }
    let page = read("docs/pricing.md");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let overrides = toml::from_str::<Example>(block).unwrap().prices.r#override;
    assert!(!overrides.is_empty());
    let table = crate::pricing::PriceTable::builtin().with_overrides(&overrides).unwrap();
    for change in overrides {
        assert!(table.resolve(&change.model).is_some(), "{}", change.model);
        assert!(change.aliases.iter().all(|alias| table.resolve(alias).is_some()), "{}", change.model);
    }
}

/// Every command has its row in README.md, and every row its command.
#[test]
fn the_readme_lists_every_command() {
    use clap::CommandFactory as _;
    let page = read("README.md");
    let (_, section) = page.split_once("\n## Commands\n").unwrap();
    let section = section.split("\n## ").next().unwrap_or_default();
    let listed: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `costline "))
        .filter_map(|line| line.split([' ', '`']).next())
        .map(str::to_owned)
        .collect();
    let cli = crate::cli::Cli::command();
    let commands: BTreeSet<String> =
        cli.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    assert_eq!(listed, commands);
}

#[test]
fn the_pages_name_the_rust_version_and_files_that_exist() {
    let version = format!("Rust {} or later", env!("CARGO_PKG_RUST_VERSION"));
    for path in ["README.md", "CONTRIBUTING.md", "tests/run"] {
        assert!(read(path).contains(&version), "{path} does not say {version:?}");
    }
    let mut pages = vec![place("README.md"), place("CONTRIBUTING.md"), place("CHANGELOG.md")];
    pages.extend(std::fs::read_dir(place("docs")).unwrap().map(|entry| entry.unwrap().path()));
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in
            links.filter(|link| !link.is_empty() && !link.contains(':') && *link != "docs/picture.png")
        {
            assert!(
                page.with_file_name(link).exists(),
                "{} links to {link}, which is not there",
                page.display()
            );
        }
    }
}
