//! What a real nginx logs when somebody gives up, against what the clients and the upstream know they did: exactly.
//!
//! Every scenario plays before both nginx versions. nginx is then told to finish and quit, so that every line is on
//! disk, hangup reads them all, and only then are the counts compared, once.

mod admission;
mod body;
mod books;
mod connect;
mod http2;
mod impatient;
mod probes;
mod retries;
mod routes;
mod slow_clients;
mod slow_upstream;
mod stage;
mod upload;

/// `on_both!(play)`: one test for each nginx.
macro_rules! on_both {
    ($($play:ident),+) => {$(
        mod $play {
            use crate::support::nginx::Version;
            #[test]
            fn debian() {
                super::$play(Version::Debian);
            }
            #[test]
            fn wheel() {
                super::$play(Version::Wheel);
            }
        }
    )+};
}
use on_both;
