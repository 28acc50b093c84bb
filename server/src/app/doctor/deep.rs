//! Reads all transcripts anew, twice, and compares: with the filter against without it, and with the database.

use super::{Setup, now, plural};
use crate::doctor::{Check, Finding};
use crate::ingest::Ingest;
use crate::store::reading::Reading;
use crate::store::{Difference, Error};
use crate::tail::{Job, Reader};
use crate::watch::scan;
use std::collections::BTreeMap;

/// So many files are read between two commits.
const TOGETHER: usize = 64;

/// Is told how far the reading is.
pub trait Progress {
    /// So many of so many files are read.
    fn at(&mut self, done: usize, of: usize);
}

pub(super) fn look(setup: &Setup, progress: &mut dyn Progress, found: &mut Vec<Finding>) {
    if let Err(error) = compare(setup, progress, found) {
        found.push(
            Finding::error(Check::Filter, format!("cannot compare: {error}"))
                .advice("check that the folder for temporary files has room"),
        );
    }
}

fn compare(setup: &Setup, progress: &mut dyn Progress, found: &mut Vec<Finding>) -> Result<(), Error> {
    let mut problems = Vec::new();
    let mut filtered = Ingest::scratch(setup.prices().clone(), &setup.projects)?;
    let mut whole = Ingest::scratch(setup.prices().clone(), &setup.projects)?;
    // The database is looked at after what it is compared with was read: it has at least as much, unless it lacks some.
    let count = read(&mut filtered, &mut Reader::new(true), 0, progress, &mut problems)?;
    read(&mut whole, &mut Reader::new(false), count, progress, &mut problems)?;
    found.extend(problems.into_iter().map(|problem| Finding::warning(Check::Filter, problem)));
    let same = filtered.writer().differences(whole.writer())?;
    found.push(verdict(
        Check::Filter,
        &same,
        format!("the filter passes over nothing that counts in {}", plural(count as u64, "transcript")),
        "reading passes over lines that count",
        "please report this with the version of Claude Code that wrote the files",
    ));
    drop(whole);
    let reading = match Reading::open(&setup.database()) {
        Ok(reading) => reading,
        Err(Error::Missing(_)) => {
            found.push(Finding::note(Check::Sums, "there is no database to compare with"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let kept = reading.differences(filtered.writer())?;
    found.push(verdict(
        Check::Sums,
        &kept,
        "the database has what the transcripts say".to_owned(),
        "the database differs from the transcripts",
        "transcripts that were changed in place do this; to read all anew, end all Costline processes and move usage.db away \
         (what is in no transcript any more is lost then)",
    ));
    let [responses, sums] = reading.both_sums()?;
    if responses != sums {
        let message = format!("responses cost {} in all, the sums say {}", responses.short(), sums.short());
        found.push(Finding::error(Check::Sums, message).advice("please report this, and keep usage.db"));
    }
    Ok(())
}

/// Reads everything; gives how many files there are.
fn read(
    ingest: &mut Ingest,
    reader: &mut Reader,
    before: usize,
    progress: &mut dyn Progress,
    problems: &mut Vec<String>,
) -> Result<usize, Error> {
    let mut jobs: Vec<Job> = Vec::new();
    for root in ingest.roots().to_vec() {
        let seen = scan(&root.projects, problems);
        jobs.extend(ingest.compare(&root, seen)?);
    }
    let count = jobs.len();
    for (index, job) in jobs.iter().enumerate() {
        let mut failed = Ok(());
        let outcome = reader.read(job, |part| {
            failed = ingest.absorb(&part);
            failed.is_ok()
        });
        failed?;
        match outcome {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound && before == 0 => {
                problems.push(format!("cannot read {}: {error}", job.path.display()));
            }
            _ => {}
        }
        if index % TOGETHER == TOGETHER - 1 {
            ingest.commit(now())?;
        }
        progress.at(before + index + 1, if before == 0 { 2 * count } else { before + count });
    }
    ingest.commit(now())?;
    Ok(count)
}

fn verdict(
    check: Check,
    differences: &BTreeMap<String, Difference>,
    well: String,
    ill: &str,
    advice: &str,
) -> Finding {
    if differences.is_empty() {
        return Finding::ok(check, well);
    }
    let of = |(file, difference): (&String, &Difference)| {
        let Difference { missing, extra, other } = difference;
        let what = [(missing, "missing"), (extra, "too many"), (other, "with other counts")];
        let what: Vec<String> = what
            .into_iter()
            .filter(|(count, _)| **count > 0)
            .map(|(count, what)| format!("{} {what}", plural(count.unsigned_abs(), "response")))
            .collect();
        format!("{file}: {}", what.join(", "))
    };
    let files = plural(differences.len() as u64, "file");
    Finding::error(check, format!("{ill} in {files}")).advice(advice).details(differences.iter().map(of))
}
