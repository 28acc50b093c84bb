use super::*;
use proptest::prelude::*;

const FRAME: &str = r#"{"v":1,"at":1795357930,"tz":60,"today":1248}"#;

fn request(etag: &Etag, wait: Option<u16>) -> Request<'_> {
    Request { host: "192.168.1.20:8377", token: b"secret", etag, wait }
}

fn whole(status: &str, head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nDate: Sun, 22 Nov 2026 14:32:10 GMT\r\n{head}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What an exchange makes of bytes that come in these pieces before the connection ends.
fn outcome(conditional: bool, pieces: &[&[u8]]) -> Result<Reply, Fault> {
    let etag = if conditional { Bytes::new(b"\"abc\"").unwrap() } else { Etag::EMPTY };
    let mut exchange = Exchange::new(&request(&etag, None));
    for piece in pieces {
        if let Some(reply) = exchange.incoming(piece)? {
            return Ok(reply);
        }
    }
    exchange.closed()
}

#[test]
fn asks_as_servers_expect() {
    let etag = Bytes::new(b"\"42-a\"").unwrap();
    let mut exchange = Exchange::new(&request(&etag, Some(7)));
    let expected = concat!(
        "GET /v1/mirror?wait=7 HTTP/1.1\r\nHost: 192.168.1.20:8377\r\nAuthorization: Bearer secret\r\n",
        "If-None-Match: \"42-a\"\r\nUser-Agent: costline-display/0.1.0\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(exchange.outgoing(), expected.as_bytes());
    exchange.sent(3);
    assert_eq!(exchange.outgoing(), &expected.as_bytes()[3..]);
    exchange.sent(9999);
    assert_eq!(exchange.outgoing(), b"");
    let plain = Request { host: "a", token: b"", etag: &Etag::EMPTY, wait: None };
    let mut buffer = [0; MAX_REQUEST];
    let len = plain.write(&mut buffer).unwrap();
    assert!(buffer[..len].starts_with(b"GET /v1/mirror HTTP/1.1\r\nHost: a\r\nUser-Agent"));
    assert_eq!(plain.write(&mut buffer[..20]), None);
}

#[test]
fn understands_every_answer_in_any_two_pieces() {
    let frame = Frame::parse(FRAME.as_bytes()).unwrap();
    let long = format!("{}\r\n", "x".repeat(500));
    for (conditional, text, expected) in [
        (false, whole("200 OK", "ETag: \"42-b\"\r\n", FRAME), Answer::Frame(frame)),
        (false, whole("200 OK", &format!("ETag: \"42-b\"\r\nX-Long: {long}"), FRAME), Answer::Frame(frame)),
        (
            false,
            format!("HTTP/1.1 100 Continue\r\n\r\n{}", whole("200 OK", "etag:\"42-b\"\r\n", FRAME)),
            Answer::Frame(frame),
        ),
        (false, whole("200 OK", "ETag: \"42-b\"\r\n", r#"{"v":2}"#), Answer::TooNew),
        (false, whole("200 OK", "ETag: \"42-b\"\r\n", "<html>"), Answer::Wrong),
        (true, whole("304 Not Modified", "ETag: \"42-b\"\r\n", ""), Answer::Same),
        (false, whole("304 Not Modified", "ETag: \"42-b\"\r\n", ""), Answer::Wrong),
        (true, whole("401 Unauthorized", "ETag: \"42-b\"\r\nRetry-After: 9\r\n", "{}"), Answer::Refused),
        (true, whole("404 Not Found", "ETag: \"42-b\"\r\n", "{}"), Answer::Wrong),
        (true, whole("503 Busy", "ETag: \"42-b\"\r\n", "{}"), Answer::Busy),
    ] {
        let bytes = text.as_bytes();
        for split in 0..=bytes.len() {
            let reply = outcome(conditional, &[&bytes[..split], &bytes[split..]]).unwrap();
            assert_eq!(reply.answer, expected, "{text}");
            assert_eq!(reply.date, Some(1_795_357_930));
            assert_eq!(reply.etag.as_slice(), b"\"42-b\"");
            assert_eq!(reply.retry_after, text.contains("Retry").then_some(9));
        }
        // Half of it is nothing.
        for end in 0..bytes.len() {
            assert_eq!(outcome(conditional, &[&bytes[..end]]), Err(Fault::Cut), "{end} bytes of {text}");
        }
    }
}

#[test]
fn a_body_without_a_length_ends_with_the_connection() {
    let text = format!("HTTP/1.0 200 OK\r\n\r\n{FRAME}");
    assert!(matches!(outcome(false, &[text.as_bytes()]).unwrap().answer, Answer::Frame(_)));
}

#[test]
fn takes_no_more_than_it_can_hold() {
    let body = "x".repeat(1537);
    for (text, fault) in [
        ("SSH-2.0-OpenSSH".to_owned(), Fault::NotHttp),
        ("HTTP/2 200\r\n".to_owned(), Fault::NotHttp),
        ("HTTP/1.1 20x\r\n".to_owned(), Fault::NotHttp),
        ("HTTP/1.1 999 ?\r\n".to_owned(), Fault::NotHttp),
        (whole("200 OK", "", &body), Fault::TooLong),
        (format!("HTTP/1.1 200 OK\r\n\r\n{body}"), Fault::TooLong),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n".to_owned(), Fault::NotHttp),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n".to_owned(), Fault::TooLong),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n".to_owned(), Fault::Coded),
        (format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1024)), Fault::TooLong),
        ("HTTP/1.1 100 Continue\r\n\r\n".repeat(60), Fault::TooLong),
    ] {
        assert_eq!(outcome(false, &[text.as_bytes()]), Err(fault), "{text}");
    }
    // An ETag that cannot be kept is none.
    let text = whole("200 OK", &format!("ETag: \"{}\"\r\n", "x".repeat(60)), FRAME);
    assert!(outcome(false, &[text.as_bytes()]).unwrap().etag.is_empty());
}

#[test]
fn dates() {
    for (date, expected) in [
        ("Sun, 22 Nov 2026 14:32:10 GMT", Some(1_795_357_930)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Tue, 29 Feb 2028 23:59:59 GMT", Some(1_835_481_599)),
        ("Wed, 01 Mar 2028 00:00:00 GMT", Some(1_835_481_600)),
        ("Mon, 01 Mar 2100 00:00:00 GMT", Some(4_107_542_400)),
        ("Sun, 22 Nov 2026 14:32:10", None),
        ("Sun, 22 Nov 2026 25:32:10 GMT", None),
        ("Sun, 22 Now 2026 14:32:10 GMT", None),
        ("Sunday, 22-Nov-26 14:32:10 GMT", None),
        ("", None),
    ] {
        assert_eq!(unix(date.as_bytes()), expected, "{date}");
    }
}

#[test]
fn addresses() {
    for (given, expected) in [
        ("192.168.1.20", Some(("192.168.1.20", 8377))),
        (" http://desk.local:9000/v1 ", Some(("desk.local", 9000))),
        ("desk", Some(("desk", 8377))),
        ("", None),
        ("http://", None),
        ("desk:", None),
        ("desk:0", None),
        ("desk:99999", None),
        ("a b", None),
        ("desk\r\nX: y", None),
    ] {
        let address = address(given);
        assert_eq!(address.as_ref().map(|(host, port)| (host.as_str(), *port)), expected, "{given}");
    }
    assert_eq!(numbers("192.168.1.20"), Some([192, 168, 1, 20]));
    for none in ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "a.b.c.d"] {
        assert_eq!(numbers(none), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_end_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..400), ok in any::<bool>(), cuts in proptest::collection::vec(0..400_usize, 0..5)) {
        let mut all = if ok { b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n".to_vec() } else { Vec::new() };
        all.extend(bytes);
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(all.len())).collect();
        cuts.extend([0, all.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &all[cut[0]..cut[1]]).collect();
        prop_assert_eq!(outcome(false, &pieces), outcome(false, &[&all]));
    }
}
