//! What is let in. A page of a foreign site can make a browser send requests to this machine, and a name of its own may
//! lead here; so a request has to be meant for this side by the name it calls, and must not come from elsewhere.

use super::refusal::Refusal;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// By which names the side may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    port: u16,
    names: BTreeSet<String>,
}

impl Hosts {
    /// The names of a side that listens at `bound`: those of the loopback, and `more`, to which the port is added where they
    /// have none.
    pub fn new<'a>(bound: SocketAddr, more: impl IntoIterator<Item = &'a str>) -> Self {
        let port = bound.port();
        let own = ["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}"));
        let with_port = |name: &str| {
            let name = name.to_ascii_lowercase();
            let bare = name.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
            if bare { format!("{name}:{port}") } else { name }
        };
        let more = more.into_iter().map(with_port);
        Self { port, names: own.into_iter().chain(more).collect() }
    }

    /// Whether it is called so, by a connection to `local`: an address is no name that someone else could lead here.
    fn has(&self, host: &str, local: SocketAddr) -> bool {
        let host = host.to_ascii_lowercase();
        let host = if self.port == 80 && !host.contains(':') { format!("{host}:80") } else { host };
        let at = SocketAddr::new(local.ip().to_canonical(), local.port());
        self.names.contains(&host) || host == at.to_string()
    }
}

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Lets a request in, or not.
///
/// # Errors
/// It is not meant for this side, or a foreign page sent it.
pub(super) fn check(request: &Parts, hosts: &Hosts, local: SocketAddr) -> Result<(), Refusal> {
    let headers = &request.headers;
    let called = one(headers, &header::HOST)?.filter(|host| hosts.has(host, local));
    let in_the_address = request.uri.authority().is_none_or(|host| hosts.has(host.as_str(), local));
    if called.is_none() || !in_the_address {
        let message =
            "this is not served under that name; call it by its address, or add the name to http.hosts";
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, message));
    }
    let foreign =
        || Refusal::new(StatusCode::FORBIDDEN, "a page of another site sent this; that is not answered");
    if let Some(origin) = one(headers, &header::ORIGIN)? {
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if !own.is_some_and(|host| hosts.has(host, local)) {
            return Err(foreign());
        }
    }
    match one(headers, &FETCH_SITE)? {
        None | Some("same-origin" | "none") => {}
        // A link to the page, that someone follows: it tells the other site nothing.
        Some(_) if is_a_visit(request) => {}
        Some(_) => return Err(foreign()),
    }
    if headers.contains_key(header::UPGRADE) && one(headers, &header::UPGRADE)?.is_some_and(is_socket) {
        return Err(Refusal::misuse("there are no web sockets here; `GET /v1/events` tells of changes"));
    }
    Ok(())
}

/// Whether the browser says that a person asked, by the address or a bookmark, or a page of this side did.
pub(super) fn is_of_the_person(headers: &HeaderMap) -> bool {
    headers.get(FETCH_SITE).is_some_and(|site| site == "none" || site == "same-origin")
}

fn is_socket(protocol: &str) -> bool {
    protocol.to_ascii_lowercase().contains("websocket")
}

fn is_a_visit(request: &Parts) -> bool {
    let navigates = request.headers.get(FETCH_MODE).is_some_and(|mode| mode == "navigate");
    request.method == Method::GET && request.uri.path() == "/" && navigates
}

/// A header that may be there once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let wrong = || Refusal::misuse(format!("the header {name} is malformed or there twice"));
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(wrong());
    }
    first.map(|value| value.to_str().map_err(|_| wrong())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn outcome(method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let local: SocketAddr = "127.0.0.1:8377".parse().unwrap();
        let hosts = Hosts::new(local, ["desk.local", "proxy.example:443"]);
        check(&parts, &hosts, local).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    #[test]
    fn only_by_its_names() {
        for (host, expected) in [
            ("127.0.0.1:8377", 200),
            ("localhost:8377", 200),
            ("LOCALHOST:8377", 200),
            ("[::1]:8377", 200),
            ("desk.local:8377", 200),
            ("proxy.example:443", 200),
            ("proxy.example:8377", 421),
            ("localhost", 421),
            ("localhost:80", 421),
            ("evil.example:8377", 421),
            ("localhost.evil.example:8377", 421),
            ("evil-localhost:8377", 421),
            ("127.0.0.1.evil.example:8377", 421),
            ("127.1:8377", 421),
            ("2130706433:8377", 421),
            ("10.0.0.1:8377", 421),
            ("", 421),
        ] {
            assert_eq!(outcome("GET", "/v1/status", &[("host", host)]), expected, "{host}");
        }
        assert_eq!(outcome("GET", "/v1/status", &[]), 421);
        let twice = [("host", "localhost:8377"), ("host", "evil.example")];
        assert_eq!(outcome("GET", "/v1/status", &twice), 400);
        let other = [("host", "localhost:8377")];
        assert_eq!(outcome("GET", "http://evil.example/v1/status", &other), 421);
        assert_eq!(outcome("GET", "http://localhost:8377/v1/status", &other), 200);
    }

    #[test]
    fn an_address_is_the_one_that_was_called() {
        let any: SocketAddr = "[::]:80".parse().unwrap();
        let hosts = Hosts::new(any, []);
        let local: SocketAddr = "[::ffff:192.168.1.5]:80".parse().unwrap();
        assert!(hosts.has("192.168.1.5:80", local) && hosts.has("192.168.1.5", local));
        assert!(!hosts.has("192.168.1.6:80", local) && !hosts.has("router:80", local));
    }

    #[test]
    fn foreign_pages_are_refused() {
        let with = |method, path, headers: &[(&str, &str)]| {
            outcome(method, path, &[&[("host", "localhost:8377")], headers].concat())
        };
        for (headers, expected) in [
            (&[("origin", "http://localhost:8377")][..], 200),
            (&[("origin", "http://127.0.0.1:8377")], 200),
            (&[("origin", "http://evil.example")], 403),
            (&[("origin", "http://localhost:8378")], 403),
            (&[("origin", "http://localhost:8377.evil.example")], 403),
            (&[("origin", "null")], 403),
            (&[("origin", "")], 403),
            (&[("sec-fetch-site", "same-origin")], 200),
            (&[("sec-fetch-site", "none")], 200),
            (&[("sec-fetch-site", "cross-site")], 403),
            (&[("sec-fetch-site", "same-site")], 403),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], 403),
            (&[("upgrade", "websocket"), ("connection", "upgrade")], 400),
            (&[("upgrade", "h2c")], 200),
        ] {
            assert_eq!(with("GET", "/v1/status", headers), expected, "{headers:?}");
        }
        let visit = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(with("GET", "/", &visit), 200);
        assert_eq!(with("POST", "/", &visit), 403);
        assert_eq!(with("GET", "/", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]), 403);
    }
}
