//! Lines by hand
