//! Every input that fuzzing was begun with or stumbled over, once more: `tests/fixtures/fuzz/TARGET/*`.
//! What must hold of them is the targets' own (fuzz/src).

use std::path::Path;

#[path = "../../fuzz/src/lib.rs"]
mod properties;

fn replay(target: &str, check: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz").join(target);
    let files = std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut replayed = 0;
    for path in files.map(|entry| entry.expect("an entry").path()) {
        println!("{}", path.display());
        check(&std::fs::read(&path).expect("readable"));
        replayed += 1;
    }
    assert!(replayed > 0, "nothing in {}", directory.display());
}

macro_rules! replayed {
    ($($target:ident)*) => {$(
        #[test]
        fn $target() {
            replay(stringify!($target), properties::$target::check);
        }
    )*};
}

replayed!(access conf error ingest labelled log_format snapshot stub_status);
