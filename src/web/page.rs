//! The page for people, readable at 3 a.m.: one sentence first, then why, then the numbers, what is wrong with hangup
//! itself in between. No script, no font: it reloads itself by a header.
//! Knows: HTML. Does not know: how its content was found out.

mod causes;
mod tables;
mod timeline;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::diagnosis::Answer;
use crate::wording::clock;

/// As a whole. `telemetry_path` is where the metrics are; `still`: it does not reload itself.
pub(super) fn render(answer: &Answer, telemetry_path: &str, still: bool) -> String {
    let host = if answer.host.is_empty() { "this host" } else { &answer.host };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (if answer.trouble { "Trouble" } else { "Quiet" }) " on " (host) " – hangup" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "hangup on " (host) }
                    p.dim { (clock(answer)) }
                    (links(telemetry_path, still))
                }
                main {
                    (headline(answer))
                    (problems(&answer.problems))
                    (causes::section(answer))
                    (timeline::section(&answer.timeline))
                    (tables::who_gave_up(answer))
                    (tables::stand_out(answer))
                    (tables::people(answer))
                    (tables::abandoned(answer))
                    (tables::unclassified(answer))
                    (tables::read(answer))
                    (tables::not_visible(answer))
                }
            }
        }
    }
    .into_string()
}

/// Relative, so that they work behind a prefix.
fn links(telemetry_path: &str, still: bool) -> Markup {
    html! {
        nav aria-label="hangup's pages" {
            a href=(format!(".{telemetry_path}")) { "metrics" }
            a href="./api/v1/diagnosis" { "diagnosis as JSON" }
            a href="./-/healthy" { "healthy" }
            a href="./-/ready" { "ready" }
            @if still { a href="." { "reload by itself" } } @else { a href="./?still" { "stop reloading" } }
        }
    }
}

fn headline(answer: &Answer) -> Markup {
    let (class, word) = if answer.trouble { ("headline bad", "Trouble: ") } else { ("headline", "") };
    html! { p class=(class) role="status" { strong { (word) } (answer.sentence) } }
}

fn problems(problems: &[String]) -> Markup {
    html! {
        @if !problems.is_empty() {
            section aria-label="What is wrong with hangup itself" {
                ul { @for problem in problems { li.bad { strong { "Wrong: " } (problem) } } }
            }
        }
    }
}

/// Dark or light as the browser wishes; states differ by word and shape, not by colour alone. On a narrow screen wide
/// tables scroll by themselves.
const STYLE: &str = "
:root { color-scheme: light dark; --bad: light-dark(#a3001b, #ff8b94); --dim: light-dark(#555, #aaa);
  --line: light-dark(#ccc, #444); --ok: light-dark(#2b6cb0, #7fb5ea); --left: light-dark(#9c4a00, #ffb86b) }
body { background: light-dark(#fff, #121212); color: light-dark(#111, #eee); font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } h3 { font-size: 1rem; margin: 1rem 0 .25rem }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem }
nav a { padding: .25rem 0 }
a { color: inherit }
.headline { font-size: 1.25rem; border-left: .4rem solid var(--ok); padding: .25rem 0 .25rem 1rem; margin: 1.5rem 0 }
.headline.bad { border-left: .4rem double var(--bad) }
.bad { color: var(--bad) }
.dim { color: var(--dim) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; color: var(--dim) }
th, td { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--line) }
td.name { overflow-wrap: anywhere; min-width: 8rem }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
@media (max-width: 32rem) { th, td { padding-right: .5rem } td.number, th.number { white-space: normal } td.name { min-width: 5rem } }
article { border: 1px solid var(--line); padding: .25rem 1rem 1rem; margin: 1rem 0 }
svg { width: 100%; height: auto; display: block }
svg text { fill: currentColor; font: 12px system-ui, sans-serif }
svg .requests { fill: var(--line) } svg .left { fill: var(--left) } svg .errors { fill: var(--bad) }
svg .onset { stroke: currentColor; stroke-width: 2; stroke-dasharray: 4 3 } svg .axis { stroke: var(--dim) }
code { overflow-wrap: anywhere }
:focus-visible { outline: 3px solid var(--ok) }
";
