//! The list of settings in `docs/config.md`.

use super::settings::SETTINGS;
use super::table::Setting;

/// The settings as a table in Markdown.
pub fn markdown() -> String {
    let head = "| setting | takes | default | editor may | what it is for |\n|---|---|---|---|---|\n";
    SETTINGS.iter().fold(head.to_owned(), |table, setting| table + &row(setting))
}

fn row(setting: &Setting) -> String {
    let may = if setting.editor { "yes" } else { "no" };
    let (key, default) = (setting.key, setting.default_value());
    format!("| `{key}` | {} | `{default}` | {may} | {} |\n", setting.kind.wanted(), setting.doc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::checked_in;

    #[test]
    fn the_page_lists_what_there_is() {
        const MARKS: [&str; 2] = ["<!-- settings: written by the tests -->\n", "<!-- end of settings -->"];
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md")).unwrap();
        let (before, rest) = page.split_once(MARKS[0]).unwrap();
        let (_, after) = rest.split_once(MARKS[1]).unwrap();
        checked_in("docs/config.md", &format!("{before}{}{}{}{after}", MARKS[0], markdown(), MARKS[1]));
    }
}
