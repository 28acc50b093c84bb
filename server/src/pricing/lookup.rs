//! From the many spellings of a model's id to one name.
//!
//! Only spelling is undone here: prefixes of clouds and gateways, dates, versions, the order of words. What is left
//! either is a name of the price table or it is not; a near miss stays unknown.

/// Geographic prefixes of Bedrock's inference profiles that keep requests in a region, and so cost more than the
/// list price from the 4.5 generation on. `global.` and an id without a prefix cost the list price. GovCloud
/// (`us-gov.`) is among them on thinner ground: a public copy of Bedrock's prices has Sonnet 4.5 there at $3.30 and
/// $16.50, 1.1 times the list price.
const BEDROCK_REGIONS: [&str; 6] = ["us", "eu", "apac", "jp", "au", "us-gov"];
/// Path segments that name a cloud provider, as gateways write them.
const CLOUDS: [&str; 7] = ["bedrock", "vertex_ai", "vertex-ai", "publishers", "azure_ai", "azure", "foundry"];
/// Tags behind a colon, and suffixes behind a dash, that ask for a mode of the same model at the same price.
const MODES: [&str; 3] = ["latest", "thinking", "beta"];

/// What an id tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelId {
    /// The canonical name, in lower case. An id of another vendor keeps all but its path.
    pub name: String,
    /// Billed by a regional endpoint of a cloud provider.
    pub regional: bool,
    /// Served by a cloud provider rather than by Anthropic.
    pub cloud: bool,
    /// Marked `[1m]`: the window is a million tokens.
    pub one_million: bool,
}

/// The canonical name of a model: `us.anthropic.claude-opus-4-6-v1:0`, `Claude-4.6-Opus[1m]` and `claude-opus-4-6`
/// are all `claude-opus-4-6`. It says nothing of whether such a model is known.
pub fn canonical(model: &str) -> String {
    ModelId::parse(model).name
}

impl ModelId {
    /// Reads an id as a transcript, a cloud provider, a gateway or a person writes it.
    pub fn parse(id: &str) -> Self {
        let lower = id.trim().to_ascii_lowercase();
        let path = unmarked(&lower);
        let (folders, last) = path.rsplit_once('/').unwrap_or(("", path));
        let last = last.trim_start_matches("anthropic:").trim();
        let (region, model) = bedrock(last);
        Self {
            name: claude(model).unwrap_or_else(|| model.to_owned()),
            regional: region.is_some_and(|region| BEDROCK_REGIONS.contains(&region))
                || vertex_region(folders),
            cloud: region.is_some()
                || model.contains('@')
                || folders.split(['/', ':']).any(|part| CLOUDS.contains(&part)),
            one_million: path.len() < lower.len(),
        }
    }
}

/// The id without `[1m]` at its end.
fn unmarked(mut id: &str) -> &str {
    while let Some(rest) = id.strip_suffix("[1m]") {
        id = rest.trim_end();
    }
    id
}

/// Parts Bedrock's `us.anthropic.claude-…` into region (empty where there is none) and model.
fn bedrock(id: &str) -> (Option<&str>, &str) {
    if let Some(model) = id.strip_prefix("anthropic.") {
        return (Some(""), model);
    }
    match id.split_once(".anthropic.") {
        Some((region, model)) if region.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') => {
            (Some(region), model)
        }
        _ => (None, id),
    }
}

/// Whether a path is Vertex's full resource name with a location other than `global`. The short id `claude-…@date`
/// is the same for all of Vertex's endpoints: which one was asked cannot be told from it, so it costs the list
/// price.
fn vertex_region(folders: &str) -> bool {
    let mut parts = folders.split('/').skip_while(|part| *part != "locations").skip(1);
    parts.next().is_some_and(|location| location != "global") && parts.next() == Some("publishers")
}

/// The canonical name of a Claude model; `None` for any other id.
fn claude(id: &str) -> Option<String> {
    let words: Vec<&str> = id.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let dashed = words.join("-");
    let unversioned = dashed.split('@').next().unwrap_or_default();
    let bare = suffixes(tags(unversioned)).replace('.', "-");
    bare.strip_prefix("claude-").map(|rest| ordered(rest).unwrap_or_else(|| bare.clone()))
}

/// Cuts what stands behind a colon: Bedrock's revision (`:0`), its context size (`:200k`) and gateways' modes.
fn tags(mut id: &str) -> &str {
    while let Some((rest, tag)) = id.rsplit_once(':') {
        let number = tag.strip_suffix('k').unwrap_or(tag);
        if !digits(number) && !MODES.contains(&tag) {
            break;
        }
        id = rest;
    }
    id
}

/// Cuts dates, versions (`-v2`) and modes off the end.
fn suffixes(mut id: &str) -> &str {
    while let Some((rest, last)) = id.rsplit_once('-') {
        let date = last.len() == 8 && last.starts_with("20") && digits(last);
        // `claude-v2` is a model of its own and not the second version of "claude".
        let version = last.strip_prefix('v').is_some_and(digits) && rest.contains('-');
        if !date && !version && !MODES.contains(&last) {
            break;
        }
        id = rest;
    }
    id
}

/// Puts family and version in the order of the official names: the version first up to Claude 3, last from Claude 4
/// on. `4-0` is `4`. `None` where there is not one family and one version.
fn ordered(rest: &str) -> Option<String> {
    let parts: Vec<&str> = rest.split('-').collect();
    let (family, version) = match parts.as_slice() {
        [family, version @ ..] if word(family) => (family, version),
        [version @ .., family] if word(family) => (family, version),
        _ => return None,
    };
    let version = match version {
        [major] | [major, "0"] if number(major) => (*major).to_owned(),
        [major, minor] if number(major) && number(minor) => format!("{major}-{minor}"),
        _ => return None,
    };
    let old = version == "3" || version.starts_with("3-");
    Some(if old { format!("claude-{version}-{family}") } else { format!("claude-{family}-{version}") })
}

fn word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn number(part: &str) -> bool {
    part.len() <= 2 && digits(part)
}

fn digits(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
