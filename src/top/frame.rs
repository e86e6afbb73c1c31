//! One frame: the lines of an answer as somebody looks at it, and how they are painted.
//! Does not know: how large a screen is, what keys do.

use super::view::{View, share_lost};
use crate::diagnosis::{Answer, Diagnosis};
use crate::wording::{
    Line, Lines, Style, cause, causes, head, last, people, percent, read, server, unclassified, upstreams, when, who,
    why,
};

pub(super) struct Frame<'a> {
    pub(super) answer: &'a Answer,
    /// `None`: nobody can press a key.
    pub(super) view: Option<&'a View>,
    /// Where the answer is from.
    pub(super) from: &'a str,
    /// Why there is no newer one.
    pub(super) failure: Option<&'a str>,
}

/// Of the last to leave; the page and the JSON have more.
const LAST: usize = 10;

impl Frame<'_> {
    /// All lines.
    pub(super) fn lines(&self, columns: usize) -> Lines {
        let mut lines = Lines::new(columns);
        if let Some(failure) = self.failure {
            lines.add("", &format!("NO NEWS: {failure}"), Style::Bad);
        }
        match self.view.and_then(|view| view.opened.as_ref()) {
            Some((server, route)) => self.opened(&mut lines, server, route),
            None => self.whole(&mut lines),
        }
        lines
    }

    /// What fits on a screen, the keys in its last row.
    pub(super) fn shown(&self, columns: usize, rows: usize) -> Vec<Line> {
        let view = self.view.cloned().unwrap_or_default();
        let (mut lines, body) = (self.lines(columns).lines, rows.saturating_sub(1));
        let above = view.scroll.min(lines.len().saturating_sub(body));
        let mut shown: Vec<Line> = lines.drain(above..).take(body).collect();
        shown.resize(body, Line { text: String::new(), style: Style::Plain });
        let keys = match view.opened {
            Some(_) => "q quit   Esc back   ↑↓ PgUp PgDn scroll".to_owned(),
            None => format!(
                "q quit   ↑↓ choose   Enter open   s sort: {}   r reverse   PgUp PgDn scroll",
                view.sort.as_str()
            ),
        };
        shown.push(Line { text: keys, style: Style::Dim });
        shown.iter_mut().for_each(|line| cut(&mut line.text, columns));
        shown
    }

    fn whole(&self, lines: &mut Lines) {
        let answer = self.answer;
        head(lines, answer);
        self.routes(lines);
        if !answer.upstreams.is_empty() {
            lines.title("Upstreams that fail, now");
            upstreams(lines, answer);
        }
        why(lines, answer);
        when(lines, answer);
        who(lines, answer);
        people(lines, answer);
        last(lines, answer, LAST, |_, _| true);
        unclassified(lines, answer);
        read(lines, answer);
        lines.title("From");
        lines.text("  ", self.from);
    }

    /// As a table whose rows can be opened.
    fn routes(&self, lines: &mut Lines) {
        let view = self.view.cloned().unwrap_or_default();
        lines.title("Routes that lose users, now");
        let rows = view.routes(self.answer);
        if rows.is_empty() {
            lines.text("  ", "None stands out.");
            return;
        }
        let name_columns = lines.columns().saturating_sub(2 + 4 * NUMBER).max(16);
        lines.row(
            row("server and route", name_columns, ["requests", "left", "errors", "lost"].map(str::to_owned), " "),
            Style::Dim,
        );
        let chosen = view.chosen.min(rows.len() - 1);
        for (at, one) in rows.into_iter().enumerate() {
            let numbers = [one.requests, one.left, one.errors].map(|count| count.to_string());
            let [requests, left, errors] = numbers;
            let is_chosen = self.view.is_some() && at == chosen;
            let (mark, style) = if is_chosen { (">", Style::Chosen) } else { (" ", Style::Plain) };
            let name = format!("{} {}", server(&one.server), one.route);
            lines.row(row(&name, name_columns, [requests, left, errors, percent(share_lost(one))], mark), style);
        }
    }

    /// One route alone.
    fn opened(&self, lines: &mut Lines, of: &str, route: &str) {
        let answer = self.answer;
        lines.add("", &format!("{} {route}", server(of)), Style::Title);
        lines.add("", &format!("hangup on {}: {}", answer.host, answer.now), Style::Dim);
        lines.title("In the last minutes");
        match answer.routes.iter().find(|row| row.server == of && row.route == route) {
            None => lines.text("  ", "It does not stand out any more."),
            Some(row) => {
                let lost = percent(share_lost(row));
                lines.text(
                    "  ",
                    &format!(
                        "{} requests, {} left, {} gateway errors: {lost} lost",
                        row.requests, row.left, row.errors
                    ),
                );
            }
        }
        lines.title("Why");
        let elsewhere = |one: &Diagnosis| one.route.as_ref().is_some_and(|other| other != route);
        let of_it = |one: &Diagnosis| (one.server.is_empty() || one.server == of) && !elsewhere(one);
        let of_it: Vec<_> = causes(answer).into_iter().filter(|(one, _)| of_it(one)).collect();
        if of_it.is_empty() {
            lines.text("  ", "No cause that holds is known to be about it.");
        }
        of_it.into_iter().for_each(|(one, windows)| cause(lines, one, &windows));
        last(lines, answer, usize::MAX, |server, other| server == of && other == route);
    }
}

/// Columns of a number.
const NUMBER: usize = 9;

fn row(name: &str, columns: usize, numbers: [String; 4], mark: &str) -> String {
    let mut name = name.to_owned();
    cut(&mut name, columns);
    let pad = columns.saturating_sub(name.chars().count());
    let numbers: String = numbers.iter().map(|number| format!("{number:>NUMBER$}")).collect();
    format!("{mark} {name}{}{numbers}", " ".repeat(pad))
}

/// To so many characters, with a mark that there were more.
fn cut(text: &mut String, columns: usize) {
    if text.chars().count() > columns {
        *text = text.chars().take(columns.saturating_sub(1)).chain(['…']).collect();
    }
}

/// With the codes of a terminal. Without colours nothing is lost: what is wrong says so in words.
pub(super) fn painted(line: &Line, colours: bool) -> String {
    let code = match line.style {
        Style::Plain => return line.text.clone(),
        _ if !colours => return line.text.clone(),
        Style::Title => "1",
        Style::Bad => "1;31",
        Style::Dim => "2",
        Style::Chosen => "7",
    };
    format!("\x1b[{code}m{}\x1b[0m", line.text)
}
