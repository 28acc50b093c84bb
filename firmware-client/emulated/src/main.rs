//! The display's core on an emulated RISC-V: prints what every state looks like, as the list of the simulator has it, and how many
//! instructions the usual one takes.

#![no_std]
#![no_main]

use core::hint::black_box;
use display_core::code::Code;
use display_core::frame::Frame;
use display_core::layout::Layout;
use display_core::mirror::Screen;
use display_core::samples::{self, frame_of, view};
use display_core::scene::Damage;
use display_core::text::Text;
use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
use semihosting::println;

/// What a device has for its pixels: 34 rows of the widest screen.
const BAND: usize = 320 * 34;

#[riscv_rt::entry]
fn main() -> ! {
    let mut band = [0; BAND];
    let code = code(samples::CODE);
    for (size, layout) in Layout::ALL {
        for name in samples::NAMES {
            let frame = frame_of(name);
            let mut screen = Screen::new(layout);
            screen.show(&view(name, frame.as_ref(), code));
            println!("{size} {name} {:016x}", whole(&screen, &mut band));
        }
    }
    for (size, layout) in Layout::ALL {
        measure(size, layout, &mut band);
    }
    semihosting::process::exit(0)
}

/// The instructions of what a device does with a frame.
fn measure(size: &str, layout: Layout, band: &mut [u16]) {
    let mut text = [0; Frame::MAX_BYTES];
    let Some(mut frame) = frame_of("live") else { return };
    let len = frame.encode(&mut text).unwrap_or(0);
    let text = black_box(&text[..len]);

    let start = instructions();
    let parsed = Frame::parse(text);
    let parse = instructions().wrapping_sub(start);
    let same = parsed == Ok(frame);

    let mut screen = Screen::new(layout);
    let start = instructions();
    let damage = screen.show(&view("live", parsed.as_ref().ok(), Code::NONE));
    let scene = instructions().wrapping_sub(start);
    let start = instructions();
    paint(&screen, &damage, band);
    let full = instructions().wrapping_sub(start);

    frame.today = Some(1251);
    let start = instructions();
    let damage = screen.show(&view("live", Some(&frame), Code::NONE));
    paint(&screen, &damage, band);
    let number = instructions().wrapping_sub(start);

    let mut second = view("live", Some(&frame), Code::NONE);
    second.time = Text::new("14:33");
    let start = instructions();
    let damage = screen.show(&second);
    paint(&screen, &damage, band);
    let minute = instructions().wrapping_sub(start);

    println!(
        "instructions {size} bytes={len} read={same} parse={parse} scene={scene} paint={full} number={number} minute={minute}"
    );
}

fn paint(screen: &Screen, damage: &Damage, band: &mut [u16]) {
    for area in damage.areas() {
        let Ok(()) = screen.paint(area, band, |_, pixels| {
            black_box(pixels);
            Ok::<(), core::convert::Infallible>(())
        });
    }
}

/// FNV-1a of the whole screen, the upper byte of a pixel first.
fn whole(screen: &Screen, band: &mut [u16]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let Ok(()) = screen.paint(screen.layout().screen(), band, |_, pixels| {
        for byte in pixels.iter().flat_map(|pixel| pixel.to_be_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok::<(), core::convert::Infallible>(())
    });
    hash
}

fn code(text: &str) -> Code {
    let (mut work, mut out) = ([0; Version::new(6).buffer_len()], [0; Version::new(6).buffer_len()]);
    QrCode::encode_text(text, &mut work, &mut out, QrCodeEcc::Low, Version::MIN, Version::new(6), None, true)
        .map_or(Code::NONE, |code| Code::new(code.size() as u8, |x, y| code.get_module(x.into(), y.into())))
}

/// Instructions that were carried out so far.
fn instructions() -> u32 {
    let count;
    // SAFETY: it reads a counter.
    unsafe { core::arch::asm!("csrr {}, minstret", out(reg) count) };
    count
}
