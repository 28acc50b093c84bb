//! Small changes of a JSON text that leave the rest as it is, to the byte.

use serde::Serialize;
use serde_json::Value;
use std::ops::Range;

/// Why a text is not changed.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is not JSON.
    Json(String),
    /// It is something other than an object.
    NoObject,
    /// What lies at a place is not what is wanted.
    Shape(String, &'static str),
}

/// What editors of some systems put at the beginning of a text. It stays, and is no part of the JSON.
const MARK: char = '\u{feff}';

/// The text as a value.
pub(super) fn value_of(text: &str) -> Result<Value, Refusal> {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_str(text).map_err(|error| Refusal::Json(error.to_string()))
}

/// One member of an object, or one item of a list.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its key, or its number in a list.
    pub(super) key: String,
    /// Where it begins: at the key, or at the item.
    start: usize,
    /// Where its value lies.
    value: Range<usize>,
}

/// A text that is being changed.
pub(super) struct Edit {
    pub(super) text: String,
}

impl Edit {
    /// A text that holds an object; an empty one is an empty object.
    pub(super) fn of(text: &str) -> Result<Self, Refusal> {
        if !value_of(text)?.is_object() {
            return Err(Refusal::NoObject);
        }
        let is_empty = |text: &str| text.trim().is_empty();
        let text = match text.strip_prefix(MARK) {
            Some(rest) if is_empty(rest) => format!("{MARK}{{}}\n"),
            None if is_empty(text) => "{}\n".to_owned(),
            _ => text.to_owned(),
        };
        Ok(Self { text })
    }

