//! Claude's `settings.json`: how our commands get in and out of it. Pure: text in, text out; what is not ours stays as it was
//! written, to the byte.

mod command;
mod edit;
mod words;

pub use words::quoted;

use command::{CommandLine, with_options};
use edit::{Edit, Refusal, members, value_of};
use serde::Serialize;

/// Why a file is left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not JSON.
    #[error("it is not valid JSON ({0}); mend it first")]
    Json(String),
    /// It is JSON, but no object.
    #[error("it holds no JSON object, as Claude's settings are; mend it first")]
    NoObject,
    /// Something in it is not what Claude Code expects.
    #[error("`{0}` in it is not {1}; mend it first")]
    Shape(String, &'static str),
    /// A command is to run inside where another one does.
    #[error("`{0}` is there and runs inside by itself; leave --wrap out")]
    Inside(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Json(reason) => Self::Json(reason),
            Refusal::NoObject => Self::NoObject,
            Refusal::Shape(place, wanted) => Self::Shape(place, wanted),
        }
    }
}

/// The events that a hook of ours listens to, and whether Claude Code goes on without waiting for it.
pub const EVENTS: [(&str, bool); 6] = [
    ("UserPromptSubmit", false),
    ("PreToolUse", false),
    ("PostToolUse", true),
    ("PostToolUseFailure", true),
    ("SessionStart", true),
    ("SessionEnd", false),
];

/// How long Claude Code waits for a hook of ours, in seconds; it answers in a few milliseconds.
const PATIENCE: u32 = 5;

#[derive(Serialize)]
struct StatusLine<'a> {
    r#type: &'static str,
    command: &'a str,
}

#[derive(Serialize)]
struct Matcher<'a> {
    hooks: [Hook<'a>; 1],
}

#[derive(Serialize)]
struct Hook<'a> {
    r#type: &'static str,
    command: &'a str,
    timeout: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    r#async: bool,
}

