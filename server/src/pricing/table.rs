//! The price table in effect: the built-in one, with the configuration's overrides laid over it.

use super::asset::{Asset, AssetError, Uncertain};
use super::check::Finding;
use super::lookup::{ModelId, canonical};
use super::model::{Model, Period};
use super::overrides::{self, Override, OverrideError};
use crate::money::NanoUsd;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use xxhash_rust::xxh3::xxh3_64;

/// All prices in effect. Pure data: it never changes, and may be shared among threads.
#[derive(Clone, Debug, Default)]
pub struct PriceTable {
    revision: u32,
    made: NaiveDate,
    sources: Vec<String>,
    uncertain: Vec<Uncertain>,
    web_search: NanoUsd,
    models: Vec<Model>,
    /// Every name to the place of its model in `models`.
    names: HashMap<String, usize>,
    findings: Vec<Finding>,
}

/// A model's prices, and what its id tells beyond the name.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'t> {
    /// The model.
    pub model: &'t Model,
    /// Billed by a regional endpoint of a cloud provider.
    pub regional: bool,
}

/// Two models that claim one name.
struct Clash {
    name: String,
    owner: usize,
    claimant: usize,
}

impl PriceTable {
    /// The table that comes with the program, read when it is first asked for. Were the asset broken, which a test rules
    /// out, it would know no model.
    pub fn builtin() -> &'static Arc<Self> {
        static BUILTIN: LazyLock<Arc<PriceTable>> = LazyLock::new(|| {
            Arc::new(PriceTable::parse(include_str!("../../assets/prices.json")).unwrap_or_default())
        });
        &BUILTIN
    }

    /// Reads a table in the shape of `assets/prices.json`.
    pub fn parse(json: &str) -> Result<Self, AssetError> {
        let asset: Asset = serde_json::from_str(json)?;
        let mut table = Self {
            revision: asset.revision,
            made: asset.made,
            sources: asset.sources.clone(),
            uncertain: asset.uncertain.clone(),
            web_search: asset.web_search_usd,
            models: asset.models()?,
            ..Self::default()
        };
        table.names = names(&table.models).map_err(|clash| AssetError::NamedTwice(clash.name))?;
        Ok(table)
    }

    /// This table with overrides laid over it, by their dates; those of one date in the given order.
    pub fn with_overrides(&self, overrides: &[Override]) -> Result<Self, OverrideError> {
        let mut by_date: Vec<&Override> = overrides.iter().collect();
        by_date.sort_by_key(|change| change.from_date);
        let mut table = self.clone();
        for change in by_date {
            let finding = overrides::apply(&mut table.models, change)?;
            table.findings.extend(finding);
            table.names = names(&table.models).map_err(|clash| table.taken(change, clash))?;
        }
        Ok(table)
    }

    /// The number of the built-in table: a greater one has newer facts.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// The day on which the built-in prices were gathered.
    pub const fn made(&self) -> NaiveDate {
        self.made
    }

    /// Where the built-in prices come from, in words.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// 16 hexadecimal digits that differ when any price, date, multiplier, window or name in effect differs.
    /// Overrides that change no price leave it alone, unless their date parts a period or they add a name.
    pub fn fingerprint(&self) -> String {
        // Plain data always serializes; were it not so, the digits would merely never change.
        let bytes = serde_json::to_vec(&(self.web_search.0, &self.models)).unwrap_or_default();
        format!("{:016x}", xxh3_64(&bytes))
    }

    /// The price of one web search.
    pub const fn web_search(&self) -> NanoUsd {
        self.web_search
    }

    /// The models, in alphabetical order but for those of overrides, which come last.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Each model with each of its periods, oldest first: the lines of a price list.
    pub fn rows(&self) -> impl Iterator<Item = (&Model, &Period)> {
        self.models.iter().flat_map(|model| model.periods.iter().map(move |period| (model, period)))
    }

    /// Finds a model by any of its ids; `None` is an unknown model, which has no price. Ids as transcripts mostly
    /// have them cost one look into a map, so there is no need to keep the result.
    pub fn resolve(&self, id: &str) -> Option<Resolved<'_>> {
        if let Some(model) = self.named(id) {
            return Some(Resolved { model, regional: false });
        }
        let id = ModelId::parse(id);
        self.named(&id.name).map(|model| Resolved { model, regional: id.regional })
    }

    /// The model that answers to exactly this name.
    pub(super) fn named(&self, name: &str) -> Option<&Model> {
        self.names.get(name).and_then(|index| self.models.get(*index))
    }

    pub(super) fn uncertain(&self) -> &[Uncertain] {
        &self.uncertain
    }

    pub(super) fn override_findings(&self) -> &[Finding] {
        &self.findings
    }

    fn taken(&self, change: &Override, clash: Clash) -> OverrideError {
        let name = |index: usize| self.models.get(index).map(|model| model.name.clone()).unwrap_or_default();
        // Either the override's own model came later, or it claimed a name that a later model has.
        let own = canonical(&change.model);
        let owner = if name(clash.owner) == own { clash.claimant } else { clash.owner };
        OverrideError::Taken { model: change.model.clone(), alias: clash.name, owner: name(owner) }
    }
}

