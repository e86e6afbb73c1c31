//! Whose output a container runtime's file holds, by its path: Kubernetes' `/var/log/pods` and `/var/log/containers`,
//! Docker's own directory. Knows: how these are named. Does not know: whether such a container is there.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

/// A container. What its path does not tell is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Container<'a> {
    pub namespace: &'a str,
    pub pod: &'a str,
    pub name: &'a str,
}

/// Docker's identifiers, and as much of one as people use.
const ID_BYTES: usize = 64;
const ID_BYTES_SHOWN: usize = 12;
/// The longest name of a pod. Namespaces and containers have 63 at most.
const NAME_BYTES_MAX: usize = 253;

impl<'a> Container<'a> {
    /// `None`: it is no file of a container.
    pub fn of(path: &'a Path) -> Option<Container<'a>> {
        let mut parts = path.iter().rev().filter_map(|part| part.to_str());
        let (file, directory, above) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
        let found = match directory {
            "containers" => of_link(file),
            id if above == "containers" && is_id(id) => {
                Some(Container { name: &id[..ID_BYTES_SHOWN], ..Container::default() })
            }
            name => of_pod(above, name),
        };
        found.filter(|it| [it.namespace, it.pod, it.name].into_iter().all(is_name))
    }
}

/// `shop_web-7f9c_0a1b2c3d-…/nginx`: namespace, pod and its UID.
fn of_pod<'a>(directory: &'a str, name: &'a str) -> Option<Container<'a>> {
    let (namespace, rest) = directory.split_once('_')?;
    let (pod, uid) = rest.split_once('_')?;
    let is_pod = !namespace.is_empty() && !pod.is_empty() && !uid.is_empty() && !uid.contains('_') && !name.is_empty();
    is_pod.then_some(Container { namespace, pod, name })
}

/// `web-7f9c_shop_nginx-0123….log`: pod, namespace, container and its identifier.
fn of_link(file: &str) -> Option<Container<'_>> {
    let (pod, rest) = file.strip_suffix(".log")?.split_once('_')?;
    let (namespace, rest) = rest.split_once('_')?;
    let (name, id) = rest.rsplit_once('-')?;
    is_id(id).then_some(Container { namespace, pod, name })
}

fn is_id(text: &str) -> bool {
    text.len() == ID_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What Kubernetes allows in names.
fn is_name(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

/// `shop/web-7f9c/nginx`.
impl Display for Container<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.namespace, self.pod, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_paths() {
        let id = "0123456789abcdef".repeat(4);
        for (path, expected) in [
            ("/var/log/pods/shop_web-7f9c_0a1b-2c/nginx/0.log".to_owned(), Some("shop/web-7f9c/nginx")),
            (format!("/var/log/containers/web-7f9c_shop_nginx-main-{id}.log"), Some("shop/web-7f9c/nginx-main")),
            (format!("/var/lib/docker/containers/{id}/{id}-json.log"), Some("//0123456789ab")),
            ("/var/log/pods/shop_web_1_2/nginx/0.log".to_owned(), None),
            ("/var/log/pods/shop_we b_1/nginx/0.log".to_owned(), None),
            ("/var/log/containers/x.log".to_owned(), None),
            ("/var/log/nginx/access.log".to_owned(), None),
            ("access.log".to_owned(), None),
        ] {
            let found = Container::of(Path::new(&path)).map(|container| container.to_string());
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }
}
