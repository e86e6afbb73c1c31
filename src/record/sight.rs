//! Which columns a log shows: what is not in sight is unknown, never zero. Known when a format is compiled; a line that
//! names its own values tells for itself. Does not know: what a product calls a column.

use super::labels;

labels! {
    /// What a log can tell of a request.
    Column {
        Status = "status",
        Method = "method",
        Path = "path",
        Server = "server",
        Client = "client",
        UserAgent = "user_agent",
        Time = "time",
        Duration = "duration",
        RequestPhase = "request_phase",
        Queued = "queued",
        BodyBytes = "body_bytes",
        ContentLength = "content_length",
        ReceivedBytes = "received_bytes",
        Complete = "complete",
        Termination = "termination",
        RequestId = "request_id",
        TraceId = "trace_id",
        Retries = "retries",
        AttemptAddress = "attempt_address",
        AttemptStatus = "attempt_status",
        AttemptConnect = "attempt_connect",
        AttemptHeader = "attempt_header",
        AttemptResponse = "attempt_response",
    }
}

/// A set of columns.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sight(u32);

impl Sight {
    pub const NOTHING: Sight = Sight(0);
    /// Any of these tells whether an upstream was tried.
    pub const ATTEMPTS: Sight = Sight::of(&[
        Column::AttemptAddress,
        Column::AttemptStatus,
        Column::AttemptConnect,
        Column::AttemptHeader,
        Column::AttemptResponse,
    ]);

    pub const fn of(columns: &[Column]) -> Sight {
        let mut sight = Sight::NOTHING;
        let mut at = 0;
        while at < columns.len() {
            sight.0 |= 1 << columns[at] as u32;
            at += 1;
        }
        sight
    }

    #[inline]
    pub const fn has(self, column: Column) -> bool {
        self.0 & (1 << column as u32) != 0
    }

    #[must_use]
    #[inline]
    pub const fn and(self, other: Sight) -> Sight {
        Sight(self.0 | other.0)
    }

    #[must_use]
    pub const fn without(self, other: Sight) -> Sight {
        Sight(self.0 & !other.0)
    }

    #[inline]
    pub const fn has_any(self, other: Sight) -> bool {
        self.0 & other.0 != 0
    }

    /// In the order of [`Column::ALL`].
    pub fn columns(self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(move |column| self.has(*column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let sight = Sight::of(&[Column::Path, Column::Status]).and(Sight::of(&[Column::AttemptResponse]));
        assert_eq!(sight.columns().map(Column::as_str).collect::<Vec<_>>(), ["status", "path", "attempt_response"]);
        assert_eq!(Sight::of(&Column::ALL).columns().count(), Column::ALL.len());
        assert_eq!(Sight::NOTHING.columns().count(), 0);
        assert_eq!(sight.without(Sight::of(&[Column::Path, Column::Server])).columns().count(), 2);
    }
}
