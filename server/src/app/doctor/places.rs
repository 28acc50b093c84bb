//! Settings, the state folder, the log, the program.

use super::{Setup, VERSION, plural, shown, size};
use crate::app::{dashboard, search_path};
use crate::config::Origin;
use crate::doctor::{Check, Finding};
use crate::paths;
use crate::time::Zone;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Below so many free bytes a long history, or its copy, may not fit.
const LITTLE: u64 = 200 << 20;
/// Below so many hardly anything can be written.
const NEXT_TO_NOTHING: u64 = 16 << 20;
/// File systems of networks, by the number that Linux gives them, where locks and shared memory are not to be trusted.
#[cfg(target_os = "linux")]
const OF_NETWORKS: [(u32, &str); 9] = [
    (0x6969, "nfs"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x517b, "smb"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "fuse"),
    (0x00c3_6400, "ceph"),
    (0x5346_414f, "afs"),
    (0x7375_7245, "coda"),
];

pub(super) fn look(setup: &Setup) -> Vec<Finding> {
    let mut found = vec![config_file(setup), time_zone(setup)];
    found.extend(settings(setup));
    found.push(state_folder(setup));
    found.push(disk_space(&setup.state));
    found.push(file_system(&setup.state));
    found.push(log(&setup.state.join("log"), &setup.config.log.level));
    found.push(program(setup));
    found.push(http(setup));
    found
}

fn http(setup: &Setup) -> Finding {
    let bind = &setup.config.http.bind;
    let served = dashboard::served_at(&setup.state);
    let own =
        |address: &str| address.parse().is_ok_and(|at: SocketAddr| at.ip().to_canonical().is_loopback());
    match served {
        Some(url) if own(bind) => Finding::ok(Check::Http, format!("it is served at {url}")),
        Some(url) => Finding::note(
            Check::Http,
            format!(
                "it is served at {url}, and other machines reach it{}",
                if setup.config.http.announce { " and are told of it" } else { "" }
            ),
        )
        .advice(
            "it is not encrypted: give devices the token of `costline token show --read` and nothing else",
        ),
        None if setup.config.http.enabled => {
            Finding::warning(Check::Http, format!("it is to be served at {bind}, and is not"))
                .advice("see leader-problem and the log; start an editor or `costline serve`")
        }
        None => Finding::ok(Check::Http, "it is not served; `costline dashboard` does so"),
    }
}

fn config_file(setup: &Setup) -> Finding {
    match paths::config_file(&setup.env) {
        Ok(path) if path.exists() => Finding::ok(Check::ConfigFile, format!("{} is read", shown(&path))),
        Ok(path) if path.is_symlink() => Finding::warning(
            Check::ConfigFile,
            format!("{} is a link to a file that is not there", shown(&path)),
        )
        .advice("make the file, or remove the link"),
        Ok(path) => {
            Finding::ok(Check::ConfigFile, format!("{} is not there, and none is needed", shown(&path)))
        }
        Err(error) => Finding::warning(Check::ConfigFile, error.to_string()),
    }
}

fn settings(setup: &Setup) -> Vec<Finding> {
    let warn = |problem: &String| Finding::warning(Check::Settings, problem.clone());
    let found: Vec<_> = setup.setting_problems().map(warn).collect();
    if found.is_empty() { vec![Finding::ok(Check::Settings, "all of them fit")] } else { found }
}

fn time_zone(setup: &Setup) -> Finding {
    let name = setup.zone.name();
    let variable = setup.env.get("TZ").and_then(|zone| zone.to_str()).filter(|zone| !zone.is_empty());
    match (setup.config.origin("timezone"), variable) {
        (origin, _) if *origin != Origin::Default && setup.config.timezone.is_some() => Finding::ok(
            Check::TimeZone,
            format!("days are counted in {name}, by the setting (from {origin})"),
        ),
        (_, Some(zone)) if Zone::named(zone).is_some() => {
            Finding::ok(Check::TimeZone, format!("days are counted in {name}, by the variable TZ"))
        }
        (_, Some(zone)) => Finding::warning(
            Check::TimeZone,
            format!("TZ is {zone:?}, which names no zone; days are counted in the system's"),
        )
        .advice("set `timezone` in the config file to a name such as \"Europe/Berlin\""),
        _ => Finding::ok(Check::TimeZone, format!("days are counted in {name}, by the system")),
    }
}

