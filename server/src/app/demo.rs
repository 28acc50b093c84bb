//! A made-up home in a temporary folder, with a session that goes on. It is removed at the end.

use super::{Setup, now, spawn};
use crate::config::Env;
use crate::demo::{History, Session, Transcript};
use crate::time::Millis;
use anyhow::{Context, Result};
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Something happens in the live session so often.
const EVERY: Duration = Duration::from_millis(1_500);
/// How long the removal may take where something still writes.
const REMOVED_WITHIN: Duration = Duration::from_secs(2);
/// Variables of the real environment that count in a made-up home, too.
const KEPT: [&str; 8] =
    ["TZ", "PATH", "TERM", "LANG", "LC_ALL", "NO_COLOR", "COSTLINE_LOG", "RUST_BACKTRACE"];

/// A made-up home. Dropping it removes it.
pub struct Demo {
    folder: Folder,
    /// What processes of this home work with.
    pub setup: Setup,
    /// How many sessions, projects and days there are.
    pub size: (usize, usize, i64),
    live: Option<Session>,
    growing: Option<(Sender<()>, Receiver<()>)>,
}

/// A folder that is removed with the value.
struct Folder(PathBuf);

impl Demo {
    /// Makes up a home. With `here` the live session runs in the present working folder, so that an editor shows it.
    ///
    /// # Errors
    /// The temporary folder cannot be made or written to.
    pub fn new(env: &Env, seed: u64, here: bool) -> Result<Self> {
        let base = env.path("TMPDIR").or_else(|| env.path("TEMP")).unwrap_or_else(|| PathBuf::from("/tmp"));
        let folder = Folder::new(&base)?;
        let vars = KEPT.iter().filter_map(|name| Some(((*name).into(), env.get(name)?.to_owned())));
        let own = [
            ("HOME", "home"),
            ("COSTLINE_STATE_DIR", "state"),
            ("COSTLINE_CONFIG", "config.toml"),
            ("CLAUDE_CONFIG_DIR", "claude"),
        ];
        let own = own.map(|(name, place)| (name.into(), folder.0.join(place).into_os_string()));
        let home = folder.0.join("home");
        let mut made_up = Env::new(vars.chain(own), Some(home), env.cwd.clone());
        let mut setup = Setup::new(made_up.clone(), &[], &[])?;
        let live = here.then(|| env.cwd.to_string_lossy());
        let history = History::new(seed, now(), &setup.zone, "/home/ada", live.as_deref());
        for transcript in &history.transcripts {
            write(&folder.0, transcript)?;
        }
        made_up.cwd = PathBuf::from(history.live.cwd());
        setup.env = made_up;
        let size = (history.sessions, history.projects, history.days);
        Ok(Self { folder, setup, size, live: Some(history.live), growing: None })
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// Lets the live session go on, in a thread, until this is dropped.
    pub fn grow(&mut self) {
        let Some(mut live) = self.live.take() else { return };
        let folder = self.folder.0.clone();
        let (stop, stopped) = channel();
        let (ended, end) = channel();
        let work = move || {
            // Held until the thread ends.
            let _ended: Sender<()> = ended;
            while matches!(stopped.recv_timeout(EVERY), Err(RecvTimeoutError::Timeout)) {
                if let Err(error) = live.step(now()).iter().try_for_each(|news| write(&folder, news)) {
                    tracing::warn!("the made-up session ends: {error:#}");
                    return;
                }
            }
        };
        spawn("costline-demo", Box::new(work));
        self.growing = Some((stop, end));
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Some((stop, end)) = self.growing.take() {
            drop(stop);
            let _ = end.recv_timeout(REMOVED_WITHIN);
        }
    }
}

impl Folder {
    /// A folder of one's own, by a name that nobody has.
    fn new(base: &Path) -> Result<Self> {
        let mut number: Millis = now();
        loop {
            let path = base.join(format!("costline-demo-{}-{:x}", std::process::id(), number & 0xff_ffff));
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!(
                            "cannot make the folder {}; set TMPDIR to a folder that can be written to",
                            path.display()
                        )
                    });
                }
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let begun = Instant::now();
        // The engine's last files may come while the folder is emptied.
        while fs::remove_dir_all(&self.0).is_err_and(|error| error.kind() != ErrorKind::NotFound) {
            if begun.elapsed() > REMOVED_WITHIN {
                return tracing::warn!("cannot remove {}", self.0.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn write(folder: &Path, (path, text): &Transcript) -> Result<()> {
    let path = folder.join("claude/projects").join(path);
    let parent = path.parent().unwrap_or(folder);
    let append = || -> std::io::Result<()> {
        fs::create_dir_all(parent)?;
        fs::File::options().create(true).append(true).open(&path)?.write_all(text.as_bytes())
    };
    append().with_context(|| format!("cannot write {}; check that its disk has room", path.display()))
}
