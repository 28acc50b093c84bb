//! `costline-display shots FOLDER`: a picture of every state on every screen.

use display_core::layout::Layout;
use display_core::samples;
use simulator::picture::Picture;
use simulator::states;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(2).unwrap_or_else(|| "target/firmware/shots".to_owned());
    std::fs::create_dir_all(&folder)?;
    for (size, layout) in Layout::ALL {
        let pictures: Vec<_> = samples::NAMES.iter().map(|name| states::picture(layout, name)).collect();
        for (name, picture) in samples::NAMES.iter().zip(&pictures) {
            picture.save(&Path::new(&folder).join(format!("{size}-{name}.png")), 2)?;
        }
        let columns = if layout == Layout::Wide { 3 } else { 7 };
        Picture::sheet(&pictures, columns).save(&Path::new(&folder).join(format!("{size}.png")), 1)?;
    }
    Ok(())
}
