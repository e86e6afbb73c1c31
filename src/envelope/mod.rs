//! What a log daemon puts around each line. Knows: how it looks and where it ends. Does not know: what is inside.

mod syslog;

/// What stands around a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Envelope {
    /// Nothing: the product writes its file itself.
    #[default]
    None,
    Syslog,
}

impl Envelope {
    /// In the order in which they are tried.
    pub const ALL: [Envelope; 2] = [Envelope::None, Envelope::Syslog];

    /// What is inside. `None`: the line is not in such an envelope.
    #[inline]
    pub fn open(self, line: &[u8]) -> Option<&[u8]> {
        match self {
            Envelope::None => Some(line),
            Envelope::Syslog => syslog::message(line),
        }
    }

    /// The first envelope out of which a line makes sense.
    pub fn of(line: &[u8], makes_sense: impl Fn(&[u8]) -> bool) -> Option<Envelope> {
        Envelope::ALL.into_iter().find(|it| it.open(line).is_some_and(&makes_sense))
    }

    /// The first lines of a log out of each envelope that most of them are in.
    pub fn opened<'a>(lines: &[&'a [u8]]) -> impl Iterator<Item = Vec<&'a [u8]>> {
        let open_all =
            |envelope: Envelope| lines.iter().filter_map(move |line| envelope.open(line)).collect::<Vec<_>>();
        Envelope::ALL.into_iter().map(open_all).filter(|opened| opened.len() * 2 > lines.len())
    }
}
