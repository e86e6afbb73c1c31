//! Families of the kernel's counters, one for each row of its tables. Knows: which readings hold a table's counts.
//! Does not know: any single counter.

use super::family::{Counts, Family, kernel_counter};
use crate::kernel::{Counter, conntrack, netstat, softnet};

pub(super) const CONNTRACK: &[Family] =
    &families::<_, { conntrack::COUNTERS.len() }>(conntrack::COUNTERS, |readings| {
        readings.conntrack.as_ref().map_or(&[], |table| &table.counters)
    });

pub(super) const SOFTNET: &[Family] = &families::<_, { softnet::COUNTERS.len() }>(softnet::COUNTERS, |readings| {
    readings.softnet.as_deref().unwrap_or_default()
});

pub(super) const TCP: &[Family] = &families::<_, { netstat::COUNTERS.len() }>(netstat::COUNTERS, |readings| {
    readings.tcp.as_deref().unwrap_or_default()
});

const PLACEHOLDER: Counter<()> = Counter { kernel: (), name: "", family: "", help: "" };

const fn families<Column, const ROWS: usize>(table: &[Counter<Column>], counts: Counts) -> [Family; ROWS] {
    let mut families = [const { kernel_counter(&PLACEHOLDER, |_| &[]) }; ROWS];
    let mut row = 0;
    while row < ROWS {
        families[row] = kernel_counter(&table[row], counts);
        row += 1;
    }
    families
}
