//! Causes with their evidence, and what to do first.

use maud::{Markup, html};

use crate::diagnosis::{Answer, Diagnosis};
use crate::wording::{causes, measured, place};

pub(super) fn section(answer: &Answer) -> Markup {
    let causes = causes(answer);
    html! {
        section aria-labelledby="why" {
            h2 id="why" { "Why" }
            @if causes.is_empty() { p.dim { "No cause holds in the last hour." } }
            @for (one, windows) in causes { (cause(one, &windows)) }
        }
    }
}

fn cause(one: &Diagnosis, windows: &[&str]) -> Markup {
    let harm = if one.cause.is_harmless() { "" } else { "bad" };
    html! {
        article {
            h3 class=(harm) { (one.cause.as_str()) }
            p { (one.sentence) }
            p.dim { (place(one)) "; " (one.confidence.as_str()) "; in the last " (windows.join(", ")) }
            div.wide tabindex="0" role="region" aria-label={ "Evidence for " (one.cause.as_str()) } {
                table {
                    thead { tr { th scope="col" { "Evidence" } th.number scope="col" { "Value" } th scope="col" { "From" } } }
                    tbody {
                        @for piece in &one.evidence {
                            tr { td { (piece.signal) } td.number { (measured(piece)) } td.name { (piece.source) } }
                        }
                    }
                }
            }
            p { strong { "First: " } (one.first_fix) " " a href=(one.runbook) { "Runbook for " (one.cause.as_str()) } }
            p.dim { "If it were not so: " (one.otherwise) "." }
        }
    }
}
