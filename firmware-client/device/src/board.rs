//! What differs from board to board: one file each, which names its screen and its pins. Another board is one more file.

#[allow(dead_code, reason = "a board has one of them, and both are type-checked for all")]
mod bus;
#[cfg(feature = "c3-devkit-st7789")]
mod c3_devkit_st7789;
#[cfg(feature = "c3-lcdkit")]
mod c3_lcdkit;
#[cfg(feature = "esp32-devkit-st7789")]
mod esp32_devkit_st7789;
#[cfg(feature = "lilygo-t-display-s3")]
mod lilygo_t_display_s3;
#[cfg(feature = "waveshare-c6-lcd-147")]
mod waveshare_c6_lcd_147;

#[cfg(feature = "c3-devkit-st7789")]
pub use c3_devkit_st7789::*;
#[cfg(feature = "c3-lcdkit")]
pub use c3_lcdkit::*;
#[cfg(feature = "esp32-devkit-st7789")]
pub use esp32_devkit_st7789::*;
#[cfg(feature = "lilygo-t-display-s3")]
pub use lilygo_t_display_s3::*;
#[cfg(feature = "waveshare-c6-lcd-147")]
pub use waveshare_c6_lcd_147::*;

#[allow(unused_imports, reason = "each board has one of them")]
pub use bus::{Parallel, Serial};

use bus::{Wires, output};
use display_core::geometry::Rect;
use display_core::layout::Layout;
use embedded_graphics_core::pixelcolor::Rgb565;
use embedded_graphics_core::pixelcolor::raw::RawU16;
use esp_hal::delay::Delay;
use esp_hal::gpio::{AnyPin, DriveMode, Input, InputConfig, Output, Pull};
use esp_hal::ledc::channel::{self, Channel, ChannelIFace};
use esp_hal::ledc::timer::{self, Timer, TimerIFace};
use esp_hal::ledc::{LSGlobalClkSource, Ledc, LowSpeed};
use esp_hal::peripherals::LEDC;
use esp_hal::time::Rate;
use mipidsi::Builder;
use mipidsi::models::Model;
use mipidsi::options::{ColorInversion, ColorOrder, Orientation};
use static_cell::StaticCell;

/// A board and its screen.
pub trait Board {
    /// The wires to its screen.
    type Wires: Wires;
    /// Its screen's controller.
    type Controller: Model<ColorFormat = Rgb565>;
    /// Its name.
    const NAME: &'static str;
    /// Its layout.
    const LAYOUT: Layout;
    /// The screen's width and height as the controller counts them.
    const SIZE: (u16, u16);
    /// Where the screen begins in the controller's memory.
    const OFFSET: (u16, u16);
    /// How it is turned.
    const ORIENTATION: Orientation;
    /// Whether colours are inverted.
    const INVERSION: ColorInversion;
    /// Which of red and blue comes first.
    const ORDER: ColorOrder;
    /// How fast it can be written to, where the wires have a clock.
    const MEGAHERTZ: u32;
    /// The screen's controller.
    fn controller() -> Self::Controller;
}

/// The pins that a board has its parts at.
pub struct Pins {
    /// The wires to the screen.
    pub screen: <This as Board>::Wires,
    /// What has to be high for the screen to have power, where there is such a thing.
    pub power: Option<AnyPin<'static>>,
    /// Reset, where it is wired.
    pub reset: Option<AnyPin<'static>>,
    /// The light behind the screen.
    pub light: AnyPin<'static>,
    /// The button, closed to ground.
    pub button: AnyPin<'static>,
    /// What dims the light.
    pub ledc: LEDC<'static>,
}

/// A pin that may not be there.
pub struct Reset(Option<Output<'static>>);

impl embedded_hal::digital::ErrorType for Reset {
    type Error = core::convert::Infallible;
}

impl embedded_hal::digital::OutputPin for Reset {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        if let Some(pin) = &mut self.0 {
            pin.set_low();
        }
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        if let Some(pin) = &mut self.0 {
            pin.set_high();
        }
        Ok(())
    }
}

type Controller = <This as Board>::Controller;
type Interface = <<This as Board>::Wires as Wires>::Interface;
type Display = mipidsi::Display<Interface, Controller, Reset>;

/// The parts of a board, ready.
pub struct Parts {
    screen: Display,
    light: Channel<'static, LowSpeed>,
    button: Input<'static>,
    _power: Option<Output<'static>>,
}

/// Makes the parts ready; the light is off. `None` if the screen cannot be.
pub fn open(pins: Pins) -> Option<Parts> {
    static TIMER: StaticCell<Timer<'static, LowSpeed>> = StaticCell::new();

    let mut ledc = Ledc::new(pins.ledc);
    ledc.set_global_slow_clock(LSGlobalClkSource::APBClk);
    let timer = TIMER.init(ledc.timer::<LowSpeed>(timer::Number::Timer0));
    timer
        .configure(timer::config::Config {
            duty: timer::config::Duty::Duty10Bit,
            clock_source: timer::LSClockSource::APBClk,
            frequency: Rate::from_khz(20),
        })
        .ok()?;
    let mut light = ledc.channel(channel::Number::Channel0, pins.light);
    light.configure(channel::config::Config { timer, duty_pct: 0, drive_mode: DriveMode::PushPull }).ok()?;

    let power = pins.power.map(output);
    let interface = pins.screen.open(This::MEGAHERTZ)?;
    let screen = Builder::new(This::controller(), interface)
        .reset_pin(Reset(pins.reset.map(output)))
        .display_size(This::SIZE.0, This::SIZE.1)
        .display_offset(This::OFFSET.0, This::OFFSET.1)
        .orientation(This::ORIENTATION)
        .invert_colors(This::INVERSION)
        .color_order(This::ORDER)
        .init(&mut Delay::new())
        .ok()?;
    let button = Input::new(pins.button, InputConfig::default().with_pull(Pull::Up));
    Some(Parts { screen, light, button, _power: power })
}

impl Parts {
    /// Shows pixels in an area.
    pub fn show(&mut self, area: Rect, pixels: &[u16]) {
        let (x, y) = (area.x.unsigned_abs(), area.y.unsigned_abs());
        let (right, bottom) = (area.right().unsigned_abs() - 1, area.bottom().unsigned_abs() - 1);
        let colours = pixels.iter().map(|pixel| Rgb565::from(RawU16::new(*pixel)));
        // Nobody could be told of a fault of the bus; the next change draws anew.
        let _ = self.screen.set_pixels(x, y, right, bottom, colours);
    }

    /// Sets how bright the light is, 0 to 255.
    pub fn set_light(&mut self, level: u8) {
        let percent = (u16::from(level) * 100 / 255) as u8;
        let _ = self.light.set_duty(if level == 0 { 0 } else { percent.max(1) });
    }

    /// Whether the button is down.
    pub fn is_pressed(&self) -> bool {
        self.button.is_low()
    }
}
