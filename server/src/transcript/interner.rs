//! Names that come again and again are held once.

use super::record::Name;
use foldhash::HashSet;

/// The names seen by one reader.
#[derive(Debug, Default)]
pub struct Interner(HashSet<Name>);

/// Beyond this many names the interner begins anew: unbounded input must not grow it without bound.
const MOST_NAMES: usize = 100_000;

impl Interner {
    /// The shared form of a name.
    pub fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.0.get(text) {
            return name.clone();
        }
        if self.0.len() >= MOST_NAMES {
            self.0.clear();
        }
        let name = Name::from(text);
        self.0.insert(name.clone());
        name
    }
}
