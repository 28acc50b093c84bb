//! What the local network is told of where HTTP is served.

use crate::announce::{Announcement, News, is_reached};
use crate::app::{Setup, display::machine};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Who ends waits so long at most until the local network is told so.
const FAREWELL: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(super) enum Announced {
    /// Nothing.
    #[default]
    Not,
    /// Nothing, since that failed.
    Failed,
    /// Where it is.
    Told(Announcement),
}

impl Announced {
    /// Tells it, or not, as the settings say, and logs what becomes of that.
    pub(super) fn attend(&mut self, setup: &Setup, bound: SocketAddr) {
        let wanted = setup.config.http.announce && is_reached(bound.ip());
        match self {
            Self::Not if wanted => {
                *self = match Announcement::begin(bound, &machine(setup)) {
                    Ok(announcement) => Self::Told(announcement),
                    Err(problem) => {
                        tracing::warn!("{problem}");
                        Self::Failed
                    }
                };
            }
            Self::Told(announcement) if wanted => {
                for news in announcement.news(Instant::now()) {
                    match news {
                        News::Told(name) => tracing::info!("told the local network of {name}"),
                        News::Problem(problem) => tracing::warn!("{problem}"),
                    }
                }
            }
            _ if !wanted => *self = Self::Not,
            _ => {}
        }
    }

    /// The process ends.
    pub(super) fn end(&self) {
        if let Self::Told(announcement) = self {
            announcement.withdraw(FAREWELL);
        }
    }
}
