//! The busiest source of 499s: one address that hangs up far more than all others is a probe or an inner proxy.
//! Knows: addresses of one server's 499s of the last minutes. Does not know: who they are.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::labels::SourceKind;
use super::space_saving::SpaceSaving;
use super::window::{Slot, Window};

/// Addresses kept per slot; one with more than 1/64 of the 499s is surely among them.
const ADDRESSES_MAX: usize = 64;
/// Fewer 499s than this say nothing about who is busy.
const ABANDONED_MIN: u64 = 5;

/// Who hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    Address(IpAddr),
    /// A client on a unix socket, logged as `unix:`.
    Unix,
}

impl Source {
    pub(super) fn parse(client: &[u8]) -> Option<Source> {
        if client.starts_with(b"unix:") {
            return Some(Source::Unix);
        }
        std::str::from_utf8(client).ok()?.parse().ok().map(Source::Address)
    }
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Source::Address(address) => Some(*address),
            Source::Unix => None,
        }
    }
    pub fn kind(&self) -> SourceKind {
        match self.address().map(|address| address.to_canonical()) {
            None => SourceKind::Loopback,
            Some(address) if address.is_loopback() => SourceKind::Loopback,
            Some(IpAddr::V4(address)) if is_private_v4(address) => SourceKind::Private,
            Some(IpAddr::V6(address)) if is_private_v6(address) => SourceKind::Private,
            Some(_) => SourceKind::Public,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Address(address) => address.fmt(to),
            Source::Unix => to.write_str("unix:"),
        }
    }
}

/// Private, link-local, or the carrier's shared space of RFC 6598, in which cloud balancers live too.
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private() || address.is_link_local() || (a == 100 && (64..128).contains(&b))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_unicast_link_local()
}

/// The 499s of one slot by address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sources {
    total: u64,
    by_address: SpaceSaving<Source>,
}

impl Default for Sources {
    fn default() -> Self {
        Sources { total: 0, by_address: SpaceSaving::new(ADDRESSES_MAX) }
    }
}

impl Slot for Sources {
    fn clear(&mut self) {
        self.total = 0;
        self.by_address.clear();
    }
    fn merge(&mut self, other: &Sources) {
        self.total = self.total.saturating_add(other.total);
        for held in other.by_address.iter() {
            self.by_address.merge_one(held.clone());
        }
    }
}

impl Sources {
    /// A 499 whose address is not logged counts in the total alone.
    pub(super) fn add(&mut self, source: Option<Source>) {
        self.total += 1;
        if let Some(source) = source {
            self.by_address.add(source);
        }
    }
}

/// The source with the largest share of the window's 499s, and that share.
pub(super) fn busiest(window: &Window<Sources>, now_ms: i64) -> Option<(Source, f64)> {
    let total: u64 = window.recent(now_ms).map(|slot| slot.total).sum();
    if total < ABANDONED_MIN {
        return None;
    }
    let mut sums: Vec<(Source, u64)> = Vec::new();
    for held in window.recent(now_ms).flat_map(|slot| slot.by_address.iter()) {
        match sums.iter_mut().find(|(source, _)| *source == held.key) {
            Some((_, sum)) => *sum += held.guaranteed(),
            None => sums.push((held.key, held.guaranteed())),
        }
    }
    // Between equals the smaller address, so that the answer does not depend on the order of lines.
    let (source, count) = sums.into_iter().max_by_key(|&(source, sum)| (sum, std::cmp::Reverse(source)))?;
    Some((source, count as f64 / total as f64))
}
