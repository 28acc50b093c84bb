//! Espressif ESP32-C3-LCDkit: a round screen of 240 by 240 pixels; the button is the knob, pressed.

use super::{Board, Serial};
use display_core::layout::Layout;
use mipidsi::models::GC9A01;
use mipidsi::options::{ColorInversion, ColorOrder, Orientation};

/// The board.
pub struct This;

impl Board for This {
    type Wires = Serial;
    type Controller = GC9A01;
    const NAME: &'static str = "Espressif ESP32-C3-LCDkit";
    const LAYOUT: Layout = Layout::Round;
    const SIZE: (u16, u16) = (240, 240);
    const OFFSET: (u16, u16) = (0, 0);
    const ORIENTATION: Orientation = Orientation::new();
    const INVERSION: ColorInversion = ColorInversion::Inverted;
    const ORDER: ColorOrder = ColorOrder::Bgr;
    const MEGAHERTZ: u32 = 40;

    fn controller() -> GC9A01 {
        GC9A01
    }
}

/// Its pins.
#[macro_export]
macro_rules! pins {
    ($peripherals:ident) => {
        $crate::board::Pins {
            screen: $crate::board::Serial {
                spi: $peripherals.SPI2,
                clock: $peripherals.GPIO1.into(),
                data: $peripherals.GPIO0.into(),
                select: $peripherals.GPIO7.into(),
                command: $peripherals.GPIO2.into(),
            },
            power: None,
            reset: None,
            light: $peripherals.GPIO5.into(),
            button: $peripherals.GPIO9.into(),
            ledc: $peripherals.LEDC,
        }
    };
}
