//! A window that shows the screen: space or a click is the button, 1 to 9 let something go wrong, 0 mends it, escape closes.

use crate::Options;
use display_core::colour::Colour;
use minifb::{Key, KeyRepeat, MouseButton, Scale, Window, WindowOptions};
use simulator::player::{Aside, Player};
use simulator::wire::{Fault, Real, Tcp};
use std::sync::{Arc, Mutex, PoisonError};

const FAULTS: [(Key, Fault); 10] = [
    (Key::Key0, Fault::None),
    (Key::Key1, Fault::Cut),
    (Key::Key2, Fault::Silence),
    (Key::Key3, Fault::Slow(200)),
    (Key::Key4, Fault::Half),
    (Key::Key5, Fault::Garbage),
    (Key::Key6, Fault::Refuse),
    (Key::Key7, Fault::New),
    (Key::Key8, Fault::NoRadio),
    (Key::Key9, Fault::Password),
];

/// Shows the display until the window is closed.
pub fn run(
    player: &mut Player<Real, Tcp>,
    options: &Options,
    fault: &Arc<Mutex<Fault>>,
) -> Result<(), String> {
    let (width, height) = (player.picture.width, player.picture.height);
    let title = format!(
        "Costline's display, {}",
        if options.server.is_empty() { "finding" } else { &options.server }
    );
    let settings = WindowOptions { scale: Scale::X2, ..WindowOptions::default() };
    let mut window = Window::new(&title, width, height, settings)
        .map_err(|error| format!("there is no window: {error}"))?;
    window.set_target_fps(30);
    let mut aside = Aside::default();
    while window.is_open() && !window.is_key_down(Key::Escape) {
        player.pressed = window.is_key_down(Key::Space) || window.get_mouse_down(MouseButton::Left);
        for (key, what) in &FAULTS {
            if window.is_key_pressed(*key, KeyRepeat::No) {
                fault.lock().unwrap_or_else(PoisonError::into_inner).clone_from(what);
            }
        }
        player.draw();
        let pixels: Vec<u32> = player
            .seen()
            .pixels
            .iter()
            .map(|pixel| {
                let [red, green, blue] = Colour(*pixel).rgb();
                u32::from_be_bytes([0, red, green, blue])
            })
            .collect();
        window
            .update_with_buffer(&pixels, width, height)
            .map_err(|error| format!("the window is gone: {error}"))?;
        player.step_aside(&mut aside);
    }
    Ok(())
}
