//! docker-compose.yml, checked without an image: its schema, what it mounts, and its processes started by hand.
//! Knows: the compose file and the files it mounts. Does not know: Docker; nothing is pulled or built here.

mod agreement;
mod file;
mod mounted;
mod promises;
mod together;
