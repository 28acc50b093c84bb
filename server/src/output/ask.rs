//! Questions to a person on a terminal.

use super::Out;
use std::io::{self, IsTerminal as _, Read as _, Write as _};

/// Whether someone at a terminal can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question and gives the answer; an empty one is the `usual` one. At the end of input it is `None`.
///
/// # Errors
/// The terminal cannot be read, or what it gives is no text.
pub fn ask(out: &mut Out, question: &str, usual: &str) -> io::Result<Option<String>> {
    out.flush()?;
    let usual_shown = if usual.is_empty() { String::new() } else { format!(" [{usual}]") };
    write!(io::stderr(), "{question}{usual_shown}: ")?;
    Ok(line()?.map(|answer| if answer.is_empty() { usual.to_owned() } else { answer }))
}

/// Whether standard input is a terminal, where nobody hands anything over.
pub fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Standard input as far as it can be read, so many bytes at most.
pub fn input(most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before an error is handed over.
    let _ = io::stdin().lock().take(most).read_to_end(&mut bytes);
    bytes
}

/// The next line of standard input; `None` at its end.
///
/// # Errors
/// As for [`ask`].
pub fn line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
