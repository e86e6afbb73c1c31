//! Every format against the lines that trap readers of it.

use super::*;

mod captured;
mod labels;
mod lines;
mod random;

#[test]
fn every_preset_compiles_and_names_itself() {
    for name in LogFormat::PRESETS {
        let format = LogFormat::preset(name).expect("a name out of the list");
        assert_eq!(format.name(), Some(*name));
        assert!(format.has("status"), "{name}");
        LogFormat::compile(format.source(), format.escape()).expect("its example is a log_format of its own");
    }
    assert!(LogFormat::preset("combine").is_none());
}
