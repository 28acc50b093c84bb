//! The config file as it was read last.

use super::Env;
use std::fs::Metadata;
use std::time::SystemTime;

/// What was read of the config file, and what tells whether another reading is due.
#[derive(Clone, Debug, Default)]
pub struct Last {
    pub(super) text: Vec<u8>,
    /// Part of the file could not be read.
    pub(super) torn: bool,
    stamp: Option<Stamp>,
}

/// What changes with a file, however it is changed: written to, replaced, made readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    place: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: meta.len(),
            modified: meta.modified().ok(),
            #[cfg(unix)]
            place: (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec()),
        }
    }

    fn now(env: &Env) -> Option<Self> {
        let file = crate::paths::config_file(env).ok()?;
        std::fs::metadata(file).ok().as_ref().map(Self::of)
    }
}

impl Last {
    /// Whether all of the config file could be read, or there is none.
    pub const fn is_whole(&self) -> bool {
        !self.torn
    }

    /// Whether the config file is another one than was read. Links are followed.
    pub fn is_outdated(&self, env: &Env) -> bool {
        self.stamp != Stamp::now(env)
    }

    /// Notes the file as it is. A change during the reading that follows is told by [`Last::is_outdated`] then.
    pub(super) fn look(&mut self, env: &Env) {
        self.stamp = Stamp::now(env);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::fs;

    #[test]
    fn a_file_that_cannot_be_read_counts_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let env = Env::from_vars([("COSTLINE_CONFIG", path.to_str().unwrap())]);
        let mut last = Last::default();
        let mut read = |outdated: bool| {
            assert_eq!(last.is_outdated(&env), outdated);
            let (config, problems) = Config::load_after(&env, &mut last);
            (config.watch.poll, problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>())
        };
        assert_eq!(read(false), (false, vec![]));
        fs::write(&path, "watch.poll = true\n").unwrap();
        assert_eq!(read(true), (true, vec![]));
        assert_eq!(read(false), (true, vec![]));
        for bytes in [b"x = '\xff'".to_vec(), b" ".repeat(2 << 20)] {
            fs::write(&path, bytes).unwrap();
            let (poll, problems) = read(true);
            assert!(poll && problems.len() == 1, "{problems:?}");
            assert!(problems[0].ends_with("; what it said before still counts"), "{problems:?}");
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(true).0, "a folder is no config file");
        fs::remove_dir(&path).unwrap();
        assert_eq!(read(true), (false, vec![]), "without the file nothing is set");
    }

    #[test]
    fn a_slip_of_the_pen_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let env = Env::from_vars([("COSTLINE_CONFIG", path.to_str().unwrap())]);
        for (text, whole) in [
            ("x y\n[budgets]\ndaily = 5\n", false),
            ("[budgets]\nhourly = 5\n", true),
            ("\u{0}", false),
            ("", true),
        ] {
            fs::write(&path, text).unwrap();
            let mut last = Last::default();
            Config::load_after(&env, &mut last);
            assert_eq!(last.is_whole(), whole, "{text:?}");
        }
        fs::remove_file(&path).unwrap();
        let mut last = Last::default();
        Config::load_after(&env, &mut last);
        assert!(last.is_whole(), "who removes the file takes its budgets back");
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_behind_a_link_counts() {
        let folder = tempfile::tempdir().unwrap();
        let [link, one, two] = ["config.toml", "one.toml", "two.toml"].map(|name| folder.path().join(name));
        fs::write(&one, "watch.poll = true\n").unwrap();
        fs::write(&two, "watch.poll = true\n").unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let env = Env::from_vars([("COSTLINE_CONFIG", link.to_str().unwrap())]);
        let mut last = Last::default();
        last.look(&env);
        for change in [
            &|| fs::rename(&two, &one).unwrap(),
            &|| fs::write(&one, "watch.poll = false\n").unwrap(),
            &|| fs::remove_file(&one).unwrap(),
        ] as [&dyn Fn(); 3]
        {
            assert!(!last.is_outdated(&env));
            change();
            assert!(last.is_outdated(&env));
            last.look(&env);
        }
    }
}