    /// Where the value at a place lies; `None` where nothing does.
    pub(super) fn at(&self, place: &[&str]) -> Result<Option<Range<usize>>, Refusal> {
        let mut found = root(&self.text);
        for (depth, key) in place.iter().enumerate() {
            if !matches!(self.text.as_bytes().get(found.start), Some(b'{' | b'[')) {
                return Err(Refusal::Shape(place[..depth].join("."), "an object"));
            }
            // Of members with the same key the last one counts.
            let held = members(&self.text, found).into_iter().rfind(|member| member.key == *key);
            match held {
                Some(member) => found = member.value,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Puts a value in the place of another one.
    pub(super) fn replace<T: Serialize>(&mut self, held: Range<usize>, value: &T) {
        let rendered = self.rendered(value, held.start);
        self.text.replace_range(held, &rendered);
    }

    /// The same where something lies at a place.
    pub(super) fn replace_at<T: Serialize>(&mut self, place: &[&str], value: &T) -> Result<(), Refusal> {
        if let Some(held) = self.at(place)? {
            self.replace(held, value);
        }
        Ok(())
    }

    /// Adds a member to the object at a place, as its last one.
    pub(super) fn insert<T: Serialize>(
        &mut self,
        place: &[&str],
        key: &str,
        value: &T,
    ) -> Result<(), Refusal> {
        let held = self.open(place, b'{', "an object")?;
        self.add(held, Some(key), value);
        Ok(())
    }

    /// Adds an item to the list at a place, as its last one.
    pub(super) fn append<T: Serialize>(&mut self, place: &[&str], value: &T) -> Result<(), Refusal> {
        let held = self.open(place, b'[', "a list")?;
        self.add(held, None, value);
        Ok(())
    }

    fn open(&self, place: &[&str], bracket: u8, wanted: &'static str) -> Result<Range<usize>, Refusal> {
        let held = self.at(place)?.filter(|held| self.text.as_bytes().get(held.start) == Some(&bracket));
        held.ok_or_else(|| Refusal::Shape(place.join("."), wanted))
    }

    fn add<T: Serialize>(&mut self, held: Range<usize>, key: Option<&str>, value: &T) {
        let members = members(&self.text, held.clone());
        let key = key.map(|key| format!("{}: ", Value::from(key))).unwrap_or_default();
        if let Some(last) = members.last() {
            // As the first one stands behind its bracket, so does the new one behind the comma.
            let gap = self.text[held.start + 1..members[0].start].to_owned();
            let gap = if gap.is_empty() { " ".to_owned() } else { gap };
            let (at, like) = (last.value.end, members[0].start);
            let rendered = self.rendered(value, like);
            self.text.insert_str(at, &format!(",{gap}{key}{rendered}"));
            return;
        }
        let (indent, unit) = (self.indent(held.start), self.unit());
        let rendered = render(value, &format!("{indent}{unit}"), &unit);
        let inside = format!("\n{indent}{unit}{key}{rendered}\n{indent}");
        self.text.replace_range(held.start + 1..held.end - 1, &inside);
    }

    /// Removes what lies at a place.
    pub(super) fn remove(&mut self, place: &[&str]) -> Result<(), Refusal> {
        let Some((key, around)) = place.split_last() else { return Ok(()) };
        let Some(held) = self.at(around)? else { return Ok(()) };
        let members = members(&self.text, held.clone());
        let Some(at) = members.iter().rposition(|member| member.key == *key) else { return Ok(()) };
        let gone = if at > 0 {
            members[at - 1].value.end..members[at].value.end
        } else if let Some(next) = members.get(1) {
            members[0].start..next.start
        } else {
            held.start + 1..held.end - 1
        };
        self.text.replace_range(gone, "");
        Ok(())
    }

    /// A value as it is to stand at a place: over several lines where its neighbours do.
    fn rendered<T: Serialize>(&self, value: &T, at: usize) -> String {
        if self.text.contains('\n') && self.text[..at].contains('\n') {
            render(value, &self.indent(at), &self.unit())
        } else {
            serde_json::to_string(value).unwrap_or_default()
        }
    }

    /// The blanks that the line of a place begins with.
    fn indent(&self, at: usize) -> String {
        let line = self.text[..at].rfind('\n').map_or(0, |line| line + 1);
        self.text[line..].chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect()
    }

    /// By how much the file indents.
    fn unit(&self) -> String {
        let blanks = |line: &str| -> String {
            line.chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect()
        };
        self.text
            .lines()
            .skip(1)
            .map(blanks)
            .find(|blanks| !blanks.is_empty())
            .unwrap_or_else(|| "  ".to_owned())
    }
}

/// A value over several lines, all but the first one indented.
fn render<T: Serialize>(value: &T, indent: &str, unit: &str) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(unit.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // What is written are texts and numbers of ours.
    let _ = value.serialize(&mut serializer);
    String::from_utf8_lossy(&bytes).replace('\n', &format!("\n{indent}"))
}

/// Where the value of a whole text lies.
fn root(text: &str) -> Range<usize> {
    let mark = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
    let start = blank(text.as_bytes(), mark);
    start..end(text.as_bytes(), start)
}

/// The members of the object, or the items of the list, that lies there. The text is known to be JSON.
pub(super) fn members(text: &str, held: Range<usize>) -> Vec<Member> {
    let bytes = text.as_bytes();
    let is_object = bytes.get(held.start) == Some(&b'{');
    let (mut found, mut at) = (Vec::new(), blank(bytes, held.start + 1));
    while at + 1 < held.end {
        let start = at;
        let mut key = found.len().to_string();
        if is_object {
            let close = end(bytes, at);
            key = serde_json::from_str(&text[at..close]).unwrap_or_default();
            // Behind the colon.
            at = blank(bytes, blank(bytes, close) + 1);
        }
        let value = at..end(bytes, at);
        at = blank(bytes, value.end);
        found.push(Member { key, start, value });
        if bytes.get(at) != Some(&b',') {
            break;
        }
        at = blank(bytes, at + 1);
    }
    found
}

fn blank(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where the value ends that begins there.
fn end(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
                if depth == 0 {
                    return at.min(bytes.len());
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | b':' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
