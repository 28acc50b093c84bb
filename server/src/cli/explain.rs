//! `costline explain`.

use super::Shared;
use super::range::Form;
use crate::app::{Setup, open_for_report};
use crate::output::{self, Out};
use crate::reports::{self, Explained, Lines, Matched, Subject, refusal};
use crate::tail::mentions;
use crate::watch::scan;
use anyhow::{Result, bail};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A response (its message id), a session, or a day as YYYY-MM-DD; of an id the beginning is enough where no other
    /// begins so
    id: String,
    #[command(flatten)]
    form: Form,
}

impl Explain {
    pub(super) fn run(&self, shared: &Shared, out: &mut Out) -> Result<u8> {
        let setup = shared.setup(&self.form.flags())?;
        let (access, summary) = open_for_report(&setup, !self.form.no_ingest)?;
        output::notes(shared.color, setup.problems.iter().chain(&summary.problems));
        let id = self.id.trim();
        let subject = match access.reading.subject(id, &setup.zone, access.roots)? {
            Matched::One(subject) => subject,
            Matched::Nothing => bail!(
                "there is no response or session whose id begins with {id:?}; `costline sessions` lists the sessions, and a day is written as YYYY-MM-DD"
            ),
            Matched::Several(candidates, count) => {
                bail!(refusal("responses and sessions", id, &candidates, count))
            }
        };
        let lines = lines(&setup, &subject);
        let mut explanation = reports::explain(subject, &setup.zone, setup.prices());
        explanation.lines = lines;
        explanation.partial = access.partial.then_some(true);
        if self.form.json {
            output::json(&explanation, out)?;
        } else {
            output::explanation(&explanation, out)?;
        }
        Ok(0)
    }
}

/// Where lines of a response lie now. The database keeps the owning line alone, so the transcripts are asked. Inside the
/// texts of other lines quotes are escaped, so the id in quotes is the response's own. Ids of gateways are used again
/// and again and tell nothing.
fn lines(setup: &Setup, subject: &Subject) -> Option<Vec<Lines>> {
    let record = subject.records.first().filter(|_| subject.kind == Explained::Response)?;
    let id = record.key.split('#').next().filter(|id| id.starts_with("msg_"))?;
    let needle = format!("\"{id}\"");
    let mut found = Vec::new();
    for (folder, root) in setup.projects.iter().zip(setup.root_names()) {
        // What cannot be read was told before.
        for seen in scan(folder, &mut Vec::new()) {
            let offsets = mentions(&folder.join(&seen.path), needle.as_bytes()).unwrap_or_default();
            if offsets.is_empty() {
                continue;
            }
            let file = format!("{root}/{}", seen.path);
            let owns = file == record.file && offsets.contains(&record.offset.unsigned_abs());
            found.push(Lines { file, offsets, owns });
        }
    }
    found.sort_by(|a, b| (b.owns, &a.file).cmp(&(a.owns, &b.file)));
    Some(found)
}
