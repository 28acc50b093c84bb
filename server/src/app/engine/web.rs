//! The HTTP side: one process at a time, by a lock of its own. It need not be the one on the session bus: most processes
//! are there, and few serve.

use super::{Engine, Event, Side};
use crate::alerts::wire::Warning;
use crate::alerts::{Teller, heard};
use crate::app::house::House;
use crate::app::{now, spawn, tokens, try_spawn};
use crate::config::Origin;
use crate::http::{self, Hosts};
use crate::leader::{HTTP, Lock};
use crate::snapshot::wire::Status;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// How often it is looked whether the lock is still the one that others find, and an address is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// After a failure to wait for the lock.
const AGAIN: Duration = Duration::from_secs(2);
/// A listener that is that many warnings behind misses the oldest.
const WARNINGS: usize = 64;

/// What this process does over HTTP.
#[derive(Default)]
pub(super) enum Web {
    /// Nothing: it is not asked for.
    #[default]
    Off,
    /// Another process serves; a thread waits for its end.
    Waiting,
    /// It failed to wait, and does so again then.
    Again(Instant),
    /// It alone may serve.
    On(Box<Holding>),
}

/// What there is while the lock is held.
pub(super) struct Holding {
    lock: Lock,
    looked: Instant,
    /// Where and under which names it is to be served: settings as they were last looked at.
    wanted: (String, Vec<String>),
    serving: Option<Serving>,
    /// Why it is not served.
    problem: Option<String>,
}

/// The way to the thread that serves.
struct Serving {
    statuses: watch::Sender<Option<Arc<Status>>>,
    warnings: broadcast::Sender<Arc<Warning>>,
    house: Arc<House>,
    teller: Teller,
    url: String,
    state: std::path::PathBuf,
}

impl Drop for Serving {
    fn drop(&mut self) {
        tokens::withdraw(&self.state, &self.url);
    }
}

impl Web {
    pub(super) const fn is_on(&self) -> bool {
        matches!(self, Self::On(holding) if holding.serving.is_some())
    }

    pub(super) fn show(&self, status: &Arc<Status>) {
        if let Self::On(holding) = self
            && let Some(serving) = &holding.serving
        {
            serving.statuses.send_replace(Some(Arc::clone(status)));
        }
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<&String> {
        match self {
            Self::On(holding) => holding.problem.as_ref(),
            _ => None,
        }
    }
}

impl Engine {
    /// Serves over HTTP what the settings, or someone, asked for.
    pub(super) fn attend_web(&mut self) {
        let wanted = self.wants_web();
        let wait = match &mut self.web {
            Web::Off => wanted,
            Web::Waiting => false,
            Web::Again(at) => Instant::now() >= *at,
            Web::On(_) if !wanted => {
                self.web = Web::Off;
                self.dirty = true;
                false
            }
            Web::On(holding) => {
                let due = holding.looked.elapsed() >= LOOK_EVERY;
                if due {
                    holding.looked = Instant::now();
                }
                let gone = due && !holding.lock.is_in_place();
                let settings = (self.setup.config.http.bind.clone(), self.setup.config.http.hosts.clone());
                let other = holding.wanted != settings;
                if !gone && (other || due && holding.serving.is_none()) {
                    self.bind_web();
                }
                gone
            }
        };
        if wait && wanted {
            self.web = Web::Waiting;
            let (state, events) = (self.setup.state.clone(), self.events.clone());
            let wait = move || drop(events.send(Event::Web(Lock::wait(&state, HTTP))));
            if let Err(error) = try_spawn("costline-web", Box::new(wait)) {
                tracing::warn!("{error}");
                self.web = Web::Again(Instant::now() + AGAIN);
            }
        }
    }

    /// Keeps what is wrong with it where others find it: with what the leader tells of itself.
    pub(super) fn tell_web_problem(&mut self) {
        let Side::Leader(leading) = &mut self.side else { return };
        match self.web.problem() {
            Some(problem) => leading.troubles.begin("HTTP", problem.clone()),
            None => leading.troubles.end("HTTP"),
        }
    }

    /// Whether HTTP is to be served by this process.
    fn wants_web(&self) -> bool {
        let config = &self.setup.config;
        let unsaid = matches!(config.origin("http.enabled"), Origin::Default);
        config.http.enabled || self.setup.asked_for_web || self.setup.serves && unsaid
    }

    /// When HTTP is to be attended to without an event.
    pub(super) fn web_deadline(&self) -> Option<Instant> {
        match &self.web {
            Web::Again(at) => Some(*at),
            Web::On(holding) => Some(holding.looked + LOOK_EVERY),
            Web::Off | Web::Waiting => None,
        }
    }

