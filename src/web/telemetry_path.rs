//! The path of the metrics, as a setting may name it. Knows: which paths are hangup's own.

use std::str::FromStr;

/// Where the metrics are served: an absolute path without patterns, beside hangup's own paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryPath(pub(super) String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the telemetry path {0:?} cannot be used: it must begin with /, hold only letters, digits and -._~/, and not begin with /-/ or /api/, where hangup has pages of its own"
)]
pub struct BadTelemetryPath(String);

impl FromStr for TelemetryPath {
    type Err = BadTelemetryPath;

    fn from_str(path: &str) -> Result<Self, BadTelemetryPath> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let taken = path.starts_with("/-/") || path.starts_with("/api/");
        if path.starts_with('/') && path.bytes().all(plain) && !taken {
            Ok(TelemetryPath(path.to_owned()))
        } else {
            Err(BadTelemetryPath(path.to_owned()))
        }
    }
}
