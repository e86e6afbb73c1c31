//! Splits a format string into items: a variable with what it is for and the literal after it, and variables without a
//! literal between them as one where their values cannot be told apart.
//! Knows: nginx's syntax for variables, and what their neighbours say of them. Does not know: lines, or what quotes do.

use super::field::Field;
use super::refused::FormatError;
use super::variable::{self, Class};

/// One variable, or several as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// Without the `$`; of several the first.
    pub name: String,
    pub field: Field,
    pub class: Class,
    pub literal: &'a str,
}

/// The text before the first variable, and the items.
pub(super) fn items(source: &str) -> Result<(&str, Vec<Item<'_>>), FormatError> {
    let (head, mut items) = split(source);
    name_targets(&mut items);
    let alone = alone(&items);
    let mut joined: Vec<Item<'_>> = Vec::with_capacity(items.len());
    let mut before = String::new();
    for item in items {
        let name = item.name.clone();
        let neighbour = joined.last_mut().filter(|last| last.literal.is_empty());
        let shape = neighbour.as_ref().map(|last| last.shape_before(&item));
        match (neighbour, shape) {
            (Some(last), Some(Some(shape))) => {
                last.class = shape;
                joined.push(item);
            }
            (Some(last), _) if last.may_be_lost_with(&item, &alone) => last.swallow(&item),
            (Some(_), _) => return Err(FormatError::Adjacent(before, name)),
            (None, _) => joined.push(item),
        }
        before = name;
    }
    Ok((head, joined))
}

/// The names of all variables of a format string.
pub(super) fn variables(source: &str) -> Vec<String> {
    split(source).1.into_iter().map(|item| item.name).collect()
}

/// Splits at `$name` and `${name}` (source: ngx_http_log_module.c, ngx_http_log_compile_format).
/// A `$` with no name after it is refused by nginx; here it stays text.
pub(super) fn split(source: &str) -> (&str, Vec<Item<'_>>) {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut head = source;
    let mut literal_start = 0;
    let mut at = 0;
    while let Some(dollar) = source[at..].find('$').map(|found| at + found) {
        let Some((name, after)) = name_at(source, dollar + 1) else {
            at = dollar + 1;
            continue;
        };
        let literal = &source[literal_start..dollar];
        match items.last_mut() {
            Some(previous) => previous.literal = literal,
            None => head = literal,
        }
        let name = name.to_ascii_lowercase();
        let (field, class) = variable::lookup(&name);
        items.push(Item { name, field, class, literal: &source[after..] });
        (literal_start, at) = (after, after);
    }
    (head, items)
}

/// The variable name that begins here, in braces or not, and where the text goes on after it.
fn name_at(source: &str, start: usize) -> Option<(&str, usize)> {
    let braced = source[start..].starts_with('{');
    let start = start + usize::from(braced);
    let rest = &source[start..];
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let closed = !braced || rest[length..].starts_with('}');
    (length > 0 && closed).then(|| (&rest[..length], start + length + usize::from(braced)))
}

