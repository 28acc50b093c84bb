//! Rows on their way into a report.

use crate::money::NanoUsd;
use crate::store::merge::flag;
use crate::store::rollup::tokens;
use crate::sums::Sums;
use crate::time::Millis;
use rusqlite::{Result, Row, Rows};

/// What is known of a session.
pub(super) struct Session {
    pub(super) uuid: String,
    pub(super) project: i64,
    pub(super) started: Option<Millis>,
    pub(super) last: Option<Millis>,
    pub(super) api_ms: Option<i64>,
}

/// What responses of one origin have in common.
pub(super) struct Origin {
    pub(super) session: i64,
    pub(super) sidechain: bool,
    pub(super) agent: i64,
    pub(super) agent_kind: i64,
    pub(super) branch: i64,
    pub(super) skill: i64,
    pub(super) mcp: i64,
}

/// A response on its way into a report.
#[derive(Clone, Copy)]
pub(super) struct Response {
    pub(super) id: i64,
    pub(super) at: Millis,
    pub(super) origin: i64,
    pub(super) model: i64,
    pub(super) part: i64,
    pub(super) sums: Sums,
    /// The turn's number; 0 where it is not known.
    pub(super) turn: i64,
    /// How long it took to come, in milliseconds, where telemetry said so.
    pub(super) took: Option<i64>,
}

/// One use of a tool.
#[derive(Clone)]
pub(super) struct Tool {
    pub(super) response: i64,
    pub(super) name: i64,
    pub(super) file: i64,
    pub(super) detail: i64,
    pub(super) failed: bool,
    pub(super) added: i64,
    pub(super) removed: i64,
}

impl Response {
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        let (part, flags): (i64, i64) = (row.get(4)?, row.get(5)?);
        let whole = part == 0;
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            origin: row.get(2)?,
            model: row.get(3)?,
            part,
            turn: row.get(13)?,
            took: row.get(14)?,
            sums: Sums {
                messages: i64::from(whole),
                tokens: tokens(row, 6)?,
                cost: NanoUsd(row.get(12)?),
                unpriced: i64::from(flags & flag::UNPRICED != 0),
                lower_bound: i64::from(whole && flags & flag::FINISHED == 0),
            },
        })
    }
}

/// Uses of tools, in the order of their responses.
pub(super) struct Tools<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) next: Option<Tool>,
}

impl<'a> Tools<'a> {
    pub(super) fn new(rows: Rows<'a>) -> Self {
        Self { rows, next: None }
    }

    /// The uses of one response; responses are asked for in their order.
    pub(super) fn of(&mut self, response: i64) -> Result<Vec<Tool>> {
        let mut used = Vec::new();
        loop {
            if self.next.is_none() {
                self.next = match self.rows.next()? {
                    Some(row) => Some(Tool {
                        response: row.get(0)?,
                        name: row.get(1)?,
                        file: row.get(2)?,
                        detail: row.get(3)?,
                        failed: row.get(4)?,
                        added: row.get(5)?,
                        removed: row.get(6)?,
                    }),
                    None => return Ok(used),
                };
            }
            match self.next.take() {
                Some(tool) if tool.response > response => {
                    self.next = Some(tool);
                    return Ok(used);
                }
                Some(tool) if tool.response == response => used.push(tool),
                _ => {}
            }
        }
    }
}
