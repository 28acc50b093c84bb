//! Who asks, by the token of the request.

use super::back::Secrets;
use super::refusal::Refusal;
use crate::time::{HOUR, Millis};
use axum::http::{HeaderMap, StatusCode, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write as _;
use subtle::ConstantTimeEq;

/// How long a page that was opened by a link may go on.
const PAGE_FOR: Millis = 7 * 24 * HOUR;

/// What someone may do; who may do more comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// See sums.
    Anyone,
    /// See everything.
    Reader,
    /// Change things, too.
    Writer,
}

impl Who {
    /// Whether someone may see `what`: a plural.
    pub(super) fn may_see(self, what: &str) -> Result<(), Refusal> {
        let needs =
            || Refusal::unauthorized(format!("{what} need a token; `costline token show --read` prints one"));
        if self >= Self::Reader { Ok(()) } else { Err(needs()) }
    }

    /// Whether someone may change things.
    pub(super) fn may_write(self) -> Result<(), Refusal> {
        match self {
            Self::Writer => Ok(()),
            Self::Reader => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "this token may only read; `costline token show` prints the one that may write",
            )),
            Self::Anyone => Err(Refusal::unauthorized(
                "to change something needs a token; `costline token show` prints it",
            )),
        }
    }
}

/// Whose token the request carries; one that carries none is anyone's.
///
/// # Errors
/// It carries one that does not count.
pub(super) fn who(
    headers: &HeaderMap,
    secrets: impl FnOnce() -> Secrets,
    now: Millis,
) -> Result<Who, Refusal> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Ok(Who::Anyone) };
    let refused = || {
        Refusal::unauthorized(
            "the token is not one that counts; `costline token show` prints it, `costline dashboard` opens the page anew",
        )
    };
    let scheme = |text: &str| text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    let token = value.to_str().ok().filter(|text| scheme(text)).and_then(|text| text.get(7..));
    let (Some(token), None) = (token.map(str::trim), given.next()) else { return Err(refused()) };
    let secrets = secrets();
    let is = |secret: &Option<String>| secret.as_ref().is_some_and(|secret| same(secret, token));
    let pages = |secret: &String| is_page_token(secret, token, now);
    if is(&secrets.write) || secrets.write.as_ref().is_some_and(pages) {
        Ok(Who::Writer)
    } else if is(&secrets.read) {
        Ok(Who::Reader)
    } else {
        Err(refused())
    }
}

/// Whether two texts are the same, in a time that does not tell how far they are.
fn same(secret: &str, given: &str) -> bool {
    secret.as_bytes().ct_eq(given.as_bytes()).into()
}

/// A token for a page that was opened by a one-time link, and until when it counts. It counts for whichever process serves,
/// and for none once the write token is another one. `nonce` is sixteen random digits.
pub fn page_token(write: &str, nonce: &str, now: Millis) -> (String, Millis) {
    let until = now + PAGE_FOR;
    (signed(write, &format!("{until:x}.{nonce}")), until)
}

fn is_page_token(write: &str, token: &str, now: Millis) -> bool {
    let Some((content, _)) = token.rsplit_once('.') else { return false };
    let until = content.split_once('.').and_then(|(until, _)| Millis::from_str_radix(until, 16).ok());
    until.is_some_and(|until| (now..=now + PAGE_FOR).contains(&until)) && same(&signed(write, content), token)
}

/// A text with the proof that it was made by who knows the secret.
fn signed(secret: &str, content: &str) -> String {
    let mut text = format!("{content}.");
    // A key of any length does.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(b"costline page ");
        mac.update(content.as_bytes());
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(values: &[&str]) -> Result<Who, ()> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        let secrets = || Secrets { write: Some("w".repeat(64)), read: Some("r".repeat(64)) };
        who(&headers, secrets, 1_000).map_err(drop)
    }

    #[test]
    fn tokens_say_who_asks() {
        let (write, read) = ("w".repeat(64), "r".repeat(64));
        let (page, until) = page_token(&write, "0123456789abcdef", 1_000);
        assert_eq!(until, 1_000 + PAGE_FOR);
        for (values, expected) in [
            (vec![], Ok(Who::Anyone)),
            (vec![format!("Bearer {write}")], Ok(Who::Writer)),
            (vec![format!("bearer  {write} ")], Ok(Who::Writer)),
            (vec![format!("Bearer {read}")], Ok(Who::Reader)),
            (vec![format!("Bearer {page}")], Ok(Who::Writer)),
            (vec![format!("Bearer {}", &write[1..])], Err(())),
            (vec![format!("Bearer {write}w")], Err(())),
            (vec![write.clone()], Err(())),
            (vec![format!("Basic {write}")], Err(())),
            (vec!["Bearer ".to_owned()], Err(())),
            (vec![String::new()], Err(())),
            (vec![format!("Bearer {write}"), format!("Bearer {write}")], Err(())),
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            assert_eq!(asked(&values), expected, "{values:?}");
        }
    }

    #[test]
    fn without_secrets_no_token_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Bearer x".parse().unwrap());
        assert!(who(&headers, Secrets::default, 0).is_err());
    }

    #[test]
    fn a_page_goes_on_for_a_week_and_no_longer() {
        let (token, until) = page_token("secret", "0123456789abcdef", 1_000);
        assert!(is_page_token("secret", &token, until));
        assert!(!is_page_token("secret", &token, until + 1));
        assert!(!is_page_token("other", &token, 2_000));
        // Nobody makes one that counts for longer out of it.
        let longer = format!("{:x}{}", until + 1, &token[token.find('.').unwrap()..]);
        assert!(!is_page_token("secret", &longer, 2_000));
        for bad in ["", ".", "..", "a.b.c", "zz.0.1"] {
            assert!(!is_page_token("secret", bad, 2_000), "{bad}");
        }
    }
}
