//! The way to the dashboard: a link that opens it once.

use super::{now, tokens};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is looked whether the side is served by now.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Who serves answers within this time.
const ANSWER: Duration = Duration::from_millis(500);

/// Where the HTTP side is served now, as far as someone listens there.
pub fn served_at(state: &Path) -> Option<String> {
    let url = tokens::announced(state)?;
    let address: SocketAddr = url.strip_prefix("http://")?.parse().ok()?;
    TcpStream::connect_timeout(&address, ANSWER).ok().map(|_| url)
}

/// A link that opens the dashboard once, as soon as the HTTP side is served.
///
/// # Errors
/// A sentence: it is not served within `patience`, or the link cannot be kept.
pub fn link(state: &Path, patience: Duration) -> Result<String, String> {
    let start = Instant::now();
    loop {
        if let Some(url) = served_at(state) {
            let code = tokens::link(state, now())
                .map_err(|error| format!("cannot keep a link in {}: {error}", state.display()))?;
            return Ok(format!("{url}/#code={code}"));
        }
        if start.elapsed() >= patience {
            return Err("the dashboard is not served; `costline doctor` says why".to_owned());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
