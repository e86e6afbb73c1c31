//! What the kernel measures of one TCP connection. Knows: the layout of tcp_info. Does not know: whose connection it is.

/// The columns of `struct tcp_info` (include/uapi/linux/tcp.h) that are asked here. New kernels only add at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpInfo {
    /// Of what is in flight now, how often it was sent again since the last answer.
    pub retransmits: u8,
    pub last_data_sent_ms: u32,
    pub last_data_received_ms: u32,
    /// Smoothed; 0 before the first answer.
    pub round_trip_us: u32,
    /// Segments sent again since the connection began.
    pub retransmitted: u32,
    /// Segments sent; `None` before Linux 4.2.
    pub sent: Option<u32>,
}

impl TcpInfo {
    /// `None` for what is too short to be one.
    pub fn parse(bytes: &[u8]) -> Option<TcpInfo> {
        let word = |at: usize| Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
        Some(TcpInfo {
            retransmits: *bytes.get(2)?,
            last_data_sent_ms: word(44)?,
            last_data_received_ms: word(52)?,
            round_trip_us: word(68)?,
            retransmitted: word(100)?,
            sent: word(136),
        })
    }

    /// For how long neither side has sent data.
    pub fn idle_ms(&self) -> u32 {
        self.last_data_sent_ms.min(self.last_data_received_ms)
    }
}
