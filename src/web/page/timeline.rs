//! The last minutes as bars: requests, of them those who left and those who got a gateway error, and where it began.
//! Drawn as SVG. Knows: how large it is. Does not know: what is a loss.

use maud::{Markup, PreEscaped, html};

use crate::diagnosis::Point;
use crate::wording::timeline_in_words;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 160.0;
/// Room for words above and below the bars.
const ABOVE: f64 = 18.0;
const BELOW: f64 = 20.0;
/// Losses are drawn this much larger than requests: one in a hundred has to be seen.
const LOSS_SCALE: f64 = 10.0;

pub(super) fn section(points: &[Point]) -> Markup {
    html! {
        section aria-labelledby="timeline" {
            h2 id="timeline" { "When" }
            @if points.len() < 2 {
                p.dim { "A time line takes half a minute to begin." }
            } @else {
                p { (timeline_in_words(points)) }
                (drawn(points))
                p.dim {
                    "Light bars: requests a second. Narrow bars from the ground, ten times as tall: left (499) on the left, \
                     gateway errors (5xx) on the right. A dashed line: here it began."
                }
            }
        }
    }
}

fn drawn(points: &[Point]) -> Markup {
    let rate = |point: &Point, count: u64| count as f64 / point.seconds;
    let most = points.iter().map(|point| rate(point, point.requests)).fold(0.1, f64::max);
    let (step, scale) = (WIDTH / points.len() as f64, (HEIGHT - ABOVE) / most);
    let bar = |at: usize, share: f64, width: f64, rate: f64, class: &str| {
        let height = (rate * scale).min(HEIGHT - ABOVE);
        let x = (at as f64 + share) * step;
        format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
            HEIGHT - height,
            width * step
        )
    };
    let mut shapes = String::new();
    for (at, point) in points.iter().enumerate() {
        shapes += &bar(at, 0.0, 0.9, rate(point, point.requests), "requests");
        shapes += &bar(at, 0.1, 0.35, rate(point, point.left) * LOSS_SCALE, "left");
        shapes += &bar(at, 0.45, 0.35, rate(point, point.errors) * LOSS_SCALE, "errors");
        if point.onset {
            let x = at as f64 * step;
            shapes += &format!("<line class=\"onset\" x1=\"{x:.1}\" y1=\"0\" x2=\"{x:.1}\" y2=\"{HEIGHT}\"/>");
            let anchor = if x > WIDTH * 0.8 { ("end", x - 6.0) } else { ("start", x + 6.0) };
            shapes += &format!("<text x=\"{:.1}\" y=\"12\" text-anchor=\"{}\">began</text>", anchor.1, anchor.0);
        }
    }
    let label = format!("{most:.0} requests a second at most");
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + BELOW)) role="img" aria-label=(timeline_in_words(points)) {
            (PreEscaped(shapes))
            line.axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
            text x="0" y=(HEIGHT + 15.0) { (label) }
            text x=(WIDTH) y=(HEIGHT + 15.0) text-anchor="end" { "now" }
        }
    }
}
