//! Short byte strings: names of networks, passwords and tokens, of which any byte counts.

/// At most `N` bytes, 255 at most.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Bytes<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Bytes<N> {
    /// None.
    pub const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// These bytes; `None` if they are too many.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut made = Self::EMPTY;
        made.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        made.len = u8::try_from(bytes.len()).ok()?;
        Some(made)
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The bytes as text; nothing where they are none.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_slice()).unwrap_or_default()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> core::fmt::Debug for Bytes<N> {
    /// Its length alone: it may be a password.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bytes").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Writes one thing after another into a buffer that the caller has.
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    whole: bool,
}

impl<'a> Writer<'a> {
    /// Begins at the beginning.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0, whole: true }
    }

    /// Appends bytes.
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.len.saturating_add(bytes.len());
        match self.buffer.get_mut(self.len..end) {
            Some(place) => {
                for (place, byte) in place.iter_mut().zip(bytes) {
                    *place = *byte;
                }
                self.len = end;
            }
            None => self.whole = false,
        }
        self
    }

    /// Appends a number in digits.
    pub fn number(&mut self, number: u64) -> &mut Self {
        let mut text = crate::text::Text::<20>::EMPTY;
        text.push_number(number, 1);
        self.put(text.as_bytes())
    }

    /// Appends a number of two bytes, the upper one first.
    pub fn u16(&mut self, number: u16) -> &mut Self {
        self.put(&number.to_be_bytes())
    }

    /// Appends so many zeros.
    pub fn zeros(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.put(&[0]);
        }
        self
    }

    /// How many bytes were written; `None` if they did not all fit.
    pub fn end(&self) -> Option<usize> {
        self.whole.then_some(self.len)
    }
}
