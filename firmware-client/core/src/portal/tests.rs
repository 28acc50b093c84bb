use super::*;
use proptest::prelude::*;

#[test]
fn reads_forms() {
    let given = settings(
        b"network=Caf%C3%A9+%26+Bar&password=a%2Bb%3Dc+d&server=192.168.1.20%3A8377&token=abc-123&more=1",
    )
    .unwrap();
    assert_eq!(given.network.as_str(), "Café & Bar");
    assert_eq!(given.password.as_slice(), b"a+b=c d");
    assert_eq!(given.server.as_str(), "192.168.1.20:8377");
    assert_eq!(given.token.as_slice(), b"abc-123");
    assert_eq!(settings(b"network=x&password=&server=&token=").unwrap().server.as_str(), "");
    for wrong in [
        &b""[..],
        b"network=",
        b"password=x",
        b"network=x&server=a%20b",
        b"network=x&token=a%0d%0aX",
        b"network=x&password=%4",
        b"network=x&password=%zz",
        b"network=123456789012345678901234567890123",
    ] {
        assert_eq!(settings(wrong), None, "{}", String::from_utf8_lossy(wrong));
    }
}

#[test]
fn reads_heads_in_any_two_pieces() {
    let text = b"POST /update HTTP/1.1\r\nHost: 192.168.4.1\r\nAuthorization: Bearer s3cret\r\ncontent-length: 12\r\n\r\nbody";
    for split in 0..text.len() {
        let mut head = Head::new(b"s3cret");
        let rest = match head.feed(&text[..split]).unwrap() {
            Some(rest) => rest + text.len() - split,
            None => head.feed(&text[split..]).unwrap().unwrap(),
        };
        assert_eq!(
            (rest, head.method(), head.length, head.allowed),
            (4, Method::Update, 12, true),
            "{split}"
        );
    }
    for (line, method) in [
        ("GET / HTTP/1.1", Method::Page),
        ("GET /generate_204 HTTP/1.1", Method::Other),
        ("POST /save HTTP/1.1", Method::Save),
        ("POST /update?x HTTP/1.1", Method::Other),
        ("", Method::Other),
    ] {
        for token in ["", "Bearer", "Bearer s3cre", "Bearer s3crets", "Basic s3cret", "Bearer S3cret"] {
            let mut head = Head::new(b"s3cret");
            head.feed(format!("{line}\r\nAuthorization: {token}\r\n\r\n").as_bytes()).unwrap();
            assert_eq!((head.method(), head.allowed), (method, false));
        }
    }
    let mut head = Head::new(b"");
    head.feed(b"POST /update HTTP/1.1\r\nAuthorization: Bearer \r\n\r\n").unwrap();
    assert!(!head.allowed, "no token is none that opens");
    assert!(Head::new(b"").feed(&[b'x'; 4097]).is_err());
}

#[test]
fn every_name_is_the_display() {
    let question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
    let mut buffer = [0; 128];
    let len = dns_answer(question, &mut buffer).unwrap();
    let expected = [
        b"\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01".as_slice(),
        b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04\xc0\xa8\x04\x01",
    ]
    .concat();
    assert_eq!(&buffer[..len], expected);
    let mut other = question.to_vec();
    other[26] = 28;
    assert!(dns_answer(&other, &mut buffer).is_some());
    assert_eq!(&buffer[..8], b"\x12\x34\x84\x00\x00\x01\x00\x00");
    other[2] = 0x80;
    assert_eq!(dns_answer(&other, &mut buffer), None);
    assert_eq!(dns_answer(question, &mut buffer[..20]), None);
}

fn dhcp(kind: u8, more: &[u8]) -> Vec<u8> {
    let mut message = vec![1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef];
    message.resize(28, 0);
    message.extend([2, 0, 0, 0, 0, 7]);
    message.resize(236, 0);
    message.extend([99, 130, 83, 99, 0, 53, 1, kind]);
    message.extend(more);
    message.push(255);
    message
}

#[test]
fn hands_out_addresses() {
    let mut buffer = [0; 512];
    let len = dhcp_answer(&dhcp(1, &[]), &mut buffer).unwrap();
    let offer = &buffer[..len];
    assert_eq!(&offer[..8], [2, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef]);
    assert_eq!(&offer[16..24], [192, 168, 4, 9, 192, 168, 4, 1]);
    assert_eq!(&offer[236..248], [99, 130, 83, 99, 53, 1, 2, 54, 4, 192, 168, 4]);
    let kind = |message: &[u8]| {
        let mut buffer = [0; 512];
        dhcp_answer(message, &mut buffer).map(|_| buffer[242])
    };
    assert_eq!(kind(&dhcp(3, &[50, 4, 192, 168, 4, 9, 54, 4, 192, 168, 4, 1])), Some(5));
    assert_eq!(kind(&dhcp(3, &[50, 4, 192, 168, 4, 10])), Some(6));
    assert_eq!(kind(&dhcp(3, &[50, 4, 192, 168, 4, 9, 54, 4, 10, 0, 0, 1])), None);
    assert_eq!(kind(&dhcp(7, &[])), None);
    assert_eq!(kind(&dhcp(1, &[])[..200]), None);
}

#[test]
fn says_as_much_as_it_announces() {
    for text in [UPDATED, NOT_UPDATED] {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head} {}", body.len());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut buffer = [0; 512];
        let _ = (settings(&bytes), dns_answer(&bytes, &mut buffer), dhcp_answer(&bytes, &mut buffer));
        let mut message = dhcp(1, &bytes);
        message[0] = 1;
        let _ = dhcp_answer(&message, &mut buffer);
        let mut head = Head::new(&bytes);
        let _ = head.feed(&bytes);
    }
}
