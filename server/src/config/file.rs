//! Settings out of the config file.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::Layer;
use super::origin::{Given, Origin};
use super::problem::Problem;
use super::suggest;
use super::table::Setting;

/// No config file is longer; a path to something else should not fill the memory.
const MAX_BYTES: u64 = 1 << 20;

/// One slip can make a parser stumble over the whole rest; more places than these help nobody.
const MAX_SYNTAX_PROBLEMS: usize = 5;

/// What the file at `path` sets. A missing file sets nothing and is no problem. While it cannot be read as a whole, what
/// it said last still counts; `last` is that text.
pub(super) fn read(path: &Path, last: &mut Vec<u8>) -> Layer {
    let (_, mut problems) = match bytes(path) {
        Ok(bytes) if is_config(&bytes) => {
            *last = bytes;
            return parse(path, last);
        }
        Ok(bytes) => parse(path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            last.clear();
            return Layer::default();
        }
        Err(error) => {
            whole_file(path, format!("cannot read the config file ({error}); check its permissions"))
        }
    };
    let (given, _) = parse(path, last);
    if !given.is_empty() {
        problems.iter_mut().for_each(|problem| problem.message += "; what it said before still counts");
    }
    (given, problems)
}

/// Whether bytes can be a config file at all.
fn is_config(bytes: &[u8]) -> bool {
    bytes.len() as u64 <= MAX_BYTES && str::from_utf8(bytes).is_ok()
}

/// What these bytes of a file set.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Layer {
    if bytes.len() as u64 > MAX_BYTES {
        return whole_file(path, "the config file is longer than a megabyte; is it another file?".to_owned());
    }
    match str::from_utf8(bytes) {
        Ok(text) => Reader::new(path, text).read(),
        Err(error) => {
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
            let message = "the config file is not valid UTF-8; save it as UTF-8".to_owned();
            (Vec::new(), vec![Problem::torn(path, Some(line), message)])
        }
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn whole_file(path: &Path, message: String) -> Layer {
    (Vec::new(), vec![Problem::torn(path, None, message)])
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// Where each line but the first begins.
    starts: Vec<usize>,
    /// Lines that TOML's parser stumbled over: what stands on them may not be what was meant.
    broken: BTreeSet<usize>,
    layer: Layer,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, text: &'a str) -> Self {
        let starts = text.match_indices('\n').map(|(index, _)| index + 1).collect();
        Self { path, text, starts, broken: BTreeSet::new(), layer: Layer::default() }
    }

    fn read(mut self) -> Layer {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let line = error.span().map_or(1, |span| self.line(span.start));
            if self.broken.insert(line) && self.broken.len() <= MAX_SYNTAX_PROBLEMS {
                let message = "settings on this line, and maybe below it, do not count until that is mended";
                let message = format!("not valid TOML: {}; {message}", error.message());
                self.layer.1.push(Problem::torn(self.path, Some(line), message));
            }
        }
        self.table("", table.into_inner());
        self.layer
    }

    fn table(&mut self, prefix: &str, table: DeTable<'a>) {
        for (key, value) in table {
            let span = extent(key.span(), &value);
            if self.broken.range(self.line(span.start)..=self.line(span.end)).next().is_some()
                && !value.get_ref().is_table()
            {
                continue;
            }
            let line = self.line(key.span().start);
            let key = key.into_inner();
            let name = if prefix.is_empty() { key.into_owned() } else { format!("{prefix}.{key}") };
            self.entry(&name, line, value);
        }
    }

    fn entry(&mut self, name: &str, line: usize, value: Spanned<DeValue<'a>>) {
        if let Some(setting) = Setting::named(name) {
            self.setting(setting, line, value);
        } else if !Setting::is_section(name) {
            self.problem(line, suggest::unknown_setting("setting", name));
        } else if let DeValue::Table(table) = value.into_inner() {
            self.table(name, table);
        } else {
            self.problem(
                line,
                format!("`{name}` is a table of settings; write [{name}] and its settings below"),
            );
        }
    }

    fn setting(&mut self, setting: &'static Setting, line: usize, value: Spanned<DeValue<'a>>) {
        if let Ok(value) = toml::Value::deserialize(ValueDeserializer::from(value)) {
            let origin = Origin::File { path: self.path.to_owned(), line };
            self.layer.0.push(Given { setting, value, origin });
        } else {
            // TOML's own integers have no bounds, and nothing else can fail here.
            let (key, wanted) = (setting.key, setting.kind.wanted());
            self.problem(line, format!("`{key}` must be {wanted}; a number in it is too large"));
        }
    }

    fn problem(&mut self, line: usize, message: String) {
        self.layer.1.push(Problem::in_file(self.path, Some(line), message));
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.starts.partition_point(|start| *start <= offset)
    }
}

