//! What every state looks like on every screen, to the pixel. After a change that is meant to be seen, look at the pictures
//! (`costline-display shots FOLDER`) and write the list anew: `UPDATE_GOLDENS=1 cargo test -p costline-display-simulator`.

use display_core::layout::Layout;
use display_core::mirror::Screen;
use display_core::samples::{self, frame_of, view};
use simulator::picture::Picture;
use simulator::states::{code, whole};
use std::fmt::Write as _;
use std::path::Path;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/goldens.txt");

#[test]
fn every_state_looks_as_it_did() {
    let (mut list, mut pictures) = (String::new(), Vec::new());
    for (size, layout) in Layout::ALL {
        for name in samples::NAMES {
            let picture = whole(layout, name);
            writeln!(list, "{size} {name} {:016x}", picture.hash()).unwrap();
            pictures.push((format!("{size}-{name}"), picture));
        }
    }
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(LIST, &list).unwrap();
    }
    let kept = std::fs::read_to_string(LIST).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("goldens");
    let mut changed = Vec::new();
    for ((line, old), (name, picture)) in list.lines().zip(kept.lines()).zip(pictures) {
        if line != old {
            std::fs::create_dir_all(&folder).unwrap();
            picture.save(&folder.join(format!("{name}.png")), 2).unwrap();
            changed.push(name);
        }
    }
    assert!(changed.is_empty(), "look at {}: {changed:?}", folder.display());
    assert_eq!(list, kept);
}

#[test]
fn states_differ_from_each_other() {
    for (size, layout) in Layout::ALL {
        let mut hashes: Vec<_> = samples::NAMES.iter().map(|name| whole(layout, name).hash()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), samples::NAMES.len(), "{size}");
    }
}

/// From any state to any other, what is drawn anew makes the whole screen right, whatever the height of a band.
#[test]
fn what_is_drawn_anew_makes_the_screen_whole() {
    for (size, layout) in Layout::ALL {
        let mut screen = Screen::new(layout);
        let mut picture = Picture::new(layout);
        let mut step = 0;
        let code = code(samples::CODE);
        let wholes = samples::NAMES.map(|name| whole(layout, name));
        for from in samples::NAMES {
            for (to, expected) in samples::NAMES.into_iter().zip(&wholes) {
                for name in [from, to] {
                    step += 1;
                    let frame = frame_of(name);
                    let damage = screen.show(&view(name, frame.as_ref(), code));
                    for area in damage.areas() {
                        picture.paint(&screen, area, 1 + step % 40);
                    }
                }
                assert!(picture == *expected, "{size}: from {from} to {to}");
            }
        }
    }
}

/// A number that changes is drawn anew, not the screen.
#[test]
fn little_is_drawn_where_little_changes() {
    for (size, layout) in Layout::ALL {
        let mut frame = frame_of("live").unwrap();
        let mut screen = Screen::new(layout);
        screen.show(&view("live", Some(&frame), code("")));
        frame.today = Some(1251);
        let damage = screen.show(&view("live", Some(&frame), code("")));
        let drawn: u32 = damage.areas().map(|area| area.area()).sum();
        assert!(drawn > 0 && drawn * 8 < layout.screen().area(), "{size}: {drawn}");
        assert!(screen.show(&view("live", Some(&frame), code(""))).is_none());
    }
}