/// Every name and alias as written (lest common ids need parsing), and in canonical form.
fn names(models: &[Model]) -> Result<HashMap<String, usize>, Clash> {
    let mut names = HashMap::new();
    for (index, model) in models.iter().enumerate() {
        for name in std::iter::once(&model.name).chain(&model.aliases) {
            let id = ModelId::parse(name);
            // What a regional id costs beyond the name is told by parsing it.
            let written = (!id.regional).then(|| name.clone());
            for key in written.into_iter().chain([id.name]) {
                let owner = *names.entry(key).or_insert(index);
                if owner != index {
                    return Err(Clash { name: name.clone(), owner, claimant: index });
                }
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::check::tests::over;

    const ASSET: &str = include_str!("../../assets/prices.json");

    #[test]
    fn the_asset_is_whole() {
        let table = PriceTable::parse(ASSET).unwrap();
        assert_eq!((table.models.len(), table.rows().count()), (28, 33));
        assert_eq!(PriceTable::builtin().models, table.models);
        assert!(table.revision() >= 1 && !table.sources().is_empty());
        assert!(table.models.is_sorted_by_key(|model| &model.name));
        for model in &table.models {
            assert_eq!(canonical(&model.name), model.name);
            for alias in &model.aliases {
                assert_eq!(canonical(alias), model.name, "the name of {alias} must follow from its spelling");
            }
        }
        for doubt in table.uncertain() {
            assert!(doubt.models.iter().all(|model| table.named(model).is_some()), "{}", doubt.note);
        }
    }

    #[test]
    fn a_broken_asset_is_refused() {
        for (from, to, said) in [
            ("\"revision\": 1", "\"revision\": -1", "cannot be read"),
            ("\"regional\": null", "\"regoinal\": null", "cannot be read"),
            ("\"cache_read\": 0.08, ", "", "cannot be read"),
            ("\"model\": \"claude-fable-5\"", "\"model\": \"claude-fable-5.1\"", "two models"),
            ("\"from_date\": null", "\"from_date\": \"2027-01-01\"", "ascending order"),
        ] {
            assert!(ASSET.contains(from), "{from}");
            let error = PriceTable::parse(&ASSET.replace(from, to)).err().map(|error| error.to_string());
            assert!(error.as_deref().is_some_and(|error| error.contains(said)), "{to}: {error:?}");
        }
    }

    #[test]
    fn never_guesses_a_family() {
        for id in [
            "",
            "<synthetic>",
            "opus",
            "sonnet",
            "claude-opus",
            "claude-opus-6",
            "claude-opus-4-9",
            "claude-opus-5-5-5",
            "claude-haiku-5",
            "claude-sonnet-4-5-turbo",
            "claude-3-sonnet-5",
            "my-claude-opus-5",
            "gpt-5",
            "ab12cd",
        ] {
            assert!(PriceTable::builtin().resolve(id).is_none(), "{id}");
        }
    }

    #[test]
    fn the_fingerprint_follows_the_prices() {
        let base = PriceTable::builtin();
        let with = |toml: &str| base.with_overrides(&[over(toml)]).unwrap().fingerprint();
        assert_eq!(base.fingerprint().len(), 16);
        assert_eq!(base.with_overrides(&[]).unwrap().fingerprint(), base.fingerprint());
        assert_eq!(with("model = 'claude-opus-5'\ninput = 5"), base.fingerprint());
        let changed = [
            with("model = 'claude-opus-5'\ninput = 4"),
            with("model = 'claude-opus-5'\ninput = 4\nfrom_date = 2026-12-01"),
            with("model = 'claude-opus-5'\naliases = ['house']"),
            with("model = 'claude-opus-5'\ncontext_window = 500000"),
            base.fingerprint(),
        ];
        let distinct: std::collections::BTreeSet<&String> = changed.iter().collect();
        assert_eq!(distinct.len(), changed.len());
    }

    #[test]
    fn an_alias_of_a_regional_profile_stays_regional() {
        let table =
            base_with("model = 'house-1'\naliases = ['eu.anthropic.house-v1']\ninput = 1\noutput = 1");
        assert!(table.resolve("eu.anthropic.house-v1").is_some_and(|found| found.regional));
        assert!(table.resolve("house-v1").is_some_and(|found| !found.regional));
    }

    fn base_with(toml: &str) -> PriceTable {
        PriceTable::builtin().with_overrides(&[over(toml)]).unwrap()
    }
}
