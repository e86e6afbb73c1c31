//! The labels of a sample, name by value; a server in a container has those of its place beside its name.
//! Knows: the label `server`. Does not know: any single family.

use crate::tally::Placed;

/// Each label that has a value. Fewer values than names leave the last ones out.
pub(super) fn pairs<'a>(names: &'a [&'a str], values: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    names
        .iter()
        .copied()
        .zip(values.iter().copied())
        .flat_map(|(name, value)| match placed(name, value) {
            Some(placed) => [
                (name, placed.server),
                ("namespace", placed.namespace),
                ("pod", placed.pod),
                ("container", placed.container),
            ]
            .map(|pair| Some(pair).filter(|(_, value)| !value.is_empty())),
            None => [Some((name, value)), None, None, None],
        })
        .flatten()
}

fn placed<'a>(name: &str, value: &'a str) -> Option<Placed<'a>> {
    if name == "server" { Placed::of(value) } else { None }
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn a_place_is_labels_of_its_own() {
        let shown = |values: &[&str]| {
            let pairs = pairs(&["server", "route"], values);
            pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(&["shop", "/a@b/c/d"]), "server=shop route=/a@b/c/d");
        assert_eq!(shown(&["shop@ns/web/nginx", "/"]), "server=shop namespace=ns pod=web container=nginx route=/");
        assert_eq!(shown(&["all@//0123456789ab"]), "server=all container=0123456789ab");
    }
}
