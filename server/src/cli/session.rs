//! `costline session`.

use super::Shared;
use super::range::Form;
use crate::app::{now, open_for_report};
use crate::output::{self, Out};
use crate::reports::{self, Matched, refusal};
use anyhow::{Result, bail};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Session {
    /// The session's id, or as much of its beginning as no other id has
    id: String,
    /// At most N turns (the latest) and N rows of each part
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    form: Form,
}

impl Session {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&self.form.flags())?;
        let (access, summary) = open_for_report(&setup, !self.form.no_ingest)?;
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        let id = self.id.trim();
        let facts = match access.reading.session(id, &setup.zone, access.roots)? {
            Matched::One(facts) => facts,
            Matched::Nothing => {
                bail!("there is no session whose id begins with {id:?}; `costline sessions` lists them")
            }
            Matched::Several(candidates, count) => bail!(refusal("sessions", id, &candidates, count)),
        };
        let moment = access.reading.moment(now())?;
        let mut report = reports::session(facts, moment, &setup.zone, setup.prices());
        report.partial = access.partial.then_some(true);
        if self.form.json {
            output::json(&report, out)?;
        } else {
            output::session(&report, self.limit, out)?;
        }
        Ok(0)
    }
}
