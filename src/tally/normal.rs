//! What is normal for a server: the shares of users who leave and of gateway errors up to which all is well.
//! Does not know: who says so, what follows from more.

/// From here on people look, where nobody says otherwise.
pub const SHARE: f64 = 0.01;

/// What somebody calls normal.
#[derive(Debug, Clone, PartialEq)]
pub struct Normal {
    /// `None`: of all that have no word of their own.
    pub server: Option<String>,
    /// Shares of the requests, 0 to 1. `None`: nothing is said of it.
    pub left: Option<f64>,
    pub errors: Option<f64>,
}

/// The shares up to which all is well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub left: f64,
    pub errors: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { left: SHARE, errors: SHARE }
    }
}

impl Limits {
    /// Those of a server. Of two words on one thing the first holds.
    pub fn of(server: &str, said: &[Normal]) -> Limits {
        let find = |value: fn(&Normal) -> Option<f64>| {
            let own = said.iter().filter(|normal| normal.server.as_deref() == Some(server));
            let general = said.iter().filter(|normal| normal.server.is_none());
            own.chain(general).find_map(value).unwrap_or(SHARE)
        };
        Limits { left: find(|normal| normal.left), errors: find(|normal| normal.errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_own_word_holds_before_the_general_one() {
        let normal = |server: Option<&str>, left, errors| Normal { server: server.map(str::to_owned), left, errors };
        let said =
            [normal(None, Some(0.02), None), normal(Some("shop"), Some(0.05), None), normal(None, None, Some(0.03))];
        assert_eq!(Limits::of("shop", &said), Limits { left: 0.05, errors: 0.03 });
        assert_eq!(Limits::of("api", &said), Limits { left: 0.02, errors: 0.03 });
        assert_eq!(Limits::of("shop", &[]), Limits::default());
    }
}