    /// The wait for the lock is over.
    pub(super) fn take_web(&mut self, lock: io::Result<Lock>) {
        match lock {
            Ok(lock) if self.wants_web() => {
                let looked = Instant::now();
                let wanted = (String::new(), Vec::new());
                self.web = Web::On(Box::new(Holding { lock, looked, wanted, serving: None, problem: None }));
                self.bind_web();
            }
            Ok(_) => self.web = Web::Off,
            Err(error) => {
                // The state folder went; who leads makes it anew.
                tracing::debug!("cannot wait to serve HTTP: {error}");
                self.web = Web::Again(Instant::now() + AGAIN);
            }
        }
    }

    /// Listens where the settings say, and serves there.
    fn bind_web(&mut self) {
        let Web::On(holding) = &mut self.web else { return };
        holding.serving = None;
        holding.wanted = (self.setup.config.http.bind.clone(), self.setup.config.http.hosts.clone());
        let before = holding.problem.take();
        let outcome = listen(&self.setup).map(|(listener, bound)| {
            let house = Arc::new(House::new(&self.setup, self.events.clone()));
            serve(listener, bound, house, &self.setup)
        });
        match outcome {
            Ok(serving) => {
                tracing::info!("serving at {}", serving.url);
                holding.serving = Some(serving);
            }
            Err(problem) => {
                if before.as_ref() != Some(&problem) {
                    tracing::warn!("{problem}");
                }
                holding.problem = Some(problem);
            }
        }
        self.dirty |= before.is_some() || holding.problem.is_some() || holding.serving.is_some();
    }

    /// The settings changed.
    pub(super) fn tell_web_settings(&self) {
        if let Web::On(holding) = &self.web
            && let Some(serving) = &holding.serving
        {
            serving.house.set_up(&self.setup);
        }
    }

    /// Tells whoever listens of alerts.
    pub(super) fn warn_web(&mut self) {
        let Web::On(holding) = &mut self.web else { return };
        let Some(serving) = &mut holding.serving else { return };
        let found = match &mut self.side {
            Side::Leader(leading) => leading.alerts_since(serving.teller.last()),
            Side::Follower(following) => following.alerts_since(serving.teller.last()),
        };
        // What fails is told by the status, and looked at again with the next change.
        let Some(Ok(alerts)) = found else { return };
        for alert in serving.teller.news(&alerts, now()) {
            if let Some(urgency) = heard(alert, &self.setup.config.alerts) {
                // Nobody may be listening.
                let _ = serving.warnings.send(Arc::new(Warning::of(alert, urgency, &self.setup.zone)));
            }
        }
    }
}

/// Opens the address of the settings.
fn listen(setup: &crate::app::Setup) -> Result<(TcpListener, SocketAddr), String> {
    let bind = &setup.config.http.bind;
    let address: SocketAddr =
        bind.parse().map_err(|_| format!("http.bind is {bind:?}; give an address and a port"))?;
    let own = address.ip().to_canonical().is_loopback();
    if !own && tokens::secrets(&setup.state) == http::Secrets::default() {
        return Err(format!(
            "http.bind is {bind}, which other machines reach, and there is no token; make one with `costline token show`"
        ));
    }
    for token in tokens::Token::ALL {
        token.show(&setup.state).map_err(|error| {
            format!("cannot write {} ({error}), so HTTP is not served", token.path(&setup.state).display())
        })?;
    }
    let listener = TcpListener::bind(address).map_err(|error| {
        format!(
            "cannot serve HTTP at {bind} ({error}); end what is there, or set http.bind to another address"
        )
    })?;
    let bound = listener.local_addr().and_then(|bound| listener.set_nonblocking(true).map(|()| bound));
    let bound = bound.map_err(|error| format!("cannot serve HTTP at {bind} ({error})"))?;
    Ok((listener, bound))
}

/// Serves in a thread of its own.
fn serve(listener: TcpListener, bound: SocketAddr, house: Arc<House>, setup: &crate::app::Setup) -> Serving {
    let (statuses, newest) = watch::channel(None);
    let (warnings, _) = broadcast::channel(WARNINGS);
    let parts = http::Parts {
        statuses: newest,
        warnings: warnings.clone(),
        back: Arc::clone(&house) as Arc<dyn http::Back>,
        hosts: Hosts::new(bound, setup.config.http.hosts.iter().map(String::as_str)),
        open: bound.ip().to_canonical().is_loopback(),
    };
    let work = move || {
        // Two at a time may look into the database.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build();
        let served = runtime.and_then(|runtime| {
            let served = runtime.block_on(async {
                http::run(tokio::net::TcpListener::from_std(listener)?, parts).await;
                Ok(())
            });
            runtime.shutdown_background();
            served
        });
        if let Err(error) = served {
            tracing::warn!("cannot serve HTTP: {error}");
        }
    };
    spawn("costline-http", Box::new(work));
    let url = url(bound);
    if let Err(error) = tokens::announce(&setup.state, &url) {
        tracing::warn!("cannot say where HTTP is served: {error}");
    }
    Serving { statuses, warnings, house, teller: Teller::default(), url, state: setup.state.clone() }
}

/// By what this machine calls it.
fn url(bound: SocketAddr) -> String {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, bound.port()))
}