fn state_folder(setup: &Setup) -> Finding {
    let state = &setup.state;
    let meta = match std::fs::metadata(state) {
        Ok(meta) => meta,
        Err(error) => {
            return Finding::error(Check::StateFolder, format!("cannot look at {}: {error}", shown(state)))
                .advice("make it, or name another folder with COSTLINE_STATE_DIR");
        }
    };
    if !meta.is_dir() {
        return Finding::error(Check::StateFolder, format!("{} is no folder", shown(state)))
            .advice("move it away, or name another folder with COSTLINE_STATE_DIR");
    }
    if let Some(finding) = access(state, &meta) {
        return finding;
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // A root's transcripts lie in `projects` of Claude's folder.
    let claudes = setup.projects.iter().filter_map(|projects| projects.parent()).map(real);
    if let Some(claude) = claudes.into_iter().find(|claude| real(state).starts_with(claude)) {
        let message = format!("{} lies in Claude's folder {}", shown(state), shown(&claude));
        return Finding::warning(Check::StateFolder, message)
            .advice("name a folder elsewhere with COSTLINE_STATE_DIR: Claude Code may tidy up its own");
    }
    Finding::ok(Check::StateFolder, format!("{} is yours alone", shown(state)))
}

#[cfg(unix)]
fn access(state: &Path, meta: &std::fs::Metadata) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;
    let (mode, owner, own) = (meta.mode() & 0o777, meta.uid(), rustix::process::geteuid().as_raw());
    if owner != own {
        let message = format!("{} belongs to user {owner}, and this is user {own}", shown(state));
        return Some(
            Finding::error(Check::StateFolder, message)
                .advice("name a folder of your own with COSTLINE_STATE_DIR, or chown this one"),
        );
    }
    if rustix::fs::access(state, rustix::fs::Access::WRITE_OK).is_err() {
        let message = format!("{} may not be written to", shown(state));
        return Some(
            Finding::error(Check::StateFolder, message)
                .advice("chmod 700 it, or name another folder with COSTLINE_STATE_DIR"),
        );
    }
    let database = state.join("usage.db");
    let open = [(state, mode)]
        .into_iter()
        .map(|(path, mode)| (path.to_owned(), mode))
        .chain(std::fs::metadata(&database).ok().map(|meta| (database, meta.mode() & 0o777)))
        .find(|(_, mode)| mode & 0o077 != 0);
    open.map(|(path, mode)| {
        Finding::warning(Check::StateFolder, format!("others may look into {} (mode {mode:o})", shown(&path)))
            .advice(format!("run chmod go= {}", shown(&path)))
    })
}

#[cfg(not(unix))]
fn access(_: &Path, _: &std::fs::Metadata) -> Option<Finding> {
    None
}

#[cfg(unix)]
fn disk_space(state: &Path) -> Finding {
    let free = match rustix::fs::statvfs(state) {
        Ok(stat) => stat.f_bavail.saturating_mul(stat.f_frsize),
        Err(error) => {
            return Finding::note(Check::DiskSpace, format!("cannot tell how much is free: {error}"));
        }
    };
    let message = format!("{} are free on the disk of {}", size(free), shown(state));
    let advice = "make room, or name a folder of another disk with COSTLINE_STATE_DIR";
    match free {
        0..NEXT_TO_NOTHING => Finding::error(Check::DiskSpace, message).advice(advice),
        NEXT_TO_NOTHING..LITTLE => Finding::warning(Check::DiskSpace, message).advice(advice),
        _ => Finding::ok(Check::DiskSpace, message),
    }
}

#[cfg(not(unix))]
fn disk_space(_: &Path) -> Finding {
    Finding::note(Check::DiskSpace, "how much is free is not known on this system")
}

fn file_system(state: &Path) -> Finding {
    match network(state) {
        Some(name) => Finding::warning(
            Check::FileSystem,
            format!("{} lies on {name}, where locks and shared memory are not to be trusted", shown(state)),
        )
        .advice("name a folder of a local disk with COSTLINE_STATE_DIR"),
        None => Finding::ok(Check::FileSystem, format!("{} lies on no network that is known", shown(state))),
    }
}

/// The network's file system that a path lies on, where that is known.
#[cfg(target_os = "linux")]
pub(super) fn network(path: &Path) -> Option<&'static str> {
    let stat = rustix::fs::statfs(path).ok()?;
    let number = stat.f_type as u32;
    OF_NETWORKS.iter().find(|(of, _)| *of == number).map(|(_, name)| *name)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn network(_: &Path) -> Option<&'static str> {
    None
}

fn log(folder: &Path, level: &str) -> Finding {
    let Ok(entries) = std::fs::read_dir(folder) else {
        let message = format!("{} is not there; a language server makes it", shown(folder));
        return Finding::ok(Check::Log, message);
    };
    let sizes: Vec<u64> =
        entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).collect();
    let whole = size(sizes.iter().sum());
    Finding::ok(Check::Log, format!("{} holds {whole}, filtered by {level:?}", shown(folder)))
}

fn program(setup: &Setup) -> Finding {
    let name = if cfg!(windows) { "costline.exe" } else { "costline" };
    let places = search_path(&setup.env).into_iter().map(|folder| folder.join(name));
    let found: Vec<PathBuf> = places.filter(|file| file.is_file()).collect();
    let own = super::super::program();
    let real = |path: &Path| path.canonicalize().ok();
    let is_own = |path: &&PathBuf| own.as_deref().is_some_and(|own| real(own) == real(path));
    let own_place = own.as_deref().map_or_else(|| "not known".to_owned(), |own| own.display().to_string());
    let others: Vec<String> =
        found.iter().filter(|path| !is_own(path)).map(|path| shown(path).to_string()).collect();
    match found.first() {
        Some(first) if is_own(&first) && others.is_empty() => {
            Finding::ok(Check::Program, format!("this is {VERSION} at {own_place}, and on the PATH"))
        }
        Some(first) if is_own(&first) => {
            let also = plural(others.len() as u64, "other one");
            Finding::note(
                Check::Program,
                format!("this is {VERSION} at {own_place}; the PATH has {also} after it"),
            )
            .details(others)
        }
        Some(first) => Finding::note(
            Check::Program,
            format!("this is {VERSION} at {own_place}, but the PATH has {} first", shown(first)),
        )
        .advice("an editor that starts `costline` gets the other one; remove one, or name this one in full")
        .details(others),
        None => Finding::note(
            Check::Program,
            format!("this is {VERSION} at {own_place}, which is not on the PATH"),
        )
        .advice("an editor finds it by its full path alone, or after `cargo install --path . --locked`"),
    }
}
