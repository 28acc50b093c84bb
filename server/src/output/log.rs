//! Where a living process logs. Contents of transcripts are never logged.

use std::io::IsTerminal as _;
use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Days of log files that are kept.
const KEPT: usize = 3;

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Logs to standard error: for a process that a service manager or a person looks after.
pub fn log_to_stderr(level: &str) {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second call changes nothing.
    let _ = subscriber.try_init();
}

/// Logs to files of a folder, one a day. The log is written as long as what this gives is held; without a folder that
/// can be written there is no log.
pub fn log_to_file(folder: &Path, level: &str) -> Option<WorkerGuard> {
    crate::paths::ensure_private_dir(folder).ok()?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("costline")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(appender);
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter(level)).with_writer(writer).with_ansi(false);
    let _ = subscriber.try_init();
    Some(guard)
}
