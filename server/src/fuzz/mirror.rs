//! What a display makes of what comes over the network.

use display_core::bytes::Bytes;
use display_core::frame::Frame;
use display_core::http::{Exchange, Request};
use display_core::mirror::{Mirror, Screen};
use display_core::{layout::Layout, link::Event, mdns, portal, settings::Settings};

/// Any bytes as a frame are written the same again; as a response, in any pieces, they come to the same reply, which can be drawn;
/// as what else a display is sent they are read.
pub fn mirror(bytes: &[u8]) {
    if let Ok(frame) = Frame::parse(bytes) {
        let written = encode(&frame);
        let read = Frame::parse(&written).expect("a frame");
        assert_eq!(encode(&read), written);
    }
    let cut = bytes.first().map_or(0, |first| usize::from(*first) % bytes.len());
    let (left, right) = bytes.split_at(cut);
    let whole = reply(&[bytes]);
    assert_eq!(whole, reply(&[left, right]));
    if let Some(reply) = whole {
        let mut display = Mirror::new("");
        display.tell(0, 0, Event::Joined);
        display.tell(0, 0, Event::Found);
        display.reply(0, 0, &reply);
        for (_, layout) in Layout::ALL {
            let mut screen = Screen::new(layout);
            let damage = screen.show(&display.view(1));
            let mut band = vec![0; 320 * 34];
            for area in damage.areas() {
                screen.paint(area, &mut band, |_, _| Ok::<(), ()>(())).expect("nothing fails");
            }
        }
    }
    let mut buffer = [0; 600];
    let _ = (mdns::service(bytes), mdns::host(bytes, "desk.local"), portal::settings(bytes));
    let _ = (portal::dns_answer(bytes, &mut buffer), portal::dhcp_answer(bytes, &mut buffer));
    let _ = (portal::Head::new(b"x").feed(bytes), Settings::decode(bytes));
}

fn encode(frame: &Frame) -> Vec<u8> {
    let mut buffer = [0; Frame::MAX_BYTES];
    let len = frame.encode(&mut buffer).expect("room");
    buffer.get(..len).expect("room").to_vec()
}

fn reply(pieces: &[&[u8]]) -> Option<display_core::http::Reply> {
    let etag = Bytes::new(b"\"a\"").expect("room");
    let mut exchange = Exchange::new(&Request { host: "a", token: b"", etag: &etag, wait: Some(7) });
    for piece in pieces {
        if let Some(reply) = exchange.incoming(piece).ok()? {
            return Some(reply);
        }
    }
    exchange.closed().ok()
}
