//! What is kept in flash: settings, and two firmwares of which one runs.

use display_core::settings::{RECORD, Settings};
use display_core::trial;
use esp_bootloader_esp_idf::ota::OtaImageState;
use esp_bootloader_esp_idf::ota_updater::OtaUpdater;
use esp_bootloader_esp_idf::partitions::{FlashRegion, PARTITION_TABLE_MAX_LEN, read_partition_table};
use esp_storage::FlashStorage;

const SECTOR: u32 = FlashStorage::SECTOR_SIZE;

/// The flash.
pub struct Flash {
    storage: FlashStorage<'static>,
    table: [u8; PARTITION_TABLE_MAX_LEN],
}

impl Flash {
    /// The flash of this device.
    pub fn new(storage: FlashStorage<'static>) -> Self {
        Self { storage, table: [0; PARTITION_TABLE_MAX_LEN] }
    }

    /// Works on the part of the flash that has this name; `None` where the table names none.
    fn part<R>(&mut self, name: &str, work: impl FnOnce(FlashRegion<'_, 'static>) -> Option<R>) -> Option<R> {
        let table = read_partition_table(&mut self.storage, &mut self.table).ok()?;
        let entry = table.iter().find(|entry| entry.label_as_str() == name)?;
        work(entry.as_flash_region(&mut self.storage))
    }

    fn records(region: &mut FlashRegion<'_, 'static>) -> Option<([u8; RECORD], [u8; RECORD])> {
        let (mut first, mut second) = ([0; RECORD], [0; RECORD]);
        region.read(0, &mut first).ok()?;
        region.read(SECTOR, &mut second).ok()?;
        Some((first, second))
    }

    /// The settings; `None` before they were saved for the first time.
    pub fn load(&mut self) -> Option<Settings> {
        self.part("settings", |mut region| {
            let (first, second) = Self::records(&mut region)?;
            Settings::newest(&first, &second).0
        })
    }

    /// Saves settings, beside the ones before; says whether it went well.
    pub fn save(&mut self, settings: &Settings) -> bool {
        let saved = self.part("settings", |mut region| {
            let (first, second) = Self::records(&mut region)?;
            let (_, number, sector) = Settings::newest(&first, &second);
            let start = sector * SECTOR;
            region.erase(start, start + SECTOR).ok()?;
            region.write(start, &settings.encode(number.wrapping_add(1))).ok()
        });
        saved.is_some()
    }

    fn updater(&mut self) -> Option<OtaUpdater<'_, 'static>> {
        OtaUpdater::new(&mut self.storage, &mut self.table).ok()
    }

    /// Whether the firmware that runs has yet to show that it works.
    pub fn is_on_trial(&mut self) -> bool {
        let state = self.updater().and_then(|mut updater| updater.current_ota_state().ok());
        matches!(state, Some(OtaImageState::New | OtaImageState::PendingVerify))
    }

    /// Counts a start of the firmware that runs, which is on trial; says whether it may go on.
    pub fn may_start(&mut self) -> bool {
        let outcome = self.part("trial", |mut region| {
            let mut tally = [0; trial::TALLY];
            region.read(0, &mut tally).ok()?;
            let at = trial::start(&tally).ok();
            if let Some(at) = at {
                let _ = region.write(at as u32, &trial::STRUCK);
            }
            Some(at.is_some())
        });
        // Without a place to count in, or where that does not take it, only the time counts.
        outcome.unwrap_or(true)
    }

    /// The firmware that runs works.
    pub fn confirm(&mut self) {
        if let Some(mut updater) = self.updater() {
            let _ = updater.set_current_ota_state(OtaImageState::Valid);
        }
    }

    /// The firmware that runs does not work: the one before runs after the next reset.
    pub fn roll_back(&mut self) {
        if let Some(mut updater) = self.updater() {
            let _ = updater.set_current_ota_state(OtaImageState::Invalid);
            let _ = updater.activate_next_partition();
            let _ = updater.set_current_ota_state(OtaImageState::Valid);
        }
    }

    /// Writes a piece of a new firmware, a whole sector but for the last one; says whether it went well.
    pub fn write_update(&mut self, start: u32, bytes: &[u8]) -> bool {
        let written = self.updater().and_then(|mut updater| {
            let (mut region, _) = updater.next_partition().ok()?;
            region.erase(start, start + SECTOR).ok()?;
            region.write(start, bytes).ok()
        });
        written.is_some()
    }

    /// The new firmware runs after the next reset, on trial.
    pub fn activate_update(&mut self) -> bool {
        let _ = self.part("trial", |mut region| region.erase(0, SECTOR).ok());
        let activated = self.updater().and_then(|mut updater| {
            updater.activate_next_partition().ok()?;
            updater.set_current_ota_state(OtaImageState::New).ok()
        });
        activated.is_some()
    }
}
