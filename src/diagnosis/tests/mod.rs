//! Each cause by one fixture of what it looks like in logs and counters; what is normal; two causes at once.

mod bounds;
mod causes;
mod history;
mod noise;
mod stage;
mod told;
