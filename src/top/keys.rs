//! What a terminal sends when a key is pressed. Does not know: what keys do.

/// A key that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// Enter, or the arrow to the right.
    Open,
    /// Escape, or the arrow to the left.
    Back,
    Sort,
    Reverse,
    Quit,
}

const SEQUENCES: [(&[u8], Key); 16] = [
    (b"\x1b[A", Key::Up),
    (b"\x1bOA", Key::Up),
    (b"\x1b[B", Key::Down),
    (b"\x1bOB", Key::Down),
    (b"\x1b[C", Key::Open),
    (b"\x1bOC", Key::Open),
    (b"\x1b[D", Key::Back),
    (b"\x1bOD", Key::Back),
    (b"\x1b[5~", Key::PageUp),
    (b"\x1b[6~", Key::PageDown),
    (b"\x1b[H", Key::Home),
    (b"\x1b[1~", Key::Home),
    (b"\x1bOH", Key::Home),
    (b"\x1b[F", Key::End),
    (b"\x1b[4~", Key::End),
    (b"\x1bOF", Key::End),
];

/// The keys in what one read gave; what means nothing is left out.
pub(super) fn keys_of(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        if let Some((sequence, key)) = SEQUENCES.iter().find(|(sequence, _)| bytes.starts_with(sequence)) {
            keys.push(*key);
            bytes = &bytes[sequence.len()..];
            continue;
        }
        if *first == 0x1b && matches!(rest.first(), Some(b'[' | b'O')) {
            bytes = behind_sequence(rest);
            continue;
        }
        keys.extend(key_of(*first));
        bytes = rest;
    }
    keys
}

fn key_of(byte: u8) -> Option<Key> {
    Some(match byte {
        // Control-C and Control-D, which are bytes like others here.
        b'q' | b'Q' | 0x03 | 0x04 => Key::Quit,
        b'k' => Key::Up,
        b'j' => Key::Down,
        b'\r' | b'\n' | b'l' => Key::Open,
        0x1b | 0x7f | 0x08 | b'h' => Key::Back,
        b's' => Key::Sort,
        b'r' => Key::Reverse,
        b' ' => Key::PageDown,
        b'b' => Key::PageUp,
        b'g' => Key::Home,
        b'G' => Key::End,
        _ => return None,
    })
}

/// What comes after a sequence that means nothing here. `rest`: from behind its escape on.
fn behind_sequence(rest: &[u8]) -> &[u8] {
    let end = rest.iter().skip(1).position(|byte| (0x40..=0x7e).contains(byte));
    end.map_or(&[], |end| &rest[end + 2..])
}
