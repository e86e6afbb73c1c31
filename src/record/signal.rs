//! What can be asked of a log, and which columns it takes to answer. Does not know: how a product logs a column.

use super::labels;
use super::sight::{Column, Sight};

labels! {
    /// A question that a log can answer or not. What is not visible is unknown, never 0.
    Signal {
        /// How long a client waited before it left.
        Patience = "patience",
        /// Whether the proxy or the upstream sent a status.
        Origin = "origin",
        /// Clients that left in the middle of a response.
        CutShort = "cut_short",
        Upstream = "upstream",
        UpstreamConnect = "upstream_connect",
        UpstreamHeader = "upstream_header",
        UpstreamResponse = "upstream_response",
        Server = "server",
        Route = "route",
        /// From which address the abandoned requests came.
        Source = "source",
        /// Whether a health check asked.
        Agent = "agent",
    }
}

impl Signal {
    /// Sets of columns, any of which is enough.
    fn columns(self) -> &'static [&'static [Column]] {
        match self {
            Signal::Patience => &[&[Column::Duration]],
            Signal::Origin => &[&[Column::AttemptStatus], &[Column::AttemptHeader], &[Column::Termination]],
            Signal::CutShort => {
                &[&[Column::Complete], &[Column::BodyBytes, Column::ContentLength], &[Column::Termination]]
            }
            Signal::Upstream => &[&[Column::AttemptAddress]],
            Signal::UpstreamConnect => &[&[Column::AttemptConnect]],
            Signal::UpstreamHeader => &[&[Column::AttemptHeader]],
            Signal::UpstreamResponse => &[&[Column::AttemptResponse]],
            Signal::Server => &[&[Column::Server]],
            Signal::Route => &[&[Column::Path]],
            Signal::Source => &[&[Column::Client]],
            Signal::Agent => &[&[Column::UserAgent]],
        }
    }

    pub fn is_visible(self, sight: Sight) -> bool {
        self.columns().iter().any(|set| set.iter().all(|column| sight.has(*column)))
    }

    /// What stays unknown without it, as the end of "cannot show …".
    pub fn question(self) -> &'static str {
        match self {
            Signal::Patience => "how long clients waited before they left",
            Signal::Origin => "whether nginx or the upstream sent a 502, 503 or 504",
            Signal::CutShort => "clients that left in the middle of a response",
            Signal::Upstream => "which upstream it was",
            Signal::UpstreamConnect => "whether an upstream was slow to connect",
            Signal::UpstreamHeader => "whether an upstream was slow to answer",
            Signal::UpstreamResponse => "how long upstreams took",
            Signal::Server => "which server it was",
            Signal::Route => "which route it was",
            Signal::Source => "from which address clients came",
            Signal::Agent => "whether a health check asked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_sets_of_columns_is_enough() {
        let cut_short = |columns: &[Column]| Signal::CutShort.is_visible(Sight::of(columns));
        assert!(cut_short(&[Column::Complete]));
        assert!(cut_short(&[Column::BodyBytes, Column::ContentLength]));
        assert!(!cut_short(&[Column::BodyBytes]) && !cut_short(&[]));
        assert!(Signal::ALL.iter().all(|signal| signal.is_visible(Sight::of(&Column::ALL))));
    }
}
