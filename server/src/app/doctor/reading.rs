//! Claude's folders, how they are watched, and who reads them.

use super::places::network;
use super::{Setup, VERSION, age, now, plural, shown, span};
use crate::doctor::{Check, Finding};
use crate::snapshot::wire;
use crate::store::reading::Reading;
use crate::watch::{Seen, Watch, folders, scan, watch_limits};
use std::path::Path;

/// Links of folders to read in a folder's place are not needed; only the files that were seen below each root are.
pub(super) type Transcripts = Vec<(String, Vec<Seen>)>;

/// Looks at Claude's folders; gives the transcripts of each by the name that the store has for it.
pub(super) fn transcripts(setup: &Setup, found: &mut Vec<Finding>) -> Transcripts {
    let mut all = Vec::new();
    let mut unreadable = Vec::new();
    for (projects, name) in setup.projects.iter().zip(setup.root_names()) {
        let mut problems = Vec::new();
        let seen = scan(projects, &mut problems);
        found.push(folder(setup, projects, &seen));
        let broken = problems.into_iter().map(|problem| Finding::error(Check::ClaudeFolder, problem));
        found.extend(broken.map(|finding| finding.advice("check the folder's permissions and owner")));
        for file in &seen {
            let path = projects.join(&file.path);
            if let Err(error) = std::fs::File::open(&path) {
                unreadable.push(format!("{}: {error}", shown(&path)));
            }
        }
        all.push((name, seen));
    }
    let count: u64 = all.iter().map(|(_, seen)| seen.len() as u64).sum();
    found.push(match (count, unreadable.len()) {
        (0, _) => Finding::note(Check::Transcripts, "there are none at all").advice(
            "use Claude Code once, or name its folder with --claude-dir or `claude.config_dirs`; \
             `costline demo` shows made-up ones",
        ),
        (_, 0) => {
            Finding::ok(Check::Transcripts, format!("all {} can be opened", plural(count, "transcript")))
        }
        (_, failed) => Finding::error(
            Check::Transcripts,
            format!("{} of {} cannot be opened", failed, plural(count, "transcript")),
        )
        .advice("check the files' permissions and owner; what they say does not count")
        .details(unreadable),
    });
    all
}

fn folder(setup: &Setup, projects: &Path, seen: &[Seen]) -> Finding {
    if !projects.exists() {
        let message = format!("{} is not there", shown(projects));
        return if setup.names_folders() {
            Finding::warning(Check::ClaudeFolder, message).advice(
                "it was named by --claude-dir, by `claude.config_dirs` or by CLAUDE_CONFIG_DIR; correct that, \
                 or let Claude Code make it",
            )
        } else {
            Finding::note(Check::ClaudeFolder, format!("{message}, one of the usual places"))
        };
    }
    let newest = seen.iter().filter_map(|file| file.meta.modified().ok()).max();
    let newest = newest.map(|at| format!(", last written to {} ago", span(age(at)))).unwrap_or_default();
    let count = plural(seen.len() as u64, "transcript");
    Finding::ok(Check::ClaudeFolder, format!("{} has {count}{newest}", shown(projects)))
}

/// Tries what the leader does: to be told of changes.
pub(super) fn watching(setup: &Setup, found: &mut Vec<Finding>) {
    let mut watch = Watch::new(&setup.state, |_| {});
    for projects in &setup.projects {
        let poll = "set `watch.poll = true` if changes show late";
        found.push(if setup.config.watch.poll {
            let message = format!("{} is looked at every 2 s, since `watch.poll` is true", shown(projects));
            Finding::ok(Check::Watching, message)
        } else if let Err(reason) = watch.add(projects) {
            Finding::warning(Check::Watching, reason)
                .advice("raise the limit that it names; until then nothing is lost")
        } else if let Some(name) = network(projects) {
            let message = format!(
                "{} lies on {name}, where changes by another machine bring no events",
                shown(projects)
            );
            Finding::warning(Check::Watching, message).advice(poll)
        } else {
            Finding::ok(Check::Watching, format!("{} can be watched by events", shown(projects)))
        });
    }
    found.extend(limit(setup));
}

/// How much of what the system allows is needed.
fn limit(setup: &Setup) -> Option<Finding> {
    let (most, instances) = watch_limits()?;
    let needed: u64 = setup
        .projects
        .iter()
        .filter(|projects| projects.exists())
        .map(|projects| folders(projects) as u64)
        .sum();
    let message = format!(
        "{} to watch; the system allows {} in {} for all programs of a user",
        plural(needed, "folder"),
        crate::tokens::grouped(most),
        plural(instances, "instance")
    );
    Some(if needed > most / 10 * 8 {
        Finding::warning(Check::WatchLimit, message).advice(
            "raise the limit as docs/troubleshooting.md says; what is not watched is looked at every 2 s",
        )
    } else {
        Finding::ok(Check::WatchLimit, message)
    })
}

/// Says who leads; whether someone does.
pub(super) fn leader(setup: &Setup, found: &mut Vec<Finding>) -> bool {
    match setup.try_lead() {
        Ok(Some(_)) => {
            let message = "no process reads transcripts now; the next one that starts will";
            found.push(Finding::ok(Check::Leader, message));
            return false;
        }
        Ok(None) => {}
        Err(error) => {
            found.push(Finding::error(Check::Leader, format!("{error:#}")));
            return false;
        }
    }
    let leader = Reading::open(&setup.database()).and_then(|reading| reading.leader()).unwrap_or_default();
    let Some(pid) = leader.pid else {
        found.push(
            Finding::warning(Check::Leader, "a process holds the lock and has not said which it is")
                .advice("it may have just started; look again, or see who has leader.lock open with `fuser`"),
        );
        return true;
    };
    let since = leader.since.map_or_else(String::new, |at| format!(" for {}", span(now() - at)));
    let version = leader.version.as_deref().unwrap_or("an older version");
    let watch = leader.health.as_ref().map_or("", |health| match health.watch {
        wire::Watch::Events => ", told by events",
        wire::Watch::Polling => ", looking every 2 s",
    });
    let who = format!("process {pid} ({version}) leads{since}{watch}");
    found.push(match state_of(pid) {
        Some('T' | 't') => {
            Finding::error(Check::Leader, format!("{who}, but is stopped: nobody reads transcripts"))
                .advice(format!("let it go on with kill -CONT {pid}, or end it with kill -KILL {pid}"))
        }
        None if cfg!(target_os = "linux") => Finding::warning(
            Check::Leader,
            format!("{who}, by its own account, but there is no such process here"),
        )
        .advice("another machine or container may hold the lock: give each its own COSTLINE_STATE_DIR"),
        _ if version != VERSION => Finding::note(Check::Leader, format!("{who}; this is {VERSION}"))
            .advice("restart the editors that run another version"),
        _ => Finding::ok(Check::Leader, who),
    });
    if let Some(health) = leader.health {
        let told = health.reported(Some(pid)).map(|problem| Finding::warning(Check::LeaderProblem, problem));
        found.extend(told);
    }
    true
}

/// The letter that Linux has for a process's state.
fn state_of(pid: i64) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}
