//! Servers of containers: a server's name, and in which container it serves, as one bounded name: `shop@ns/pod/nginx`.
//! Knows: how the two are joined. Does not know: how a container's place is found out.

use super::ServerId;

/// Stands before the place. Nobody's log can bring in a name with a place: see [`is_placed`].
const MARK: char = '@';

/// Who serves the requests of a log.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// Where the line names none.
    pub server: ServerId,
    /// `namespace/pod/container`; empty: none.
    pub place: &'a str,
}

impl From<ServerId> for Whose<'_> {
    fn from(server: ServerId) -> Self {
        Whose { server, place: "" }
    }
}

/// A server's name in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<'a> {
    pub server: &'a str,
    pub namespace: &'a str,
    pub pod: &'a str,
    pub container: &'a str,
}

impl Placed<'_> {
    /// `None`: it is in no container.
    pub fn of(name: &str) -> Option<Placed<'_>> {
        let (server, place) = name.rsplit_once(MARK)?;
        let mut parts = place.split('/');
        let (namespace, pod, container) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(Placed { server, namespace, pod, container })
    }
}

/// Joins the two.
pub(super) fn join(server: &str, place: &str, name: &mut String) {
    name.clear();
    name.push_str(server);
    name.push(MARK);
    name.push_str(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_apart_as_it_was_joined() {
        let mut name = String::new();
        join("shop.example", "ns/web-7f9c/nginx", &mut name);
        let placed = Placed { server: "shop.example", namespace: "ns", pod: "web-7f9c", container: "nginx" };
        assert_eq!(Placed::of(&name), Some(placed));
        for name in ["shop.example", "a@b", "a@b/c", "a@b/c/d/e", "other"] {
            assert_eq!(Placed::of(name), None, "{name}");
        }
    }
}
