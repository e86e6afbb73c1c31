//! Packets that a network device dropped on receiving. Knows: /proc/net/dev. Does not know: which devices matter.

use std::collections::BTreeMap;

use procfs::FromBufRead;
use procfs::net::InterfaceDeviceStatus;

use super::NotUnderstood;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveDrops {
    pub device: String,
    pub drops: u64,
}

/// A host of containers has a veth for each; past this many they share the name [`OTHER`], so that they cannot flood
/// the metrics. Far above the devices of a host that serves nginx without such.
pub const DEVICES_MAX: usize = 64;
pub const OTHER: &str = "other";

/// By name. Physical devices are kept by their own name before virtual pairs are.
pub fn parse(text: &str) -> Result<Vec<ReceiveDrops>, NotUnderstood> {
    let InterfaceDeviceStatus(devices) = InterfaceDeviceStatus::from_buf_read(text.as_bytes())
        .map_err(|_| NotUnderstood("expected a row of 16 numbers per device"))?;
    let mut devices: Vec<_> = devices.into_values().map(|device| (device.name, device.recv_drop)).collect();
    devices.sort_by_cached_key(|(name, _)| (name.starts_with("veth"), name.clone()));
    let mut drops = BTreeMap::new();
    for (index, (name, recv_drop)) in devices.into_iter().enumerate() {
        let device = if index < DEVICES_MAX { name } else { OTHER.to_owned() };
        let sum: &mut u64 = drops.entry(device).or_default();
        *sum = sum.saturating_add(recv_drop);
    }
    Ok(drops.into_iter().map(|(device, drops)| ReceiveDrops { device, drops }).collect())
}
