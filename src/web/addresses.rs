//! Which addresses of clients a reader sees. Knows: readers on this machine, networks. Does not know: pages.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::diagnosis::Answer;

/// What readers who are not on this machine see of clients' addresses; readers on it see them whole, but for `Nobody`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientAddresses {
    /// Nobody sees any.
    Nobody,
    /// Others see none.
    #[default]
    Loopback,
    /// Others see the network: a /24, for IPv6 a /48.
    Prefix,
}

/// How one reader sees addresses of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addresses {
    Whole,
    Prefix,
    Hidden,
}

impl ClientAddresses {
    /// For a reader on this machine (`near`), or for any other.
    pub(super) fn shown(self, near: bool) -> Addresses {
        match self {
            ClientAddresses::Nobody => Addresses::Hidden,
            _ if near => Addresses::Whole,
            ClientAddresses::Loopback => Addresses::Hidden,
            ClientAddresses::Prefix => Addresses::Prefix,
        }
    }
}

impl Addresses {
    /// The answer as this reader may see it.
    pub(super) fn redact(self, mut answer: Answer) -> Answer {
        for source in &mut answer.busiest_sources {
            source.address = source.address.take().and_then(|text| self.shown(text));
        }
        if self != Addresses::Whole {
            // Anything may stand in one.
            answer.unclassified.iter_mut().for_each(|entry| entry.sample = None);
        }
        answer
    }

    fn shown(self, text: String) -> Option<String> {
        match (self, text.parse::<IpAddr>()) {
            (Addresses::Whole, _) | (_, Err(_)) => Some(text),
            (Addresses::Hidden, Ok(_)) => None,
            (Addresses::Prefix, Ok(address)) => network(address),
        }
    }
}

/// The /24 or /48 of an address.
fn network(address: IpAddr) -> Option<String> {
    let bits = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, bits).ok().map(|network| network.trunc().to_string())
}
