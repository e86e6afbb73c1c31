//! Upstream time that went into answers nobody waited for: by upstream, safe methods apart from those that may have had
//! effects. Knows: the attempts of a request whose client left. Does not know: why it left.

use super::counts::Counts;
use super::interner::Ids;
use super::labels::MethodClass;
use crate::record::{Attempt, Column, Millis, Sight};

/// Milliseconds by upstream and class of method.
pub(super) type Wasted = Counts<(u16, MethodClass)>;

/// How long the upstream worked: nothing where it never got a connection. `None`: the log does not tell.
pub(super) fn worked(one: &Attempt<'_>, sight: Sight) -> Option<Millis> {
    let connected = one.connect.is_some() || !sight.has(Column::AttemptConnect);
    one.response.filter(|_| connected)
}

/// Adds the times of another tally, whose upstream `id` is `ids.of(id)` here.
pub(super) fn merge(mine: &mut Wasted, theirs: &Wasted, ids: &Ids) {
    for ((upstream, class), ms) in theirs.iter() {
        mine.add((ids.of(upstream), class), ms);
    }
}
