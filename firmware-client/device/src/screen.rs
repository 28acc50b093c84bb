//! The screen, its light and the button; and the watchdog, which bites when either this or the network stands still.

use crate::board::{Board, Parts, This};
use crate::{Shared, now};
use display_core::bytes::Bytes;
use display_core::geometry::Rect;
use display_core::mirror::Screen;
use display_core::trial::{self, Trial};
use embassy_time::{Duration, Ticker};
use esp_hal::rtc_cntl::Rwdt;
use static_cell::StaticCell;

/// Rows of the widest screen that are drawn at a time, times its width.
const BAND: usize = 320 * 34;
/// The network says that it lives more often than this.
const SILENCE_MS: u64 = 120_000;

/// Draws what has changed, every few hundredths of a second.
#[embassy_executor::task]
pub async fn run(shared: &'static Shared, mut parts: Parts, mut watchdog: Rwdt) {
    static PIXELS: StaticCell<[u16; BAND]> = StaticCell::new();
    static SCREEN: StaticCell<Screen> = StaticCell::new();

    let pixels = PIXELS.init([0; BAND]);
    let screen = SCREEN.init(Screen::new(This::LAYOUT));
    let mut on_trial = shared.flash.borrow_mut().is_on_trial();
    let (mut light, mut drawn) = (0, 0);
    let mut ticker = Ticker::every(Duration::from_millis(20));
    loop {
        let time = now();
        if time.saturating_sub(shared.alive.get()) < SILENCE_MS {
            watchdog.feed();
        }
        let pressed = shared.mirror.borrow_mut().button(time, parts.is_pressed());
        if pressed.is_some() {
            shared.hurry.signal(());
        }
        if shared.mirror.borrow().wants_set_up() {
            set_up_anew(shared);
        }
        if pressed.is_some() || time.saturating_sub(drawn) >= 100 {
            drawn = time;
            let damage = screen.show(&shared.mirror.borrow().view(time));
            for area in damage.areas() {
                let Ok(()) = screen.paint(area, pixels, |band: Rect, pixels: &[u16]| {
                    parts.show(band, pixels);
                    Ok::<(), core::convert::Infallible>(())
                });
            }
            let level = shared.mirror.borrow().level(time);
            if level != light {
                parts.set_light(level);
                light = level;
            }
            if on_trial {
                on_trial = !tried(shared, time);
            }
        }
        ticker.next().await;
    }
}

/// Whether the trial of a new firmware is over.
fn tried(shared: &Shared, time: u64) -> bool {
    match trial::look(time, shared.mirror.borrow().is_good()) {
        Trial::GoesOn => false,
        Trial::Passed => {
            shared.flash.borrow_mut().confirm();
            true
        }
        Trial::Failed => {
            shared.flash.borrow_mut().roll_back();
            esp_hal::system::software_reset()
        }
    }
}

/// Without a network the next start opens the access point.
fn set_up_anew(shared: &Shared) -> ! {
    let mut settings = *shared.settings.borrow();
    settings.network = Bytes::EMPTY;
    shared.flash.borrow_mut().save(&settings);
    esp_hal::system::software_reset()
}
