//! What the rules cost a Prometheus that watches fifty nginx.
