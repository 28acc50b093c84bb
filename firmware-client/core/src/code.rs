//! A code to scan (QR), as its modules. Who makes it is beyond the core: a library of the firmware and of the simulator.

/// At most 41 by 41 modules: version 6, which holds the name and password of any access point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    size: u8,
    rows: [u64; 41],
}

impl Code {
    /// No code.
    pub const NONE: Self = Self { size: 0, rows: [0; 41] };

    /// A code of so many modules a side, each dark where `dark(x, y)` says so; none if there are too many.
    pub fn new(size: u8, dark: impl Fn(u8, u8) -> bool) -> Self {
        let mut code = Self::NONE;
        if usize::from(size) <= code.rows.len() {
            code.size = size;
            for (y, row) in (0..size).zip(&mut code.rows) {
                for x in 0..size {
                    *row |= u64::from(dark(x, y)).wrapping_shl(x.into());
                }
            }
        }
        code
    }

    /// Modules of a side.
    pub const fn size(&self) -> u8 {
        self.size
    }

    /// Whether a module is dark.
    pub fn is_dark(&self, x: u16, y: u16) -> bool {
        self.rows.get(usize::from(y)).is_some_and(|row| row.wrapping_shr(x.into()) & 1 == 1)
    }
}
