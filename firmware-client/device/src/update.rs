//! A new firmware over the network: `curl --data-binary @app.bin -H "Authorization: Bearer TOKEN" http://DISPLAY/update`.
//! Only with the token that the display reads with; without one nobody can.

use crate::Shared;
use display_core::portal::{Head, Method, NOT_UPDATED, NOTHING, REFUSED, UPDATED};
use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use embassy_time::{Duration, Timer};
use static_cell::StaticCell;

/// What is written at a time.
const SECTOR: usize = 4096;
/// What an image of an ESP32 begins with, and where it names its chip.
const MAGIC: u8 = 0xe9;
const CHIP: (usize, u16) = (
    12,
    if cfg!(feature = "esp32c6") {
        13
    } else if cfg!(feature = "esp32s3") {
        9
    } else if cfg!(feature = "esp32c3") {
        5
    } else {
        0
    },
);

/// Takes one connection after another.
#[embassy_executor::task]
pub async fn run(shared: &'static Shared, stack: Stack<'static>) -> ! {
    static BUFFERS: StaticCell<([u8; 2048], [u8; 512], [u8; SECTOR])> = StaticCell::new();

    let (rx, tx, sector) = BUFFERS.init(([0; 2048], [0; 512], [0; SECTOR]));
    loop {
        stack.wait_config_up().await;
        let mut socket = TcpSocket::new(stack, rx, tx);
        socket.set_timeout(Some(Duration::from_secs(10)));
        if socket.accept(80).await.is_err() {
            Timer::after(Duration::from_secs(1)).await;
            continue;
        }
        let token = shared.settings.borrow().token;
        let answer = answer(shared, &mut socket, token.as_slice(), sector).await.unwrap_or(NOT_UPDATED);
        say(&mut socket, answer).await;
        if answer == UPDATED {
            Timer::after(Duration::from_millis(500)).await;
            esp_hal::system::software_reset();
        }
    }
}

/// Writes an answer and ends the connection.
pub async fn say(socket: &mut TcpSocket<'_>, answer: &str) {
    let mut rest = answer.as_bytes();
    while !rest.is_empty() {
        match socket.write(rest).await {
            Ok(count) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
            _ => break,
        }
    }
    let _ = socket.flush().await;
    socket.close();
    let _ = socket.flush().await;
}

async fn answer(
    shared: &Shared,
    socket: &mut TcpSocket<'_>,
    token: &[u8],
    sector: &mut [u8; SECTOR],
) -> Option<&'static str> {
    let mut head = Head::new(token);
    let mut piece = [0; 512];
    let mut filled = loop {
        let count = socket.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        if let Some(rest) = head.feed(piece.get(..count)?).ok()? {
            sector.get_mut(..rest)?.copy_from_slice(piece.get(count - rest..count)?);
            break rest;
        }
    };
    match (head.method(), head.allowed) {
        (Method::Update, true) => {}
        (Method::Update, false) => return Some(REFUSED),
        _ => return Some(NOTHING),
    }
    let mut start = 0;
    while start < head.length {
        let wanted = (head.length - start).min(SECTOR);
        while filled < wanted {
            filled += socket.read(sector.get_mut(filled..wanted)?).await.ok().filter(|count| *count > 0)?;
            shared.is_alive();
        }
        if start == 0 && !is_firmware(sector) {
            return None;
        }
        // Flash is written in words.
        sector.get_mut(wanted..)?.fill(0xff);
        let words = sector.get(..wanted.next_multiple_of(4))?;
        if !shared.flash.borrow_mut().write_update(start as u32, words) {
            return None;
        }
        (start, filled) = (start + wanted, 0);
    }
    (start > 0 && shared.flash.borrow_mut().activate_update()).then_some(UPDATED)
}

fn is_firmware(sector: &[u8; SECTOR]) -> bool {
    let chip =
        sector.get(CHIP.0..).and_then(|bytes| bytes.first_chunk()).map(|bytes| u16::from_le_bytes(*bytes));
    sector.first() == Some(&MAGIC) && chip == Some(CHIP.1)
}
