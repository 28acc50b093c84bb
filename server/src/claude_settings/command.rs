//! Command lines that run Costline: known as ours whatever stands before, and changed option by option.

use super::words::{Word, quoted, words};
use std::ops::Range;

/// Options of ours that have a value.
const VALUED: [&str; 5] = ["--preset", "--template", "--wrap", "--color", "--claude-dir"];

/// A command line that runs some command of Costline.
pub(super) struct CommandLine<'a> {
    text: &'a str,
    words: Vec<Word>,
    /// Which word is Costline, and which is the name of its command.
    program: usize,
    name: usize,
}

impl<'a> CommandLine<'a> {
    /// A command line, where it runs the command of this name.
    pub(super) fn of(text: &'a str, name: &str) -> Option<Self> {
        let words = words(text);
        let program = program(&words);
        if !matches!(base(&words.get(program)?.text), "costline" | "costline.exe") {
            return None;
        }
        // What is behind `--wrap` is somebody else's.
        let is_own = |word: &&Word| word.text != "--wrap" && !word.text.starts_with("--wrap=");
        let behind = words[program + 1..].iter().take_while(is_own).position(|word| word.text == name)?;
        Some(Self { text, program, name: program + 1 + behind, words })
    }

    /// The command that runs inside.
    pub(super) fn inside(&self) -> Option<String> {
        self.option("--wrap").map(|(value, _)| value)
    }

    /// The same command line with these options; the others stay.
    pub(super) fn with(&self, options: &[(&str, &str)]) -> String {
        let behind = self.words[self.name].place.end;
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (flag, value) in options {
            let held = self.option(flag);
            if held.as_ref().is_some_and(|(held, _)| held == value) {
                continue;
            }
            // Of these two there is one at most.
            let rival = match *flag {
                "--preset" => self.option("--template"),
                "--template" => self.option("--preset"),
                _ => None,
            };
            let option = option(flag, value);
            edits.push(match held.or(rival) {
                Some((_, place)) => (place, option),
                None => (behind..behind, format!(" {option}")),
            });
        }
        edits.sort_by_key(|(place, _)| place.start);
        let mut text = self.text.to_owned();
        for (place, option) in edits.into_iter().rev() {
            text.replace_range(place, &option);
        }
        text
    }

    /// The value of an option, and where both lie.
    fn option(&self, flag: &str) -> Option<(String, Range<usize>)> {
        let mut words = self.words[self.program + 1..].iter();
        while let Some(word) = words.next() {
            let (name, value) = match word.text.split_once('=') {
                Some((name, value)) if VALUED.contains(&name) => (name, (value.to_owned(), word.place.end)),
                _ if VALUED.contains(&word.text.as_str()) => {
                    let value = words.next()?;
                    (&word.text[..], (value.text.clone(), value.place.end))
                }
                _ => continue,
            };
            if name == flag {
                return Some((value.0, word.place.start..value.1));
            }
        }
        None
    }
}

/// A command line with these options behind it.
pub(super) fn with_options(command: &str, options: &[(&str, &str)]) -> String {
    let options = options.iter().map(|(flag, value)| option(flag, value));
    std::iter::once(command.to_owned()).chain(options).collect::<Vec<_>>().join(" ")
}

/// An option as it stands on a command line.
fn option(flag: &str, value: &str) -> String {
    format!("{flag} {}", quoted(value))
}

/// Which word is the program: assignments may stand before it, and commands that run what follows.
fn program(words: &[Word]) -> usize {
    let text = |at: usize| words.get(at).map_or("", |word| &word.text[..]);
    let mut at = 0;
    loop {
        let before = base(text(at));
        if is_assignment(text(at)) {
            at += 1;
        } else if matches!(before, "env" | "nice" | "exec" | "command") {
            at += 1;
            while text(at).starts_with('-') {
                let with_value = matches!(
                    (before, text(at)),
                    ("env", "-u" | "--unset" | "-C" | "--chdir")
                        | ("nice", "-n" | "--adjustment")
                        | ("exec", "-a")
                );
                at += if with_value { 2 } else { 1 };
            }
        } else {
            return at;
        }
    }
}

fn is_assignment(word: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_whatever_stands_before() {
        for ours in [
            "costline statusline",
            "FOO=1 costline statusline",
            "FOO=\"a b\" _B=2 /opt/costline --color never statusline --wrap x",
            "env X=1 costline statusline",
            "/usr/bin/env -i -u HOME X=1 costline statusline",
            "nice costline statusline",
            "nice -n 5 costline statusline",
            "nice -5 costline statusline",
            "exec -a line costline statusline",
            "command -p env nice costline statusline",
        ] {
            assert!(CommandLine::of(ours, "statusline").is_some(), "{ours}");
        }
        for other in [
            "bash -c \"costline statusline\"",
            "my-costline statusline",
            "env",
            "env X=1",
            "echo costline statusline",
            "costline daily",
            "costline --wrap statusline",
            "costline daily --wrap=statusline statusline",
            "1A=1 costline statusline",
            "",
        ] {
            assert!(CommandLine::of(other, "statusline").is_none(), "{other}");
        }
    }

    #[test]
    fn options_are_changed_and_the_rest_stays() {
        for (before, options, after) in [
            ("costline statusline", &[][..], "costline statusline"),
            ("costline statusline", &[("--preset", "full")], "costline statusline --preset full"),
            (
                "X=$Y  costline --color=always statusline --preset full --wrap 'a --preset b' 2>&1",
                &[("--preset", "minimal"), ("--color", "never")],
                "X=$Y  costline --color never statusline --preset minimal --wrap 'a --preset b' 2>&1",
            ),
            (
                "costline statusline --color never --preset=full",
                &[("--template", "{model} | x")],
                "costline statusline --color never --template '{model} | x'",
            ),
            (
                "costline statusline --wrap mine",
                &[("--preset", "full"), ("--color", "never")],
                "costline statusline --preset full --color never --wrap mine",
            ),
            (
                "costline statusline --color never --preset full",
                &[("--preset", "full")],
                "costline statusline --color never --preset full",
            ),
        ] {
            assert_eq!(CommandLine::of(before, "statusline").unwrap().with(options), after, "{before}");
        }
        let inside = |text| CommandLine::of(text, "statusline").unwrap().inside();
        assert_eq!(inside("costline statusline --template --wrap"), None);
        assert_eq!(inside("costline statusline --wrap='a b'").as_deref(), Some("a b"));
    }
}
