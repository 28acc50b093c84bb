//! Tells the local network where HTTP is served, by multicast DNS: a display that was told no address asks for
//! `_costline._tcp`. Said is the name of this machine, the addresses that HTTP listens at, its port, and the path that a display
//! reads: nothing that a port scan would not find out.

use mdns_sd::{DaemonEvent, IfKind, IfPredicate, Receiver, ServiceDaemon, ServiceInfo};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// What displays ask for.
const SERVICE: &str = "_costline._tcp.local.";
/// The path that they read, and the version of what is there.
const ABOUT: [(&str, &str); 2] = [("v", "1"), ("path", "/v1/mirror")];
/// How often it is looked whether this machine has other addresses.
const LOOK_EVERY_SECONDS: u32 = 60;
/// Names are claimed within a second; after this nothing will come of it.
const CLAIM_WITHIN: Duration = Duration::from_secs(10);
/// No label of a name is longer.
const LABEL: usize = 63;

/// What is told; it is taken back when this is dropped.
pub struct Announcement {
    daemon: ServiceDaemon,
    events: Receiver<DaemonEvent>,
    began: Instant,
    heard: Heard,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    NotYet,
    NotInTime,
    Yes,
}

/// What became of telling.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// It is told under this name.
    Told(String),
    /// It is not: a sentence.
    Problem(String),
}

impl Announcement {
    /// Begins to tell that `machine` serves at this address; what becomes of it comes from [`Announcement::news`].
    ///
    /// # Errors
    /// A sentence: this machine does not let it be told.
    pub fn begin(bound: SocketAddr, machine: &str) -> Result<Self, String> {
        let failed =
            |error: mdns_sd::Error| format!("cannot announce HTTP to the local network ({error}); {ADVICE}");
        let (instance, host) = names(machine);
        let any = bound.ip().is_unspecified();
        let address = if any { Vec::new() } else { vec![bound.ip()] };
        let mut service = ServiceInfo::new(SERVICE, &instance, &host, &address[..], bound.port(), &ABOUT[..])
            .map_err(failed)?;
        if any {
            service = service.enable_addr_auto();
        }
        let daemon = ServiceDaemon::new().map_err(failed)?;
        let told = || -> mdns_sd::Result<Receiver<DaemonEvent>> {
            let elsewhere = IfPredicate::new(move |interface| !is_at(bound.ip(), interface.ip()));
            daemon.disable_interface(IfKind::Predicate(elsewhere))?;
            daemon.set_ip_check_interval(LOOK_EVERY_SECONDS)?;
            let events = daemon.monitor()?;
            daemon.register(service)?;
            Ok(events)
        };
        let events = told().map_err(|error| {
            let _ = daemon.shutdown();
            failed(error)
        })?;
        Ok(Self { daemon, events, began: Instant::now(), heard: Heard::NotYet })
    }

    /// What has happened since it was last asked, at `now`.
    pub fn news(&mut self, now: Instant) -> Vec<News> {
        let mut news = Vec::new();
        for event in self.events.try_iter() {
            match event {
                DaemonEvent::Announce(name, _) if self.heard != Heard::Yes => {
                    self.heard = Heard::Yes;
                    news.push(News::Told(name.trim_end_matches('.').to_owned()));
                }
                DaemonEvent::Error(error) => {
                    news.push(News::Problem(format!("cannot announce HTTP ({error}); {ADVICE}")));
                }
                _ => {}
            }
        }
        if self.heard == Heard::NotYet && now.saturating_duration_since(self.began) >= CLAIM_WITHIN {
            self.heard = Heard::NotInTime;
            news.push(News::Problem(format!("nobody could be told where HTTP is served; {ADVICE}")));
        }
        news
    }

    /// Takes it back, and waits so long at most until that is said.
    pub fn withdraw(&self, within: Duration) {
        if let Ok(said) = self.daemon.shutdown() {
            let _ = said.recv_timeout(within);
        }
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Its thread says so, and ends.
        let _ = self.daemon.shutdown();
    }
}

/// What to do where it fails.
const ADVICE: &str = "see whether UDP port 5353 is free and the network is up, give displays the address, or set \
                      http.announce to false";

/// Whether others can be told of this address.
pub fn is_reached(bound: IpAddr) -> bool {
    !bound.to_canonical().is_loopback()
}

/// Whether who listens at `bound` is reached at an interface with this address.
fn is_at(bound: IpAddr, interface: IpAddr) -> bool {
    let family = bound.is_ipv6() || interface.is_ipv4();
    is_reached(interface) && (bound == interface || bound.is_unspecified() && family)
}

/// The name of the service and that of its host, of a machine's name. The host is not the machine itself: others may tell where that is
/// found, and would take this for a conflict.
fn names(machine: &str) -> (String, String) {
    let machine = machine.split('.').next().unwrap_or_default();
    let label: String =
        machine.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let host: String = ["costline", label.trim_matches('-')].join("-").chars().take(LABEL).collect();
    let host = host.trim_end_matches('-').to_lowercase();
    let mut instance = String::new();
    for letter in machine.chars().filter(|letter| !letter.is_control()) {
        if instance.len() + letter.len_utf8() <= LABEL {
            instance.push(letter);
        }
    }
    if instance.is_empty() {
        "costline".clone_into(&mut instance);
    }
    (instance, format!("{host}.local."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_whatever_the_machine_is_called() {
        let of = |machine: &str| {
            let (instance, host) = names(machine);
            assert!(instance.len() <= 63 && host.len() <= 63 + ".local.".len(), "{instance} {host}");
            (instance, host)
        };
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(of("desk"), pair("desk", "costline-desk.local."));
        assert_eq!(of("Desk.example.org"), pair("Desk", "costline-desk.local."));
        assert_eq!(of("büro 2"), pair("büro 2", "costline-bro2.local."));
        assert_eq!(of(""), pair("costline", "costline.local."));
        assert_eq!(of("-"), pair("-", "costline.local."));
        assert_eq!(of(&"ö".repeat(40)).0, "ö".repeat(31));
        assert_eq!(of(&"x".repeat(80)).1, format!("costline-{}.local.", "x".repeat(54)));
    }

    #[test]
    fn told_is_where_it_is_reached() {
        let at = |bound: &str, interface: &str| is_at(bound.parse().unwrap(), interface.parse().unwrap());
        assert!(at("0.0.0.0", "192.168.1.5") && at("::", "192.168.1.5") && at("::", "fe80::1"));
        assert!(at("192.168.1.5", "192.168.1.5") && at("fd00::5", "fd00::5"));
        assert!(!at("0.0.0.0", "fe80::1") && !at("192.168.1.5", "10.0.0.1") && !at("192.168.1.5", "fd00::5"));
        for interface in ["127.0.0.1", "::1"] {
            assert!(!at("0.0.0.0", interface) && !at("::", interface) && !at(interface, interface));
        }
        assert!(is_reached("0.0.0.0".parse().unwrap()) && !is_reached("::ffff:127.0.0.1".parse().unwrap()));
    }
}
