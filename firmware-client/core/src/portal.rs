//! How a display is set up by a phone: on an access point of its own it hands out an address, answers every name with its own,
//! and serves one page. Also how it is given a new firmware over the network.

mod dhcp;
mod dns;
mod form;
mod request;

pub use dhcp::answer as dhcp_answer;
pub use dns::answer as dns_answer;
pub use form::settings;
pub use request::{Head, Method};

/// The address of a display on its own access point.
pub const ADDRESS: [u8; 4] = [192, 168, 4, 1];

/// The page.
pub const PAGE: &str = concat!(
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
    include_str!("portal/page.html")
);
/// What is said once it was filled in.
pub const THANKS: &str = concat!(
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n",
    "<!doctype html><meta name=viewport content='width=device-width'><title>Costline</title>",
    "<body style='font:18px system-ui;margin:2em'><h1>Thank you</h1><p>The display now joins your network.</p>"
);
/// What is said of a form that lacks a network.
pub const LACKING: &str = concat!(
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n",
    "<!doctype html><meta name=viewport content='width=device-width'><title>Costline</title>",
    "<body style='font:18px system-ui;margin:2em'><p>Something is missing or too long. <a href='/'>Once more</a></p>"
);
/// Where every other question leads.
pub const ELSEWHERE: &str =
    "HTTP/1.1 302 Found\r\nLocation: http://192.168.4.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
/// A new firmware was taken.
pub const UPDATED: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 30\r\nConnection: close\r\n\r\nTaken. The display restarts.\r\n";
/// One was not.
pub const NOT_UPDATED: &str = "HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 35\r\nConnection: close\r\n\r\nThis is no firmware of a display.\r\n";
/// The token is not the display's.
pub const REFUSED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
/// There is nothing else.
pub const NOTHING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[cfg(test)]
mod tests;
