//! The firmware of Costline's display. What it shows and when it asks is the core's; here are the board, the radio, the
//! sockets, the flash and the watchdog.

#![no_std]
#![no_main]

mod board;
mod flash;
mod network;
mod portal;
mod screen;
mod update;

use board::{Board, This};
use core::cell::{Cell, RefCell};
use display_core::bytes::Bytes;
use display_core::mirror::Mirror;
use display_core::settings::Settings;
use display_core::text::Text;
use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, Timer};
use esp_backtrace as _;
use esp_hal::clock::CpuClock;
use esp_hal::ram;
use esp_hal::rng::Rng;
use esp_hal::rtc_cntl::{Rtc, RwdtStage};
use esp_hal::timer::timg::TimerGroup;
use esp_println::println;
use esp_storage::FlashStorage;
use flash::Flash;
use static_cell::StaticCell;

esp_bootloader_esp_idf::esp_app_desc!();

/// What the tasks share; they all run on one executor, so that none sees another in the middle of something.
pub struct Shared {
    /// The display.
    pub mirror: RefCell<Mirror>,
    /// The flash.
    pub flash: RefCell<Flash>,
    /// The settings.
    pub settings: RefCell<Settings>,
    /// When the network last got on, milliseconds; the watchdog is fed only while it does.
    pub alive: Cell<u64>,
    /// Somebody pressed a button: what waits goes on.
    pub hurry: Signal<NoopRawMutex, ()>,
}

/// Milliseconds since the start.
pub fn now() -> u64 {
    Instant::now().as_millis()
}

impl Shared {
    /// The network gets on.
    pub fn is_alive(&self) {
        self.alive.set(now());
    }
}

/// Settings that are built in: `COSTLINE_WIFI`, `COSTLINE_WIFI_PASSWORD`, `COSTLINE_SERVER` and `COSTLINE_TOKEN` at build time.
fn built_in() -> Settings {
    let bytes = |text: Option<&'static str>| text.unwrap_or_default().as_bytes();
    Settings {
        network: Bytes::new(bytes(option_env!("COSTLINE_WIFI"))).unwrap_or_default(),
        password: Bytes::new(bytes(option_env!("COSTLINE_WIFI_PASSWORD"))).unwrap_or_default(),
        server: Text::new(option_env!("COSTLINE_SERVER").unwrap_or_default()),
        token: Bytes::new(bytes(option_env!("COSTLINE_TOKEN"))).unwrap_or_default(),
        last: None,
    }
}

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    static SHARED: StaticCell<Shared> = StaticCell::new();

    let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    // Longer than anything takes, and short enough that nobody pulls the plug first.
    let mut watchdog = Rtc::new(peripherals.RTC_TIMER).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, esp_hal::time::Duration::from_secs(60));
    watchdog.enable();
    // Before anything that a new firmware may stumble over.
    let mut flash = Flash::new(FlashStorage::new(peripherals.FLASH));
    if flash.is_on_trial() && !flash.may_start() {
        println!("this firmware was started too often without success: the one before is put back");
        flash.roll_back();
        esp_hal::system::software_reset();
    }
    esp_alloc::heap_allocator!(#[ram(reclaimed)] size: 64 * 1024);
    esp_alloc::heap_allocator!(size: 36 * 1024);
    esp_rtos::start(TimerGroup::new(peripherals.TIMG0).timer0, peripherals.FROM_CPU_INTR0);
    println!("costline-display {} on {}", env!("CARGO_PKG_VERSION"), This::NAME);

    let settings = flash.load().unwrap_or_else(built_in);
    let shared = SHARED.init(Shared {
        mirror: RefCell::new(Mirror::new(settings.network.as_str())),
        flash: RefCell::new(flash),
        settings: RefCell::new(settings),
        alive: Cell::new(0),
        hurry: Signal::new(),
    });
    shared.mirror.borrow_mut().set_server(settings.server.as_str());

    let Some(parts) = board::open(pins!(peripherals)) else {
        println!("the screen does not answer: see the wiring in docs/firmware.md");
        Timer::after(Duration::from_secs(5)).await;
        esp_hal::system::software_reset()
    };
    spawner.spawn(screen::run(shared, parts, watchdog).expect("it is started once"));

    let random = Rng::new();
    if settings.network.is_empty() {
        portal::run(spawner, shared, peripherals.WIFI, random).await
    } else {
        network::run(spawner, shared, peripherals.WIFI, random).await
    }
}
