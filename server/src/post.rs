//! Posts JSON to an address, by HTTP or HTTPS. Whoever posts waits: it is for threads that have nothing else to do.

use rustls::crypto::ring::default_provider;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// An address that does not answer for so long is not there.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much of an answer that says no is shown.
const SHOWN: usize = 200;

/// Why something was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody takes anything there now: it may be tried again.
    #[error("{0}")]
    Away(String),
    /// Whoever is there will not have it, however often it comes.
    #[error("{0}")]
    Refused(String),
}

/// Posts, once. No redirect is followed: a token is for the address that was named.
///
/// # Errors
/// A sentence: the address cannot be reached, or says no.
pub fn post(url: &str, token: Option<&str>, body: &str) -> Result<(), Failure> {
    let failed = |reason: &str| format!("cannot post to {url}: {reason}");
    let mut request = agent(url).post(url).header("Content-Type", "application/json");
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = request.send(body).map_err(|error| Failure::Away(failed(&error.to_string())))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let said = answer.body_mut().with_config().limit(16 * 1024).read_to_string().unwrap_or_default();
    let said = failed(&format!("it answered {}{}", status.as_u16(), reason(&said)));
    // Too slow, or too many at once, is not for ever.
    Err(if status.is_client_error() && ![408, 429].contains(&status.as_u16()) {
        Failure::Refused(said)
    } else {
        Failure::Away(said)
    })
}

/// What an answer that says no says.
fn reason(body: &str) -> String {
    let told = serde_json::from_str::<serde_json::Value>(body).ok();
    let told = told.as_ref().and_then(|told| told["error"].as_str()).unwrap_or_default();
    let line: String = told.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect();
    if line.is_empty() { String::new() } else { format!(" ({line})") }
}

fn agent(url: &str) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // What the environment says is for the roof to read.
        .proxy(None)
        .user_agent(concat!("costline/", env!("CARGO_PKG_VERSION")));
    if !url.starts_with("https:") {
        return config.build().new_agent();
    }
    // Those that the system trusts; a file that cannot be read is one that trusts nobody.
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<Certificate<'static>> =
        roots.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)));
    config.tls_config(tls.build()).build().new_agent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_no_is_one_short_line() {
        assert_eq!(reason("{\"error\": \"no\\nmore\"}"), " (nomore)");
        for body in ["", "<html>", "[]", "{\"error\": 1}"] {
            assert_eq!(reason(body), "");
        }
        assert_eq!(reason(&format!("{{\"error\": \"{}\"}}", "x".repeat(900))).len(), SHOWN + 3);
    }

    #[test]
    fn nobody_there_is_a_sentence() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for scheme in ["http", "https"] {
            let error = post(&format!("{scheme}://{free}/x"), Some("t"), "{}").unwrap_err();
            assert!(matches!(error, Failure::Away(_)), "{error:?}");
            let error = error.to_string();
            assert!(error.starts_with(&format!("cannot post to {scheme}://{free}/x: ")), "{error}");
        }
    }
}
