//! The kernel's side of a hang-up, against fixture trees of /proc and against real kernels in trouble.

pub mod conntrack;
mod dual_stack;
mod exposition;
mod layouts;
mod listeners;
mod machine;
pub mod netns;
mod reader;
mod status_page;
mod tcp;
