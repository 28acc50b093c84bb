//! Waveshare ESP32-C6-LCD-1.47: 172 by 320 pixels, upright; the button is the one marked BOOT.

use super::{Board, Serial};
use display_core::layout::Layout;
use mipidsi::models::ST7789;
use mipidsi::options::{ColorInversion, ColorOrder, Orientation};

/// The board.
pub struct This;

impl Board for This {
    type Wires = Serial;
    type Controller = ST7789;
    const NAME: &'static str = "Waveshare ESP32-C6-LCD-1.47";
    const LAYOUT: Layout = Layout::Tall;
    const SIZE: (u16, u16) = (172, 320);
    const OFFSET: (u16, u16) = (34, 0);
    const ORIENTATION: Orientation = Orientation::new();
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
                clock: $peripherals.GPIO7.into(),
                data: $peripherals.GPIO6.into(),
                select: $peripherals.GPIO14.into(),
                command: $peripherals.GPIO15.into(),
            },
            power: None,
            reset: Some($peripherals.GPIO21.into()),
            light: $peripherals.GPIO22.into(),
            button: $peripherals.GPIO9.into(),
            ledc: $peripherals.LEDC,
        }
    };
}
