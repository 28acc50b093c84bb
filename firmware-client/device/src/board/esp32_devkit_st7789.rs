//! Any development board with the first ESP32 and a module of 170 by 320 pixels (ST7789, 1.9 inches), lying; wired as
//! `docs/firmware.md` says. The button is the one marked BOOT. Never compiled nor run by its authors: it needs the compiler for Xtensa.

use super::{Board, Serial};
use display_core::layout::Layout;
use mipidsi::models::ST7789;
use mipidsi::options::{ColorInversion, ColorOrder, Orientation, Rotation};

/// The board.
pub struct This;

impl Board for This {
    type Wires = Serial;
    type Controller = ST7789;
    const NAME: &'static str = "ESP32 with an ST7789 module of 170 by 320";
    const LAYOUT: Layout = Layout::Wide;
    const SIZE: (u16, u16) = (170, 320);
    const OFFSET: (u16, u16) = (35, 0);
    const ORIENTATION: Orientation = Orientation::new().rotate(Rotation::Deg90);
    const INVERSION: ColorInversion = ColorInversion::Inverted;
    const ORDER: ColorOrder = ColorOrder::Rgb;
    const MEGAHERTZ: u32 = 40;

    fn controller() -> ST7789 {
        ST7789
    }
}

/// Its pins.
#[macro_export]
macro_rules! pins {
    ($peripherals:ident) => {
        $crate::board::Pins {
            screen: $crate::board::Serial {
                spi: $peripherals.SPI2,
                clock: $peripherals.GPIO18.into(),
                data: $peripherals.GPIO23.into(),
                select: $peripherals.GPIO5.into(),
                command: $peripherals.GPIO2.into(),
            },
            power: None,
            reset: Some($peripherals.GPIO4.into()),
            light: $peripherals.GPIO32.into(),
            button: $peripherals.GPIO0.into(),
            ledc: $peripherals.LEDC,
        }
    };
}
