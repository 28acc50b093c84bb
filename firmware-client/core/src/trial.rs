//! A new firmware is on trial until it has shown a frame. If it never does, or does not live for long enough to, the one before is
//! put back. How often it was started is kept in flash as words that are struck out one after the other: that needs no erasing, and a
//! start counts even if the power goes at once.

/// Bytes of the tally.
pub const TALLY: usize = 16;
/// Bytes of a word that is struck out.
pub const WORD: usize = 4;
/// What a struck word is.
pub const STRUCK: [u8; WORD] = [0; WORD];
/// A firmware on trial may be started so often.
pub const STARTS: usize = 3;
/// A firmware on trial that has shown nothing for so long is none, milliseconds.
pub const PATIENCE_MS: u64 = 10 * 60_000;

/// What becomes of a firmware on trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// It goes on.
    GoesOn,
    /// It works: it stays.
    Passed,
    /// The one before is put back.
    Failed,
}

/// What to do at a start of a firmware on trial: go on and strike out the word that begins at this byte of the tally, or
/// put back the firmware before.
///
/// # Errors
/// It was started often enough.
pub fn start(tally: &[u8; TALLY]) -> Result<usize, Trial> {
    let words = tally.chunks(WORD).take(STARTS);
    let struck = words.take_while(|word| *word != [u8::MAX; WORD].as_slice()).count();
    // Whatever is not blank counts: a word that was half written was a start, too.
    if struck < STARTS { Ok(struck.saturating_mul(WORD)) } else { Err(Trial::Failed) }
}

/// What becomes of it so many milliseconds after the start, and whether it has shown a frame.
pub const fn look(now_ms: u64, good: bool) -> Trial {
    if good {
        Trial::Passed
    } else if now_ms >= PATIENCE_MS {
        Trial::Failed
    } else {
        Trial::GoesOn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLANK: [u8; TALLY] = [0xff; TALLY];

    #[test]
    fn a_firmware_that_does_not_live_is_put_back_at_its_fourth_start() {
        let mut tally = BLANK;
        for start_number in 0..3 {
            let at = start(&tally).unwrap();
            assert_eq!(at, start_number * 4);
            // Flash can only clear bits.
            for (byte, cleared) in tally[at..at + WORD].iter_mut().zip(STRUCK) {
                *byte &= cleared;
            }
        }
        assert_eq!(start(&tally), Err(Trial::Failed));
        // What is not read as it should be is no reason to go on for ever.
        assert_eq!(start(&[0; TALLY]), Err(Trial::Failed));
    }

    #[test]
    fn a_start_counts_though_the_power_went_while_it_was_written() {
        let mut tally = BLANK;
        tally[2] = 0x7f;
        assert_eq!(start(&tally), Ok(4));
        tally[4..8].fill(0);
        tally[11] = 0xfe;
        assert_eq!(start(&tally), Err(Trial::Failed));
    }

    #[test]
    fn it_has_to_show_a_frame_within_ten_minutes() {
        assert_eq!(look(0, false), Trial::GoesOn);
        assert_eq!(look(599_999, false), Trial::GoesOn);
        assert_eq!(look(600_000, false), Trial::Failed);
        assert_eq!(look(5_000, true), Trial::Passed);
        assert_eq!(look(600_000, true), Trial::Passed);
    }
}
