//! Words of a shell's command line.

/// A text as one word of a shell.
pub fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:,@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The words of a command line: quotes and backslashes mean what they mean to a shell, nothing else means anything.
pub(super) fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(letter),
            (Some(_), '\\') => {
                let next = letters.next();
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
            (None, '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_of_a_command() {
        for (command, expected) in [
            ("costline statusline", &["costline", "statusline"][..]),
            ("  a\t'b c'\"d\"  ", &["a", "b cd"]),
            (r#"a "b \" \n" \'c '' "#, &["a", r#"b " \n"#, "'c", ""]),
            ("", &[]),
            ("'open", &["open"]),
        ] {
            assert_eq!(words(command), expected, "{command}");
        }
        assert_eq!(quoted("npx ccusage"), "'npx ccusage'");
        assert_eq!((quoted("/a/b"), quoted("")), ("/a/b".to_owned(), "''".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_one_word(text in any::<String>()) {
            prop_assert_eq!(words(&quoted(&text)), [text]);
        }
    }
}
