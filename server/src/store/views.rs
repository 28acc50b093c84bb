//! The views for questions of one's own. They are made apart from migrations: whoever leads makes them anew where their
//! text is another.

use super::writer::{meta, set_meta};
use rusqlite::{Connection, Result, Transaction, TransactionBehavior};
use xxhash_rust::xxh3::xxh3_64;

/// The number of the views' text: grows with every change of it, so that of two programs that lead in turn the newer
/// one's views stay.
const VERSION: i64 = 2;

const VIEWS: &str = include_str!("../../migrations/views.sql");

/// The names of the views in a text, in its order.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("CREATE VIEW ")?.strip_suffix(" AS"))
}

/// Makes the views where they are missing or of an older text.
pub(super) fn refresh(connection: &Connection) -> Result<()> {
    refresh_as(connection, VERSION, VIEWS)
}

fn refresh_as(connection: &Connection, version: i64, text: &str) -> Result<()> {
    let hash = xxh3_64(text.as_bytes()) as i64;
    let held: Option<i64> = meta(connection, "views_version")?;
    let held_hash: Option<i64> = meta(connection, "views_hash")?;
    if held.is_some_and(|held| held > version) || held == Some(version) && held_hash == Some(hash) {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Those of an older text may have had other names; views that a person made stay.
    let older: Option<String> = meta(&transaction, "views")?;
    for name in older.as_deref().unwrap_or("").split(',').filter(|name| !name.is_empty()).chain(names(text)) {
        transaction.execute_batch(&format!("DROP VIEW IF EXISTS \"{}\"", name.replace('"', "\"\"")))?;
    }
    transaction.execute_batch(text)?;
    set_meta(&transaction, "views", &names(text).collect::<Vec<_>>().join(","))?;
    set_meta(&transaction, "views_version", &version)?;
    set_meta(&transaction, "views_hash", &hash)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::open_for_writing;

    fn views(connection: &Connection) -> Vec<String> {
        let mut statement =
            connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Every view can be read, and every column of each is on the page.
    #[test]
    fn the_page_names_every_column() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_for_writing(&folder.path().join("usage.db")).unwrap();
        let page = include_str!("../../../docs/sql.md");
        let expected = [
            "days",
            "files",
            "local_days",
            "messages",
            "models",
            "projects",
            "sessions",
            "tool_uses",
            "tools",
            "turns",
        ];
        assert_eq!(views(&connection), expected);
        for view in expected {
            let (_, section) = page.split_once(&format!("### `{view}`")).expect(view);
            let section = section.split("\n#").next().unwrap();
            let statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
            for column in statement.column_names() {
                assert!(
                    section.contains(&format!("`{column}`")),
                    "docs/sql.md does not name {view}.{column}"
                );
            }
        }
    }

    #[test]
    fn the_newer_text_stays() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_for_writing(&folder.path().join("usage.db")).unwrap();
        connection.execute_batch("CREATE VIEW mine AS SELECT 1").unwrap();
        let newer = "CREATE VIEW messages AS\nSELECT 1;\nCREATE VIEW weeks AS\nSELECT 2;\n";
        refresh_as(&connection, VERSION + 1, newer).unwrap();
        assert!(views(&connection).contains(&"weeks".to_owned()));
        refresh(&connection).unwrap();
        assert!(views(&connection).contains(&"weeks".to_owned()), "the older program's views came back");
        // The other way round all is as the newer text says, but for what a person made.
        refresh_as(&connection, VERSION + 2, VIEWS).unwrap();
        let views = views(&connection);
        assert!(!views.contains(&"weeks".to_owned()) && views.contains(&"mine".to_owned()), "{views:?}");
        // The same text writes nothing.
        let changes = connection.total_changes();
        refresh_as(&connection, VERSION + 2, VIEWS).unwrap();
        assert_eq!(connection.total_changes(), changes);
    }
}
