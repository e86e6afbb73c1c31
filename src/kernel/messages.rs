//! What the kernel says when it turns connections away. Knows: its sentences and its rate limit.
//! Does not know: where they are read.

/// The messages that are counted, with the words by which they are known (net/netfilter/nf_conntrack_core.c,
/// net/ipv4/tcp_input.c). They have been stable since 2.6.x and 3.x; what stands around them has not.
pub const MESSAGES: [(&str, &[&str]); 2] = [
    ("conntrack_table_full", &["nf_conntrack: ", "table full", "dropping packet"]),
    ("syn_flooding", &["Possible SYN flooding on port "]),
];

/// How often each message was said, in the order of [`MESSAGES`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Messages {
    counts: [u64; MESSAGES.len()],
    /// Which one was the message before this.
    last: Option<usize>,
}

impl Messages {
    /// Takes the text of one message, without what a log puts before it.
    ///
    /// The kernel prints ten of these in five seconds, and with the next one tells how many it kept back
    /// (`net_ratelimit: 400 callbacks suppressed`). All network messages share that limit, so what was kept back is
    /// counted only where the message right before was one of ours: then it is what uses the limit up.
    pub fn add(&mut self, text: &str) {
        if let Some(suppressed) = suppressed(text) {
            if let Some(last) = self.last {
                self.counts[last] = self.counts[last].saturating_add(suppressed);
            }
            return;
        }
        self.last = MESSAGES.iter().position(|(_, words)| words.iter().all(|word| text.contains(word)));
        if let Some(message) = self.last {
            self.counts[message] += 1;
        }
    }

    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        MESSAGES.iter().map(|&(name, _)| name).zip(self.counts)
    }
}

fn suppressed(text: &str) -> Option<u64> {
    text.trim().strip_prefix("net_ratelimit: ")?.strip_suffix(" callbacks suppressed")?.parse().ok()
}

/// The text of a record of /dev/kmsg, `4,123,456789,-;TEXT` (Documentation/ABI/testing/dev-kmsg), if the kernel itself
/// wrote it: anybody who may write there can make a record, and gets a facility other than 0.
pub fn of_kmsg_record(record: &str) -> Option<&str> {
    let (prefix, text) = record.split_once(';')?;
    let priority: u32 = prefix.split(',').next()?.parse().ok()?;
    let facility = priority >> 3;
    (facility == 0).then(|| text.lines().next().unwrap_or_default())
}

/// The text of a syslog file's line, `Nov 20 10:11:12 host kernel: [  12.345678] TEXT`, if it is the kernel's.
pub fn of_log_line(line: &str) -> Option<&str> {
    let (before, text) = line.split_once(" kernel: ")?;
    // What a program logs comes after its own `name[pid]: `, so a kernel's line has no such thing before its name.
    if before.contains(": ") {
        return None;
    }
    let text = text.trim_start();
    let stamped = text.strip_prefix('[').and_then(|text| text.split_once("] "));
    Some(stamped.map_or(text, |(_, text)| text))
}
