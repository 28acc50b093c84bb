//! Answers to questions of one's own: rows of any columns.

use super::Out;
use super::listing::{table, write};
use anyhow::Result;
use comfy_table::{Cell, CellAlignment};
use serde_json::Value;
use std::io::Write as _;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table for a person.
    Table,
    /// One array of objects.
    Json,
    /// Comma-separated values with a line of names, as RFC 4180 has it.
    Csv,
}

/// An answer while it is written. A table is held until its end, the other forms are written row by row.
pub struct Answer<'a> {
    form: Form,
    out: &'a mut Out,
    columns: Vec<String>,
    held: Vec<Vec<Value>>,
    count: usize,
}

impl<'a> Answer<'a> {
    /// An answer without columns yet.
    pub fn new(form: Form, out: &'a mut Out) -> Self {
        Self { form, out, columns: Vec::new(), held: Vec::new(), count: 0 }
    }

    /// Takes the names of the columns.
    ///
    /// # Errors
    /// Nobody reads any more, or the disk is full.
    pub fn columns(&mut self, names: Vec<String>) -> Result<()> {
        self.columns = names;
        match self.form {
            Form::Table => {}
            Form::Json => write!(self.out, "[")?,
            Form::Csv => {
                let names: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
                writeln!(self.out, "{}", names.join(","))?;
            }
        }
        Ok(())
    }

    /// Takes a row.
    ///
    /// # Errors
    /// As for [`Answer::columns`].
    pub fn row(&mut self, cells: Vec<Value>) -> Result<()> {
        match self.form {
            Form::Table => self.held.push(cells),
            Form::Json => {
                let names = self.columns.iter().cloned();
                let object: serde_json::Map<String, Value> = names.zip(cells).collect();
                let comma = if self.count == 0 { "" } else { "," };
                write!(self.out, "{comma}\n{}", Value::Object(object))?;
            }
            Form::Csv => {
                let cells: Vec<String> = cells.iter().map(|cell| quoted(&plain(cell, ""))).collect();
                writeln!(self.out, "{}", cells.join(","))?;
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// As for [`Answer::columns`].
    pub fn end(self) -> Result<()> {
        match self.form {
            Form::Json if self.count == 0 => writeln!(self.out, "]")?,
            Form::Json => writeln!(self.out, "\n]")?,
            Form::Csv => {}
            Form::Table => {
                let names: Vec<&str> = self.columns.iter().map(String::as_str).collect();
                let mut table = table(self.out, &names);
                for row in self.held {
                    table.add_row(row.iter().map(|value| {
                        let cell = Cell::new(plain(value, "–"));
                        if value.is_number() { cell.set_alignment(CellAlignment::Right) } else { cell }
                    }));
                }
                write(&table, self.out)?;
            }
        }
        Ok(())
    }
}

fn plain(value: &Value, nothing: &str) -> String {
    match value {
        Value::Null => nothing.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_csv_are_quoted_where_they_must_be() {
        for (text, expected) in [
            ("a b", "a b"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