/// A variable of somebody's own is the target by its place: between method and protocol, as in
/// `$request_method $filtered_request_uri $server_protocol`; the request line, where `combined` has that.
fn name_targets(items: &mut [Item<'_>]) {
    let has_method = |items: &[Item<'_>]| items.iter().rev().take(4).any(|item| item.field == Field::Method);
    for at in 0..items.len() {
        let next = items.get(at + 1);
        let before_protocol = items[at].literal.starts_with(" HTTP/")
            || (items[at].literal == " " && next.is_some_and(|next| next.name == "server_protocol"));
        if items[at].is_anything() && before_protocol && has_method(&items[..at]) {
            items[at].field = Field::RequestUri;
        }
    }
    let is_request = |item: &Item<'_>| matches!(item.field, Field::Request | Field::Method) || item.field.is_target();
    if !items.iter().any(is_request) {
        let place = items
            .windows(2)
            .position(|two| two[0].is_anything() && two[0].literal == "\" " && two[1].field == Field::Status);
        if let Some(at) = place {
            items[at].field = Field::Request;
        }
    }
}

/// What stands somewhere without a neighbour.
fn alone(items: &[Item<'_>]) -> Vec<Field> {
    let is_alone = |at: usize| !items[at].literal.is_empty() || at + 1 == items.len();
    let followed = |at: usize| at > 0 && items[at - 1].literal.is_empty();
    let places = (0..items.len()).filter(|&at| is_alone(at) && !followed(at));
    places.map(|at| items[at].field).collect()
}

impl<'a> Item<'a> {
    /// Free text of which nothing is known.
    fn is_anything(&self) -> bool {
        self.field == Field::Skipped && self.class == Class::Free
    }

    /// The shape by which the end of this value can be seen although the next begins right behind it.
    fn shape_before(&self, next: &Item<'a>) -> Option<Class> {
        let shape = self.before_slash();
        if next.field.is_target() && !shape.holds(b'/') {
            return Some(shape);
        }
        Some(self.class.ending_itself(self.field)).filter(|shape| shape.ends_itself())
    }

    /// The shape of what is followed by a slash.
    fn before_slash(&self) -> Class {
        match self.field {
            // nginx answers 400 to a host with a slash.
            Field::HttpHost => Class::Host,
            Field::UpstreamAddr => Class::Addresses,
            _ => self.class,
        }
    }

    /// Whether everything that these two say is of no weight, or said elsewhere; or it is a target and its query string,
    /// which is cut off later.
    fn may_be_lost_with(&self, next: &Item<'_>, alone: &[Field]) -> bool {
        let is_spare = |field: Field| !field.decides() || alone.contains(&field);
        (self.field.is_target() && is_query(next)) || (is_spare(self.field) && is_spare(next.field))
    }

    /// As one text from here on.
    fn swallow(&mut self, next: &Item<'a>) {
        let is_target = self.field.is_target() && is_query(next);
        let is_host = [&*self, next].iter().all(|item| !b"/ ".iter().any(|&byte| item.before_slash().holds(byte)));
        self.class = if is_host { Class::Host } else { Class::Free };
        self.field = if is_target { Field::UriAndArgs } else { Field::Skipped };
        self.literal = next.literal;
    }
}

fn is_query(item: &Item<'_>) -> bool {
    matches!(item.name.as_str(), "is_args" | "args" | "query_string")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_apart_or_given_up_as_one() {
        let of = |source| {
            let items = items(source).map(|(_, items)| items);
            let items = items.map(|items| items.into_iter().map(|it| (it.name, it.field)).collect::<Vec<_>>());
            items.map_err(|error| error.to_string())
        };
        let check = |source, expected: &[(&str, Field)]| {
            let expected = expected.iter().map(|(name, field)| ((*name).to_owned(), *field)).collect();
            assert_eq!(of(source), Ok(expected), "{source}");
        };
        let (host, target, skipped) = (Field::HttpHost, Field::RequestUri, Field::Skipped);
        check("$http_host$request_uri", &[("http_host", host), ("request_uri", target)]);
        check("$scheme$http_host$request_uri", &[("scheme", skipped), ("request_uri", target)]);
        check("$request_time$request_body", &[("request_time", Field::RequestTime), ("request_body", skipped)]);
        check("$uri$is_args$args", &[("uri", Field::UriAndArgs)]);
        check("$proxy_host$request$cookie_x \"$request\"", &[("proxy_host", skipped), ("request", Field::Request)]);
        check("$http_a$http_user_agent", &[("http_a", skipped)]);
        for source in
            ["$status$request_time", "$http_a$status", "$upstream_status$upstream_addr", "$http_a$request_time"]
        {
            assert!(of(source).is_err(), "{source}");
        }
    }

    #[test]
    fn somebodys_own_variable_is_the_target_by_its_place() {
        let targets = |source| -> Vec<String> {
            let (_, items) = items(source).expect("a format");
            let is_target = |item: &Item<'_>| item.field.is_target() || item.field == Field::Request;
            items.into_iter().filter(is_target).map(|item| item.name).collect()
        };
        assert_eq!(targets("\"$request_method $safe_uri $server_protocol\" $status"), ["safe_uri"]);
        assert_eq!(targets("\"$request_method $safe_uri HTTP/1.1\" $status"), ["safe_uri"]);
        assert_eq!(targets("\"$request_method $scheme://$host$safe_uri $server_protocol\""), ["safe_uri"]);
        assert_eq!(targets("$http_a $server_protocol $status"), [""; 0]);
        assert_eq!(targets("[$time_local] \"$safe_request\" $status"), ["safe_request"]);
        assert_eq!(targets("\"$http_a\" $status \"$request\""), ["request"]);
    }
}
