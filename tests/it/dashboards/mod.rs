//! The dashboards against Grafana's published types, their own promises, the exposition, and a real Prometheus.
//! Knows: what a shipped dashboard must hold. Does not know: any one panel.

mod data;
mod files;
mod generated;
mod metrics;
mod pictures;
mod structure;
