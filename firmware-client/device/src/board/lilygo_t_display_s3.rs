//! LILYGO T-Display-S3: 320 by 170 pixels, lying, on a parallel bus; the button is the one marked BOOT. Never compiled nor run by
//! its authors: it needs the compiler for Xtensa.

use super::{Board, Parallel};
use display_core::layout::Layout;
use mipidsi::models::ST7789;
use mipidsi::options::{ColorInversion, ColorOrder, Orientation, Rotation};

/// The board.
pub struct This;

impl Board for This {
    type Wires = Parallel;
    type Controller = ST7789;
    const NAME: &'static str = "LILYGO T-Display-S3";
    const LAYOUT: Layout = Layout::Wide;
    const SIZE: (u16, u16) = (170, 320);
    const OFFSET: (u16, u16) = (35, 0);
    const ORIENTATION: Orientation = Orientation::new().rotate(Rotation::Deg90);
    const INVERSION: ColorInversion = ColorInversion::Inverted;
    const ORDER: ColorOrder = ColorOrder::Rgb;
    const MEGAHERTZ: u32 = 0;

    fn controller() -> ST7789 {
        ST7789
    }
}

/// Its pins.
#[macro_export]
macro_rules! pins {
    ($peripherals:ident) => {
        $crate::board::Pins {
            screen: $crate::board::Parallel {
                data: [
                    $peripherals.GPIO39.into(),
                    $peripherals.GPIO40.into(),
                    $peripherals.GPIO41.into(),
                    $peripherals.GPIO42.into(),
                    $peripherals.GPIO45.into(),
                    $peripherals.GPIO46.into(),
                    $peripherals.GPIO47.into(),
                    $peripherals.GPIO48.into(),
                ],
                write: $peripherals.GPIO8.into(),
                read: $peripherals.GPIO9.into(),
                select: $peripherals.GPIO6.into(),
                command: $peripherals.GPIO7.into(),
            },
            power: Some($peripherals.GPIO15.into()),
            reset: Some($peripherals.GPIO5.into()),
            light: $peripherals.GPIO38.into(),
            button: $peripherals.GPIO0.into(),
            ledc: $peripherals.LEDC,
        }
    };
}
