//! Names as numbers, so many at most: further ones are `other`. Does not know: what they name.

use std::collections::HashMap;

/// Names by number, so many at most.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Box<str>>,
    ids: HashMap<Box<str>, u16>,
}

impl Names {
    pub(super) fn id(&mut self, name: &str, max: usize) -> u16 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let name = if self.names.len() < max { name } else { "other" };
        let next = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        let id = *self.ids.entry(name.into()).or_insert(next);
        if id == next {
            self.names.push(name.into());
        }
        id
    }

    pub(super) fn name(&self, id: u16) -> &str {
        self.names.get(usize::from(id)).map_or("other", |name| name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &str)> {
        (0..).zip(self.names.iter().map(|name| &**name))
    }
}

/// The numbers of another observer's names in this one.
pub(super) struct Renamed {
    pub(super) servers: Vec<u16>,
    pub(super) routes: Vec<u16>,
    pub(super) upstreams: Vec<u16>,
}

impl Renamed {
    pub(super) fn server(&self, id: u16) -> u16 {
        self.servers.get(usize::from(id)).copied().unwrap_or(0)
    }
    pub(super) fn route(&self, id: u16) -> u16 {
        self.routes.get(usize::from(id)).copied().unwrap_or(0)
    }
    pub(super) fn upstream(&self, id: u16) -> u16 {
        self.upstreams.get(usize::from(id)).copied().unwrap_or(0)
    }
}
