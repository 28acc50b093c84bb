//! The HTTP side: one process at a time, by a lock of its own. It need not be the one on the session bus: most processes
//! are there, and few serve.

use super::announced::Announced;
use super::inlet::Inlet;
use super::turn::Turn;
use super::{Engine, Event, Side};
use crate::alerts::wire::Warning;
use crate::alerts::{Teller, heard};
use crate::app::house::House;
use crate::app::{Setup, now, spawn, tokens};
use crate::config::Origin;
use crate::http::{self, Door, Hosts};
use crate::leader::{HTTP, Lock};
use crate::snapshot::wire::Status;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// An address that cannot be had is tried again after this.
pub(super) const AGAIN: Duration = Duration::from_secs(2);
/// A listener that is that many warnings behind misses the oldest.
const WARNINGS: usize = 64;

/// What this process does over HTTP.
pub(super) type Web = Turn<Site>;

/// What there is while this process alone may serve.
#[derive(Default)]
pub(super) struct Site {
    /// Where and under which names it is to be served: settings as they were last looked at.
    wanted: (String, Vec<String>),
    /// When that was last tried.
    tried: Option<Instant>,
    serving: Option<Serving>,
    /// Why it is not served.
    problem: Option<String>,
    /// Where telemetry comes in, where that is apart.
    inlet: Inlet,
}

/// The way to the thread that serves.
struct Serving {
    statuses: watch::Sender<Option<Arc<Status>>>,
    warnings: broadcast::Sender<Arc<Warning>>,
    house: Arc<House>,
    teller: Teller,
    doors: mpsc::UnboundedSender<Option<Door>>,
    bound: SocketAddr,
    announced: Announced,
    url: String,
    state: std::path::PathBuf,
}

impl Drop for Serving {
    fn drop(&mut self) {
        tokens::withdraw(&self.state, &self.url);
    }
}

impl Site {
    pub(super) fn show(&self, status: &Arc<Status>) {
        if let Some(serving) = &self.serving {
            serving.statuses.send_replace(Some(Arc::clone(status)));
        }
    }

    /// The process ends.
    pub(super) fn end(&self) {
        if let Some(serving) = &self.serving {
            serving.announced.end();
        }
    }

    /// Whether it is to be served anew, at the address and under the names of these settings.
    fn is_due(&self, settings: &(String, Vec<String>)) -> bool {
        let again = || self.tried.is_none_or(|at| at.elapsed() >= AGAIN);
        self.wanted != *settings || self.serving.is_none() && again()
    }
}

impl Engine {
    /// Serves over HTTP what the settings, or someone, asked for.
    pub(super) fn attend_web(&mut self) {
        let events = self.events.clone();
        let tell = move |lock| drop(events.send(Event::Web(lock)));
        let (wanted, had) = (self.wants_web(), self.web.on().is_some());
        self.web.attend(wanted, (&self.setup.state, HTTP, "costline-web"), tell);
        self.dirty |= had && self.web.on().is_none();
        let settings = (self.setup.config.http.bind.clone(), self.setup.config.http.hosts.clone());
        if self.web.on().is_some_and(|site| site.is_due(&settings)) {
            self.bind_web(settings);
        }
        let bind = self.setup.config.otlp.bind.clone();
        let names = &self.setup.config.http.hosts;
        if let Some(site) = self.web.on_mut()
            && let Some(serving) = &mut site.serving
        {
            serving.announced.attend(&self.setup, serving.bound);
            self.dirty |= site.inlet.attend(&bind, names, &serving.doors);
        }
        let (problem, other) = self.web_problems();
        let (problem, other) = (problem.cloned(), other.cloned());
        if let Side::Leader(leading) = &mut self.side {
            // Others find it with what the leader tells of itself.
            for (what, problem) in [("HTTP", problem), ("telemetry", other)] {
                match problem {
                    Some(problem) => leading.troubles.begin(what, problem),
                    None => leading.troubles.end(what),
                }
            }
        }
    }

    /// What is wrong with it, and with where telemetry comes in.
    pub(super) fn web_problems(&self) -> (Option<&String>, Option<&String>) {
        let site = self.web.on();
        (site.and_then(|site| site.problem.as_ref()), site.and_then(|site| site.inlet.problem.as_ref()))
    }

    /// Whether HTTP is to be served by this process.
    fn wants_web(&self) -> bool {
        let config = &self.setup.config;
        let unsaid = matches!(config.origin("http.enabled"), Origin::Default);
        config.http.enabled || self.setup.asked_for_web || self.setup.serves && unsaid
    }

    /// The wait for the lock is over.
    pub(super) fn take_web(&mut self, lock: io::Result<Lock>) {
        let wanted = self.wants_web();
        self.web.take(lock, wanted, Site::default);
        self.attend_web();
    }

    /// Listens where the settings say, and serves there.
    fn bind_web(&mut self, settings: (String, Vec<String>)) {
        let Some(site) = self.web.on_mut() else { return };
        (site.serving, site.inlet) = (None, Inlet::default());
        (site.wanted, site.tried) = (settings, Some(Instant::now()));
        let before = site.problem.take();
        let outcome = listen(&self.setup).map(|(listener, bound)| {
            let house = Arc::new(House::new(&self.setup, self.events.clone()));
            serve(listener, bound, house, &self.setup)
        });
        match outcome {
            Ok(serving) => {
                tracing::info!("serving at {}", serving.url);
                site.serving = Some(serving);
            }
            Err(problem) => {
                if before.as_ref() != Some(&problem) {
                    tracing::warn!("{problem}");
                }
                site.problem = Some(problem);
            }
        }
        self.dirty = true;
    }

    /// The settings changed.
    pub(super) fn tell_web_settings(&self) {
        if let Some(serving) = self.web.on().and_then(|site| site.serving.as_ref()) {
            serving.house.set_up(&self.setup);
        }
    }

    /// Tells whoever listens of alerts.
    pub(super) fn warn_web(&mut self) {
        let Some(serving) = self.web.on_mut().and_then(|site| site.serving.as_mut()) else { return };
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
fn listen(setup: &Setup) -> Result<(TcpListener, SocketAddr), String> {
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
    open(address).map_err(|error| {
        format!(
            "cannot serve HTTP at {bind} ({error}); end what is there, or set http.bind to another address"
        )
    })
}

/// Listens at an address, without blocking; gives the one that it is in the end.
pub(super) fn open(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    let bound = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    Ok((listener, bound))
}

/// Serves in a thread of its own.
fn serve(listener: TcpListener, bound: SocketAddr, house: Arc<House>, setup: &Setup) -> Serving {
    let (statuses, newest) = watch::channel(None);
    let (warnings, _) = broadcast::channel(WARNINGS);
    let (doors, taken) = mpsc::unbounded_channel();
    let hosts = Hosts::new(bound, setup.config.http.hosts.iter().map(String::as_str));
    let parts = http::Parts {
        statuses: newest,
        warnings: warnings.clone(),
        back: Arc::clone(&house) as Arc<dyn http::Back>,
        doors: taken,
        open: bound.ip().to_canonical().is_loopback(),
    };
    let work = move || {
        // Two at a time may look into the database.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build();
        let served = runtime.and_then(|runtime| {
            let served = runtime.block_on(http::run(Door { listener, hosts }, parts));
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
    Serving {
        statuses,
        warnings,
        house,
        teller: Teller::default(),
        doors,
        bound,
        announced: Announced::default(),
        url,
        state: setup.state.clone(),
    }
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
