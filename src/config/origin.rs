//! A value as written and where it came from, and what was found wrong or worth saying about it.
//! Does not know: which values there are.

use std::fmt;
use std::path::PathBuf;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub file: PathBuf,
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Who set a value. In order of precedence, the last wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Nobody: hangup's own default, or for a fact about nginx, nginx's.
    Default,
    /// Read out of nginx's configuration.
    NginxConf(Place),
    /// hangup's own configuration file.
    File(Place),
    /// An environment variable, by name.
    Env(String),
    /// A flag, by name.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::NginxConf(place) | Origin::File(place) => place.fmt(f),
            Origin::Env(name) => f.write_str(name),
            Origin::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// One value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    pub origin: Origin,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// hangup cannot see something it was asked to see. `hangup check` exits 1.
    Problem,
    /// nginx could be set up to show or bear more. Does not change the exit code.
    Advice,
    /// A choice hangup made that a person should know of.
    Note,
}

/// One sentence for a person, and the place it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub weight: Weight,
    pub origin: Option<Origin>,
    pub text: String,
}

impl Finding {
    pub fn new(weight: Weight, origin: Option<Origin>, text: impl Into<String>) -> Finding {
        Finding { weight, origin, text: text.into() }
    }

    /// A finding about a line of nginx's configuration.
    pub fn at(weight: Weight, place: &Place, text: impl Into<String>) -> Finding {
        Finding::new(weight, Some(Origin::NginxConf(place.clone())), text)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) if *origin != Origin::Default => write!(f, "{origin}: {}", self.text),
            _ => f.write_str(&self.text),
        }
    }
}

/// Why hangup does not start: a value that cannot be meant as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {text}")]
pub struct Problem {
    pub origin: Origin,
    pub text: String,
    /// Whoever wrote it has to write something else. If not, it is nginx's configuration that stands in the way.
    pub is_usage: bool,
}

impl Problem {
    pub fn new(origin: Origin, text: impl Into<String>) -> Problem {
        Problem { origin, text: text.into(), is_usage: true }
    }

    /// The value is right, and something about nginx keeps it from being used.
    pub fn of_nginx(origin: Origin, text: impl Into<String>) -> Problem {
        Problem { is_usage: false, ..Problem::new(origin, text) }
    }
}
