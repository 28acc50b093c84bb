//! The wires between a chip and a screen.

use embedded_hal_bus::spi::{ExclusiveDevice, NoDelay};
use esp_hal::Blocking;
use esp_hal::gpio::{AnyPin, Level, Output, OutputConfig};
use esp_hal::peripherals::SPI2;
use esp_hal::spi::master::{Config, Spi};
use esp_hal::time::Rate;
use mipidsi::interface::{Generic8BitBus, Interface, ParallelInterface, SpiInterface};
use static_cell::StaticCell;

/// The wires to a screen.
pub trait Wires {
    /// What is made of them.
    type Interface: Interface<Word = u8>;

    /// Makes them ready, for so many million clocks a second where they have a clock; `None` if they cannot be.
    fn open(self, megahertz: u32) -> Option<Self::Interface>;
}

/// A pin that is driven, high at first.
pub fn output(pin: AnyPin<'static>) -> Output<'static> {
    Output::new(pin, Level::High, OutputConfig::default())
}

/// One bit after the other.
pub struct Serial {
    /// The bus.
    pub spi: SPI2<'static>,
    /// Its clock.
    pub clock: AnyPin<'static>,
    /// Its data.
    pub data: AnyPin<'static>,
    /// The screen is meant.
    pub select: AnyPin<'static>,
    /// Data or a command.
    pub command: AnyPin<'static>,
}

impl Wires for Serial {
    type Interface = SpiInterface<
        'static,
        ExclusiveDevice<Spi<'static, Blocking>, Output<'static>, NoDelay>,
        Output<'static>,
    >;

    fn open(self, megahertz: u32) -> Option<Self::Interface> {
        static TRANSFER: StaticCell<[u8; 1024]> = StaticCell::new();

        let config = Config::default().with_frequency(Rate::from_mhz(megahertz));
        let spi = Spi::new(self.spi, config).ok()?.with_sck(self.clock).with_mosi(self.data);
        let Ok(bus) = ExclusiveDevice::new_no_delay(spi, output(self.select));
        Some(SpiInterface::new(bus, output(self.command), TRANSFER.init([0; 1024])))
    }
}

/// Eight bits at once, as fast as pins can be set.
pub struct Parallel {
    /// The data, the lowest bit first.
    pub data: [AnyPin<'static>; 8],
    /// What is there is to be taken.
    pub write: AnyPin<'static>,
    /// What is there is to be given: never.
    pub read: AnyPin<'static>,
    /// The screen is meant: it always is.
    pub select: AnyPin<'static>,
    /// Data or a command.
    pub command: AnyPin<'static>,
}

type Bits<P> = Generic8BitBus<P, P, P, P, P, P, P, P>;

impl Wires for Parallel {
    type Interface = ParallelInterface<Bits<Output<'static>>, Output<'static>, Output<'static>>;

    fn open(self, _megahertz: u32) -> Option<Self::Interface> {
        static HELD: StaticCell<[Output<'static>; 2]> = StaticCell::new();

        let mut select = output(self.select);
        select.set_low();
        // Who lets go of a pin ends its level, too.
        HELD.init([select, output(self.read)]);
        let [a, b, c, d, e, f, g, h] = self.data.map(output);
        let bus = Generic8BitBus::new((a, b, c, d, e, f, g, h));
        Some(ParallelInterface::new(bus, output(self.command), output(self.write)))
    }
}
