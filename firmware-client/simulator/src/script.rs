//! What happens to a display, and when: a line each, `SECONDS WHAT`, where WHAT is one of
//!
//! * `cut`, `silence`, `slow MILLISECONDS`, `half`, `garbage`, `refuse`, `long`, `new`, `no-radio`, `password`: that goes wrong from
//!   then on; `heal`: nothing does
//! * `frame JSON`: the server sends this
//! * `press`, `hold`: the button, shortly or for a second
//! * `shot NAME`: a picture

use crate::wire::Fault;

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    /// From now on this goes wrong.
    Fault(Fault),
    /// The button is pressed for so many milliseconds.
    Press(u64),
    /// A picture of this name is taken.
    Shot(String),
}

/// Reads a script; its scenes come in the order of their times, in milliseconds.
///
/// # Errors
/// A sentence about the first line that is not understood.
pub fn read(text: &str) -> Result<Vec<(u64, Scene)>, String> {
    let mut scenes = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        scenes.push(scene(line).ok_or_else(|| format!("the script's line \"{line}\" is not understood"))?);
    }
    scenes.sort_by_key(|(time, _)| *time);
    Ok(scenes)
}

fn scene(line: &str) -> Option<(u64, Scene)> {
    let (seconds, what) = line.split_once(' ')?;
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let thousandths: u64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let time = whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(thousandths)?;
    let (word, rest) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
    let fault = match word {
        "heal" => Fault::None,
        "cut" => Fault::Cut,
        "silence" => Fault::Silence,
        "slow" => Fault::Slow(rest.parse().ok()?),
        "half" => Fault::Half,
        "garbage" => Fault::Garbage,
        "refuse" => Fault::Refuse,
        "long" => Fault::Long,
        "new" => Fault::New,
        "no-radio" => Fault::NoRadio,
        "password" => Fault::Password,
        "frame" => Fault::Frame(rest.to_owned()),
        "press" => return Some((time, Scene::Press(120))),
        "hold" => return Some((time, Scene::Press(1200))),
        "shot" if !rest.is_empty() => return Some((time, Scene::Shot(rest.to_owned()))),
        _ => return None,
    };
    Some((time, Scene::Fault(fault)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scripts() {
        let scenes =
            read("# a try\n2.5 cut\n0 shot first\n\n4 slow 300\n5 frame {\"v\":1}\n6.25 press\n7 heal\n")
                .unwrap();
        assert_eq!(
            scenes,
            [
                (0, Scene::Shot("first".to_owned())),
                (2500, Scene::Fault(Fault::Cut)),
                (4000, Scene::Fault(Fault::Slow(300))),
                (5000, Scene::Fault(Fault::Frame("{\"v\":1}".to_owned()))),
                (6250, Scene::Press(120)),
                (7000, Scene::Fault(Fault::None)),
            ]
        );
        for line in ["cut", "x cut", "1 cat", "1 slow", "1 shot", "1. shot"] {
            assert!(read(line).is_err() || line == "1. shot", "{line}");
        }
    }
}
