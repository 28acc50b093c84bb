//! Words of a shell's command line.

use std::ops::Range;

/// A word, and where it lies with its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) place: Range<usize>,
}

/// A text as one word of a shell.
pub fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:,@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The words of a command line: quotes and backslashes mean what they mean to a shell, nothing else means anything.
pub(super) fn words(command: &str) -> Vec<Word> {
    let (mut words, mut word, mut quote, mut start) = (Vec::new(), None::<String>, None, 0);
    let mut letters = command.char_indices();
    while let Some((at, letter)) = letters.next() {
        if word.is_none() {
            start = at;
        }
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(letter),
            (Some(_), '\\') => {
                let next = letters.next().map(|(_, next)| next);
                let word = word.get_or_insert_default();
                // Within double quotes a backslash stands for itself before most signs.
                if !next.is_some_and(|next| "\"\\$`\n".contains(next)) {
                    word.push('\\');
                }
                word.extend(next);
            }
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(letters.next().map(|(_, next)| next)),
            (None, _) if letter.is_whitespace() => {
                words.extend(word.take().map(|text| Word { text, place: start..at }));
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word.map(|text| Word { text, place: start..command.len() }));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(command: &str) -> Vec<String> {
        words(command).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_of_a_command() {
        for (command, expected) in [
            ("costline statusline", &["costline", "statusline"][..]),
            ("  a\t'b c'\"d\"  ", &["a", "b cd"]),
            (r#"a "b \" \n" \'c '' "#, &["a", r#"b " \n"#, "'c", ""]),
            ("", &[]),
            ("'open", &["open"]),
        ] {
            assert_eq!(texts(command), expected, "{command}");
        }
        let command = "a  'b c'\"d\" \\e ";
        let places: Vec<&str> = words(command).into_iter().map(|word| &command[word.place]).collect();
        assert_eq!(places, ["a", "'b c'\"d\"", "\\e"]);
        assert_eq!(quoted("npx ccusage"), "'npx ccusage'");
        assert_eq!((quoted("/a/b"), quoted("")), ("/a/b".to_owned(), "''".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_one_word(text in any::<String>()) {
            prop_assert_eq!(texts(&quoted(&text)), [text]);
        }
    }
}
