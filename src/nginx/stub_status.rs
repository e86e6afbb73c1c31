//! The stub_status page (source: ngx_http_stub_status_module.c), with Tengine's extra `request_time` column.

/// One reading.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct StubStatus {
    pub active: u64,
    pub accepts: u64,
    pub handled: u64,
    pub requests: u64,
    pub reading: u64,
    pub writing: u64,
    pub waiting: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a stub_status page: {0}")]
pub struct NotStubStatus(pub &'static str);

pub fn parse(body: &[u8]) -> Result<StubStatus, NotStubStatus> {
    let _ = body;
    Err(NotStubStatus("empty"))
}