/// From the key to the end of all that is within the value; tables know the place of their header alone.
fn extent(key: Range<usize>, value: &Spanned<DeValue<'_>>) -> Range<usize> {
    let span = value.span();
    let whole = key.start.min(span.start)..key.end.max(span.end);
    match value.get_ref() {
        DeValue::Array(items) => items.iter().fold(whole, extent),
        DeValue::Table(table) => {
            table.iter().fold(whole, |whole, (key, item)| join(whole, extent(key.span(), item)))
        }
        _ => whole,
    }
}

fn join(left: Range<usize>, right: Range<usize>) -> Range<usize> {
    left.start.min(right.start)..left.end.max(right.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::load;
    use crate::config::{Config, Env, SETTINGS, StatusPart, Watch};
    use proptest::prelude::*;

    #[test]
    fn a_file_sets_everything() {
        let (config, problems) = load(
            "timezone = 'Asia/Kolkata'\nweek_start = 'sunday'\nstatus.parts = ['context']\n[lsp]\nmax_sessions = 3\n\
         [claude]\nconfig_dirs = ['~/c']\n[log]\nlevel = 'costline=debug'\n[watch]\npoll = true\n\
         [[prices.override]]\nmodel = 'm'\n[[prices.override]]\nmodel = 'n'\n",
            &[],
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!(config.timezone, Some(chrono_tz::Asia::Kolkata));
        assert_eq!(config.week_start, chrono::Weekday::Sun);
        assert_eq!(config.status.parts, [StatusPart::Context]);
        assert_eq!((config.status.separator.as_str(), config.lsp.max_sessions), (" · ", 3));
        assert_eq!(config.claude.config_dirs, ["~/c"]);
        assert_eq!((config.log.level.as_str(), config.watch.poll), ("costline=debug", true));
        assert_eq!(config.prices.r#override[1]["model"].as_str(), Some("n"));
    }

    #[test]
    fn problems_name_line_and_way_out() {
        for (file, wanted) in [
            (
                "\n[status]\nseperator = '|'",
                "FILE:4: unknown setting `status.seperator`; did you mean `status.separator`?",
            ),
            ("a = 1", "FILE:2: unknown setting `a`; `costline config show` lists what there is"),
            ("[statsu]\nx = 1\ny = 2", "FILE:2: unknown setting `statsu`; did you mean `status`?"),
            ("status = 1", "FILE:2: `status` is a table of settings; write [status] and its settings below"),
            (
                "[lsp]\nmax_sessions = 0",
                "FILE:3: `lsp.max_sessions` must be a whole number from 1 to 200, not 0",
            ),
            (
                "lsp.max_sessions = 99999999999999999999",
                "FILE:2: `lsp.max_sessions` must be a whole number from 1 to 200; a number in it is too large",
            ),
            (
                "status.parts = [\n 'cost',\n 'contex']",
                "FILE:2: `status.parts` must be a list of \"cost\", \"context\", \"five_hour\", \"seven_day\", \"budget\", each at most once, not \
                 [\"cost\", \"contex\"]; did you mean \"context\"?",
            ),
            ("[prices.override]\nx = 1", "FILE:2: `prices.override` must be a list of tables, not a table"),
            ("watch.poll = 'no'", "FILE:2: `watch.poll` must be true or false, not \"no\""),
        ] {
            let (config, problems) = load(&format!("week_start = 'friday'\n{file}"), &[]);
            assert_eq!(problems, [wanted], "{file}");
            assert_eq!(config.week_start, chrono::Weekday::Fri, "the rest of {file} counts");
            assert_eq!(config.lsp.max_sessions, 20);
        }
    }

    #[test]
    fn a_syntax_error_costs_its_line() {
        for (file, line, poll) in [
            ("watch.poll = true\nlsp.max_sessions = 5x\n", 2, true),
            ("lsp.max_sessions = 5 5\nwatch.poll = true\n", 1, true),
            ("watch.poll = true\na b = 3\n", 2, true),
            ("watch.poll = tru\n", 1, false),
            ("watch.poll = true\nwatch.poll = false\n", 2, true),
            ("watch.poll = true\nstatus.separator = \"abc\nlsp.max_sessions = 20\n", 2, true),
        ] {
            let (config, problems) = load(file, &[]);
            assert_eq!(problems.len(), 1, "{file}: {problems:?}");
            assert!(
                problems[0].starts_with(&format!("FILE:{line}: not valid TOML: ")),
                "{file}: {problems:?}"
            );
            assert_eq!(
                config,
                Config { watch: Watch { poll }, origins: config.origins.clone(), ..Config::default() }
            );
        }
        assert_eq!(load(&"= =\n".repeat(100), &[]).1.len(), 5);
    }

    #[test]
    fn hostile_files_are_only_problems() {
        let deep = format!("{}a = 1", "a.".repeat(100_000));
        let nested = format!("prices.override = {}", "[".repeat(100_000));
        let many = (0..20_000).map(|index| format!("x{index} = 1")).collect::<Vec<_>>().join("\n");
        for text in [deep, nested, many] {
            let (given, problems) = parse(Path::new("config.toml"), text.as_bytes());
            assert!(given.is_empty() && !problems.is_empty());
        }
    }

    #[test]
    fn files_that_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let problems = |path: &Path| {
            let env = Env::from_vars([("COSTLINE_CONFIG", path.to_str().unwrap())]);
            Config::load(&env).1.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
        };
        assert_eq!(problems(&folder.path().join("missing.toml")), [""; 0]);
        assert!(problems(folder.path())[0].starts_with("cannot read the config file ("));
        let path = folder.path().join("config.toml");
        std::fs::write(&path, b"week_start = 'friday'\nx = '\xff'").unwrap();
        assert_eq!(problems(&path), ["the config file is not valid UTF-8; save it as UTF-8"]);
        std::fs::write(&path, " ".repeat(2 << 20)).unwrap();
        assert_eq!(problems(&path), ["the config file is longer than a megabyte; is it another file?"]);
        let homeless = Config::load(&Env::from_vars([])).1;
        assert!(homeless[0].message.starts_with("cannot tell where the config file is"), "{homeless:?}");
    }

    /// Bytes of any kind, and text that looks enough like TOML to reach deep into the parser.
    fn files() -> impl Strategy<Value = Vec<u8>> {
        let words = SETTINGS.iter().map(|setting| setting.key).chain([
            "status",
            "lsp",
            "prices",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            "=",
            " = ",
            ".",
            ",",
            "\"",
            "'",
            "\"\"\"",
            "'''",
            "\n",
            "\n",
            "\r\n",
            "#",
            "\\",
            "1",
            "-",
            "0x",
            "1e9",
            "true",
            "1979-05-27",
            "[\"cost\"]",
            "é",
            "\u{feff}",
        ]);
        let words = proptest::sample::select(words.collect::<Vec<_>>());
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            proptest::collection::vec(words, 0..60).prop_map(|words| words.concat().into_bytes()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]
        #[test]
        fn any_file_gives_a_usable_config(bytes in files()) {
            let mut config = Config::default();
            let problems = config.lay(parse(Path::new("config.toml"), &bytes));
            for setting in SETTINGS {
                prop_assert_eq!(setting.kind.check(&(setting.get)(&config)), Ok(()));
            }
            let lines = bytes.split(|byte| *byte == b'\n').count();
            prop_assert!(problems.iter().all(|problem| problem.line.is_none_or(|line| line <= lines)));
            prop_assert_eq!(config.show().len(), SETTINGS.len());
        }
    }
}
