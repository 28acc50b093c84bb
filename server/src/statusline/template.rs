//! Templates: cells between `|`, in which `{name}` stands for a part.

/// Presets: a name and its template.
pub const PRESETS: [(&str, &str); 4] = [
    ("minimal", "{model} | {session_cost} | {context}"),
    (
        "standard",
        "{model} | {session_cost} | {project_cost} today | {budget} | {context} | {five_hour} | {seven_day}",
    ),
    (
        "full",
        "{dir} | {branch} | {model} | {session_cost} | {today} today | {block} block, {block_left} | {burn} | {budgets} | {context_bar} {context} | {five_hour} {five_hour_reset} | {seven_day} {seven_day_reset} | {cache} | {lines} | {duration}",
    ),
    (
        "limits",
        "{model} | {context} | {five_hour} {five_hour_reset} | {seven_day} {seven_day_reset} | {other_limits}",
    ),
];

/// The parts that speak of the five-hour window that runs.
const WINDOW: [&str; 5] = ["block", "block_left", "block_projected", "burn", "burn_tokens"];

/// The template of a preset.
pub fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(preset, _)| *preset == name).map(|(_, template)| *template)
}

/// A piece of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands as it is.
    Text(String),
    /// A part, by its name.
    Part(String),
}

/// A template: its cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(pub(super) Vec<Vec<Piece>>);

impl Template {
    /// Reads a template. A backslash lets the next sign stand as it is; a brace that nothing closes does, too.
    pub fn read(text: &str) -> Self {
        let mut cells = vec![Vec::new()];
        let mut held = String::new();
        let mut letters = text.chars().filter(|letter| !letter.is_control());
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => held.extend(letters.next()),
                '|' => {
                    push(&mut cells, &mut held);
                    cells.push(Vec::new());
                }
                '{' => {
                    let rest: String = letters.clone().take_while(|letter| *letter != '}').collect();
                    let closed = letters.clone().nth(rest.chars().count()) == Some('}');
                    if closed && is_name(&rest) {
                        push(&mut cells, &mut held);
                        if let Some(cell) = cells.last_mut() {
                            cell.push(Piece::Part(rest.clone()));
                        }
                        letters.nth(rest.chars().count());
                    } else {
                        held.push('{');
                    }
                }
                other => held.push(other),
            }
        }
        push(&mut cells, &mut held);
        Self(cells.into_iter().map(trimmed).filter(|cell| !cell.is_empty()).collect())
    }

    /// The names of the parts that it asks for.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().filter_map(|piece| match piece {
            Piece::Part(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Whether it asks for the five-hour window that runs.
    pub fn asks_for_window(&self) -> bool {
        self.parts().any(|part| WINDOW.contains(&part))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn push(cells: &mut [Vec<Piece>], held: &mut String) {
    if let Some(cell) = cells.last_mut().filter(|_| !held.is_empty()) {
        cell.push(Piece::Text(std::mem::take(held)));
    }
}

/// A cell without blanks around it: those stand beside the `|`.
fn trimmed(mut cell: Vec<Piece>) -> Vec<Piece> {
    if let Some(Piece::Text(text)) = cell.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Piece::Text(text)) = cell.last_mut() {
        *text = text.trim_end().to_owned();
    }
    cell.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let cell = |cell: Vec<Piece>| {
            let piece = |piece| match piece {
                Piece::Text(text) => text,
                Piece::Part(name) => format!("<{name}>"),
            };
            cell.into_iter().map(piece).collect::<String>()
        };
        Template::read(text).0.into_iter().map(cell).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn cells_and_parts() {
        for (text, expected) in [
            ("{model} | {today} today", "<model>/<today> today"),
            ("a|  |b", "a/b"),
            ("in {dir}: {today}", "in <dir>: <today>"),
            (r"\{model} \| {today}", "{model} | <today>"),
            ("{model", "{model"),
            ("{no name} {}", "{no name} {}"),
            ("{{model}}", "{<model>}"),
            ("", ""),
            ("\\", ""),
            ("a\u{1b}[31mb\nc", "a[31mbc"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
