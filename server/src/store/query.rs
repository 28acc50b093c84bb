//! Questions of one's own: one statement that changes nothing.

use super::schema::{Error, open_for_reading};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, InterruptHandle};
use serde_json::Value;
use std::path::Path;

/// A database that is open for questions.
pub struct Questions {
    connection: Connection,
}

impl Questions {
    /// Opens the database for reading alone.
    pub fn open(database: &Path) -> Result<Self, Error> {
        Ok(Self { connection: open_for_reading(database)? })
    }

    /// What ends a question from another thread.
    pub fn interrupt(&self) -> InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Asks; `columns` hears the names of the columns first, `row` then each row, and says whether to go on.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the statement, or why there is no answer.
    pub fn ask(
        &self,
        sql: &str,
        columns: &mut dyn FnMut(Vec<String>),
        row: &mut dyn FnMut(Vec<Value>) -> bool,
    ) -> Result<(), String> {
        let told = |error: rusqlite::Error| match error {
            rusqlite::Error::MultipleStatement => "give one statement at a time".to_owned(),
            rusqlite::Error::SqlInputError { msg, sql, offset, .. } => {
                let near: String = sql.get(offset.max(0) as usize..).unwrap_or("").chars().take(20).collect();
                if near.is_empty() { msg } else { format!("{msg}, near {near:?}") }
            }
            error => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::OperationInterrupted) => {
                    "the time was up; ask for less, or give --timeout more seconds".to_owned()
                }
                _ => Error::from(error).to_string(),
            },
        };
        let mut statement = self.connection.prepare(sql).map_err(told)?;
        if !statement.readonly() || statement.column_count() == 0 {
            return Err("only a statement that reads is allowed; begin it with SELECT or WITH".to_owned());
        }
        columns(statement.column_names().map(str::to_owned).collect());
        let count = statement.column_count();
        let mut rows = statement.query([]).map_err(told)?;
        while let Some(found) = rows.next().map_err(told)? {
            let cells = (0..count).map(|index| found.get_ref(index).map(cell));
            if !row(cells.collect::<rusqlite::Result<_>>().map_err(told)?) {
                break;
            }
        }
        Ok(())
    }
}

/// A value as JSON has it; of bytes only their number is told, since no view has any.
fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => format!("({} bytes)", bytes.len()).into(),
    }
}