/// The file with this command and options as its status line. One that was there runs inside, by `--wrap`; one of ours gets the
/// options and stays as it is else.
///
/// # Errors
/// The file is not one of Claude's settings, or has a command that `--wrap` among the options would put out of its place.
pub fn with_statusline(text: &str, command: &str, options: &[(&str, &str)]) -> Result<String, Error> {
    let mut edit = Edit::of(text)?;
    let wrap = options.iter().find(|(flag, _)| *flag == "--wrap").map(|(_, wrap)| *wrap);
    let command = with_options(command, options);
    let line = StatusLine { r#type: "command", command: &command };
    let Some(held) = edit.at(&["statusLine"])? else {
        edit.insert(&[], "statusLine", &line)?;
        return Ok(edit.text);
    };
    let Some(own) = command_in(text, &["statusLine"])?.filter(|own| !own.trim().is_empty()) else {
        edit.replace(held, &line);
        return Ok(edit.text);
    };
    let ours = CommandLine::of(&own, "statusline");
    let inside = ours.as_ref().map_or_else(|| Some(own.clone()), CommandLine::inside);
    match (inside, wrap) {
        (Some(inside), Some(wrap)) if ours.is_none() || inside != wrap => return Err(Error::Inside(inside)),
        _ => {}
    }
    let whole = match ours {
        Some(ours) => ours.with(options),
        None => with_options(&command, &[("--wrap", &own)]),
    };
    if whole != own {
        edit.replace_at(&["statusLine", "command"], &whole)?;
    }
    Ok(edit.text)
}

/// The file without a status line of ours; one that ran inside is in its place again.
///
/// # Errors
/// The file is not one of Claude's settings.
pub fn without_statusline(text: &str) -> Result<String, Error> {
    let mut edit = Edit::of(text)?;
    let held = command_in(text, &["statusLine"])?;
    let Some(ours) = held.as_ref().and_then(|command| CommandLine::of(command, "statusline")) else {
        return Ok(edit.text);
    };
    match ours.inside() {
        Some(inner) => edit.replace_at(&["statusLine", "command"], &inner)?,
        None => edit.remove(&["statusLine"])?,
    }
    Ok(edit.text)
}

/// The file with this command as a hook of every event that we listen to. One of ours stays as it is; where it is limited to
/// some tools, one for all stands beside it.
///
/// # Errors
/// As for [`without_statusline`].
pub fn with_hooks(text: &str, command: &str) -> Result<String, Error> {
    let mut edit = Edit::of(text)?;
    for (event, unawaited) in EVENTS {
        let hook = Hook { r#type: "command", command, timeout: PATIENCE, r#async: unawaited };
        let matcher = Matcher { hooks: [hook] };
        if edit.at(&["hooks"])?.is_none() {
            edit.insert(&[], "hooks", &serde_json::Map::new())?;
        }
        match edit.at(&["hooks", event])? {
            None => edit.insert(&["hooks"], event, &[matcher])?,
            Some(_) if ours(&edit.text, event)?.iter().any(|hook| hook.for_all) => {}
            Some(_) => edit.append(&["hooks", event], &matcher)?,
        }
    }
    Ok(edit.text)
}

/// The file without hooks of ours; what held nothing else goes, too.
///
/// # Errors
/// As for [`without_statusline`].
pub fn without_hooks(text: &str) -> Result<String, Error> {
    let mut edit = Edit::of(text)?;
    let Some(hooks) = edit.at(&["hooks"])? else { return Ok(edit.text) };
    let events: Vec<String> = members(&edit.text, hooks).into_iter().map(|member| member.key).collect();
    let mut any = false;
    for event in events {
        while let Some(Ours { matcher, hook, .. }) = ours(&edit.text, &event)?.pop() {
            any = true;
            let (matcher, hook) = (matcher.to_string(), hook.to_string());
            let place = ["hooks", &event, &matcher, "hooks"];
            edit.remove(&[&place[..], &[&hook]].concat())?;
            for depth in [4, 2] {
                // The list of the matcher's hooks, then that of the event's matchers.
                if edit.at(&place[..depth])?.is_some_and(|held| is_empty(&edit.text[held])) {
                    edit.remove(if depth == 4 { &place[..3] } else { &place[..2] })?;
                }
            }
        }
    }
    if any && edit.at(&["hooks"])?.is_some_and(|held| is_empty(&edit.text[held])) {
        edit.remove(&["hooks"])?;
    }
    Ok(edit.text)
}

fn is_empty(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || "[]{}".contains(letter))
}

/// A hook of ours: the number of its matcher, its own in that, and whether it is for whatever the event is about.
struct Ours {
    matcher: usize,
    hook: usize,
    for_all: bool,
}

/// Which hooks of an event are ours.
fn ours(text: &str, event: &str) -> Result<Vec<Ours>, Error> {
    let mut found = Vec::new();
    let held = value_of(text)?;
    let Some(matchers) = held["hooks"].get(event) else { return Ok(found) };
    if !matchers.is_array() {
        return Err(Error::Shape(format!("hooks.{event}"), "a list"));
    }
    for (matcher, held) in matchers.as_array().into_iter().flatten().enumerate() {
        let for_all = matches!(held["matcher"].as_str(), None | Some("" | "*"));
        for (hook, held) in held["hooks"].as_array().into_iter().flatten().enumerate() {
            if held["command"].as_str().is_some_and(|command| is_ours(command, "hook")) {
                found.push(Ours { matcher, hook, for_all });
            }
        }
    }
    Ok(found)
}

/// The command at a place, where that runs one.
fn command_in(text: &str, place: &[&str]) -> Result<Option<String>, Error> {
    let whole = value_of(text)?;
    let held = place.iter().fold(&whole, |value, key| &value[*key]);
    let is_command = held["type"].as_str().is_none_or(|kind| kind == "command");
    Ok(held["command"].as_str().filter(|_| is_command).map(str::to_owned))
}

/// Whether a command line runs this command of Costline.
fn is_ours(command: &str, name: &str) -> bool {
    CommandLine::of(command, name).is_some()
}

/// What changes between two texts, as lines with a sign before each, and up to three lines around it.
pub fn difference(before: &str, after: &str) -> Vec<(char, String)> {
    const AROUND: usize = 3;
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
    let tail = rest.take_while(|(a, b)| a == b).count();
    let sign = |sign: char| move |line: &&str| (sign, (*line).to_owned());
    let mut lines: Vec<(char, String)> =
        old[same.saturating_sub(AROUND)..same].iter().map(sign(' ')).collect();
    lines.extend(old[same..old.len() - tail].iter().map(sign('-')));
    lines.extend(new[same..new.len() - tail].iter().map(sign('+')));
    lines.extend(new[new.len() - tail..].iter().take(AROUND).map(sign(' ')));
    lines
}

/// Whether the status line, or some hook, of a file is ours.
pub fn has_ours(text: &str) -> (bool, bool) {
    let statusline = command_in(text, &["statusLine"]).ok().flatten();
    let whole = value_of(text).unwrap_or_default();
    let events = whole["hooks"].as_object().into_iter().flatten();
    let any = |event: &String| ours(text, event).is_ok_and(|found| !found.is_empty());
    (
        statusline.is_some_and(|command| is_ours(&command, "statusline")),
        events.map(|(event, _)| event).any(any),
    )
}

#[cfg(test)]
mod tests;
