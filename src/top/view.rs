//! How somebody looks at an answer: which order, which route, how far down; and what each key does to that.
//! Does not know: terminals, what a frame looks like.

use super::keys::Key;
use crate::diagnosis::{Answer, RouteNow};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) sort: Sort,
    pub(super) reversed: bool,
    /// The row of the routes that a key acts on, from 0.
    pub(super) chosen: usize,
    /// A server's route that is looked at alone.
    pub(super) opened: Option<(String, String)>,
    /// So many lines of the body are above the screen.
    pub(super) scroll: usize,
}

/// What routes are sorted by, the most first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sort {
    #[default]
    Lost,
    Share,
    Left,
    Errors,
    Requests,
    Name,
}

const SORTS: [(Sort, &str); 6] = [
    (Sort::Lost, "users lost"),
    (Sort::Share, "share lost"),
    (Sort::Left, "left"),
    (Sort::Errors, "errors"),
    (Sort::Requests, "requests"),
    (Sort::Name, "name"),
];

impl Sort {
    pub(super) fn as_str(self) -> &'static str {
        SORTS.iter().find(|(sort, _)| *sort == self).map_or("", |(_, name)| name)
    }

    fn next(self) -> Sort {
        let at = SORTS.iter().position(|(sort, _)| *sort == self).unwrap_or(0);
        SORTS[(at + 1) % SORTS.len()].0
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    GoOn,
    Quit,
}

/// The part of a route's requests that was lost.
pub(super) fn share_lost(row: &RouteNow) -> f64 {
    (row.left + row.errors) as f64 / row.requests.max(1) as f64
}

impl View {
    /// The routes in their order.
    pub(super) fn routes<'a>(&self, answer: &'a Answer) -> Vec<&'a RouteNow> {
        let mut routes: Vec<&RouteNow> = answer.routes.iter().collect();
        routes.sort_by(|a, b| match self.sort {
            Sort::Lost => (b.left + b.errors).cmp(&(a.left + a.errors)),
            Sort::Share => share_lost(b).total_cmp(&share_lost(a)),
            Sort::Left => b.left.cmp(&a.left),
            Sort::Errors => b.errors.cmp(&a.errors),
            Sort::Requests => b.requests.cmp(&a.requests),
            Sort::Name => (&a.server, &a.route).cmp(&(&b.server, &b.route)),
        });
        if self.reversed {
            routes.reverse();
        }
        routes
    }

    /// `rows`: of the screen.
    pub(super) fn press(&mut self, key: Key, answer: &Answer, rows: usize) -> Step {
        let page = rows.saturating_sub(2).max(1);
        let last = answer.routes.len().saturating_sub(1);
        match key {
            Key::Quit => return Step::Quit,
            Key::Up if self.opened.is_some() => self.scroll = self.scroll.saturating_sub(1),
            Key::Down if self.opened.is_some() => self.scroll += 1,
            Key::Up => self.chosen = self.chosen.min(last).saturating_sub(1),
            Key::Down => self.chosen = (self.chosen + 1).min(last),
            Key::PageUp => self.scroll = self.scroll.saturating_sub(page),
            // The frame keeps it within what there is.
            Key::PageDown => self.scroll = self.scroll.saturating_add(page),
            Key::Home => self.scroll = 0,
            Key::End => self.scroll = usize::MAX,
            Key::Open => self.open(answer),
            Key::Back => (self.opened, self.scroll) = (None, 0),
            Key::Sort => (self.sort, self.chosen) = (self.sort.next(), 0),
            Key::Reverse => (self.reversed, self.chosen) = (!self.reversed, 0),
        }
        Step::GoOn
    }

    fn open(&mut self, answer: &Answer) {
        let routes = self.routes(answer);
        if let Some(row) = routes.get(self.chosen.min(routes.len().saturating_sub(1))) {
            self.opened = Some((row.server.clone(), row.route.clone()));
            self.scroll = 0;
        }
    }
}
