//! Pictures of every state.

use crate::picture::Picture;
use display_core::code::Code;
use display_core::layout::Layout;
use display_core::samples::{CODE, frame_of, view};
use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};

/// A code to scan for a text of at most 134 bytes; none for a longer one.
pub fn code(text: &str) -> Code {
    let (mut work, mut out) = ([0; Version::new(6).buffer_len()], [0; Version::new(6).buffer_len()]);
    QrCode::encode_text(text, &mut work, &mut out, QrCodeEcc::Low, Version::MIN, Version::new(6), None, true)
        .map_or(Code::NONE, |code| Code::new(code.size() as u8, |x, y| code.get_module(x.into(), y.into())))
}

/// What a screen shows in a state; of a round one without what is not there.
pub fn picture(layout: Layout, name: &str) -> Picture {
    let picture = whole(layout, name);
    if layout == Layout::Round { picture.in_a_circle() } else { picture }
}

/// What a display is sent in a state.
pub fn whole(layout: Layout, name: &str) -> Picture {
    let frame = frame_of(name);
    Picture::of(layout, &view(name, frame.as_ref(), code(CODE)))
}
