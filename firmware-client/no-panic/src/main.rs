//! Links only if nothing in the core can panic: the panic handler calls a function that does not exist, and the linker
//! leaves out what nobody calls.

#![no_std]
#![no_main]

use core::hint::black_box;
use display_core::bytes::Bytes;
use display_core::code::Code;
use display_core::frame::{Frame, hour_letters};
use display_core::geometry::Rect;
use display_core::http::{Exchange, Request, address, numbers};
use display_core::layout::Layout;
use display_core::link::Event;
use display_core::mirror::{Mirror, Screen};
use display_core::settings::Settings;
use display_core::{mdns, portal, trial};

unsafe extern "C" {
    fn something_in_the_core_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: it is never called; there is no such function.
    unsafe { something_in_the_core_can_panic() }
}

/// Everything that a firmware calls, with what the compiler cannot know.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    let bytes: &[u8] = black_box(&[]);
    let text = core::str::from_utf8(bytes).unwrap_or_default();
    let (now, random): (u64, u32) = (black_box(0), black_box(0));
    let mut buffer = [0; 2048];

    let mut mirror = Mirror::new(text);
    mirror.set_up(text, text, Code::new(black_box(33), |x, y| black_box(x) > y));
    mirror.set_server(text);
    let events = [
        Event::Joined,
        Event::NotJoined,
        Event::WrongPassword,
        Event::Left,
        Event::Found,
        Event::NotFound,
        Event::New,
        Event::Same,
        Event::Busy(black_box(None)),
        Event::Refused,
        Event::Failed,
    ];
    for event in events {
        black_box(mirror.next(now));
        mirror.tell(now, random, event);
    }
    black_box(mirror.button(now, black_box(true)));
    black_box((mirror.level(now), mirror.wants_set_up(), mirror.is_good()));

    let request = Request { host: text, token: bytes, etag: mirror.etag(), wait: black_box(None) };
    let mut exchange = Exchange::new(&request);
    black_box(exchange.outgoing());
    exchange.sent(black_box(1));
    if let Ok(Some(reply)) = exchange.incoming(bytes) {
        mirror.reply(now, random, &reply);
    }
    if let Ok(reply) = exchange.closed() {
        mirror.reply(now, random, &reply);
    }

    let mut pixels = [0; 4096];
    for (_, layout) in Layout::ALL {
        let mut screen = Screen::new(black_box(layout));
        let damage = screen.show(&mirror.view(now));
        for area in damage.areas().chain([black_box(Rect::new(0, 0, 1, 1))]) {
            let Ok(()) = screen.paint(area, &mut pixels, |_, pixels| {
                black_box(pixels);
                Ok::<(), core::convert::Infallible>(())
            });
        }
    }

    if let Ok(frame) = Frame::parse(bytes) {
        black_box(frame.encode(&mut buffer).is_ok());
    }
    black_box(hour_letters(black_box(&[0; 24])));
    black_box((address(text), numbers(text)));
    black_box((
        mdns::ask_service(&mut buffer),
        mdns::ask_host(&mut buffer, text),
        mdns::host(bytes, text),
        mdns::service(bytes),
    ));
    black_box((
        portal::settings(bytes),
        portal::dns_answer(bytes, &mut buffer),
        portal::dhcp_answer(bytes, &mut buffer),
    ));
    let mut head = portal::Head::new(bytes);
    black_box((head.feed(bytes).is_ok(), head.method(), head.allowed));
    let settings = Settings { network: Bytes::new(bytes).unwrap_or_default(), ..Settings::default() };
    black_box(settings.encode(black_box(1)));
    black_box(Settings::newest(bytes, bytes));
    black_box((trial::start(black_box(&[0; trial::TALLY])), trial::look(now, black_box(true))));
    0
}
