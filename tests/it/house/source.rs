//! What a Rust file names: its `use` declarations and its paths. No compiler: enough for this house's own style.

/// Without comments, texts and what is compiled for tests only.
pub struct Source {
    pub uses: Vec<Use>,
    /// Paths of two parts and more in the code itself.
    pub paths: Vec<Vec<String>>,
}

/// One name brought in by a `use`.
pub struct Use {
    /// What it is called here; `*` for a glob.
    pub name: String,
    pub path: Vec<String>,
    /// A re-export.
    pub public: bool,
}

impl Source {
    pub fn parse(text: &str) -> Source {
        let tokens = without_tests(&tokens(text));
        let mut source = Source { uses: Vec::new(), paths: Vec::new() };
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let public = at > 0 && matches!(tokens[at - 1].as_str(), "pub" | ")");
                let end = at + tokens[at..].iter().position(|t| t == ";").expect("a use ends");
                tree(&tokens[at + 1..end], &[], public, &mut source.uses);
                at = end;
            } else if is_name(&tokens[at]) {
                let path = path_at(&tokens[at..]);
                at += path.len() * 2 - 1;
                if path.len() > 1 {
                    source.paths.push(path);
                }
            } else {
                at += 1;
            }
        }
        source
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn path_at(tokens: &[String]) -> Vec<String> {
    let mut path = vec![tokens[0].clone()];
    while let [sep, name, ..] = &tokens[path.len() * 2 - 1..]
        && sep == "::"
        && is_name(name)
    {
        path.push(name.clone());
    }
    path
}

/// `a::{b, c as d}` → one [`Use`] for each leaf.
fn tree(tokens: &[String], before: &[String], public: bool, uses: &mut Vec<Use>) {
    let mut path = before.to_vec();
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => {
                let inside = &tokens[at + 1..tokens.len() - 1];
                return branches(inside).into_iter().for_each(|branch| tree(branch, &path, public, uses));
            }
            "*" => return uses.push(Use { name: "*".to_owned(), path, public }),
            "as" => {
                let name = tokens[at + 1].clone();
                return uses.push(Use { name, path, public });
            }
            "self" if !path.is_empty() => {}
            name if is_name(name) => path.push(name.to_owned()),
            _ => {}
        }
    }
    if let Some(name) = path.last().cloned() {
        uses.push(Use { name, path, public });
    }
}

/// Cut at the commas that stand in no braces.
fn branches(tokens: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    let parts = tokens.split(|token| {
        depth += i32::from(token == "{") - i32::from(token == "}");
        token == "," && depth == 0
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// Leaves out each item behind `#[cfg(test)]`: to its `;`, or to the end of its block.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].len() >= MARK.len() && tokens[at..].iter().zip(MARK).all(|(token, mark)| token == mark) {
            at += MARK.len() + item(&tokens[at + MARK.len()..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn item(tokens: &[String]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(token == "{") - i32::from(token == "}");
        if depth == 0 && (token == ";" || token == "}") {
            return at + 1;
        }
    }
    tokens.len()
}

/// Names, `::` and single characters; no comments, and nothing of texts.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => quoted(rest),
            'r' | 'b' if raw(rest).is_some() => raw(rest).unwrap_or(1),
            '\'' => character(rest),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                tokens.push(rest[..end].to_owned());
                end
            }
            ':' if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a text in double quotes.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// The length of `r"…"`, `br#"…"#`, `b"…"`.
fn raw(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or(text.strip_prefix('r'));
    let Some(after) = after else {
        return text.strip_prefix('b').filter(|rest| rest.starts_with('"')).map(|rest| 1 + quoted(rest));
    };
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text.len() - body.len() + body.find(&end)? + end.len())
}

/// The length of `'x'`; 1 where it begins a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next().unwrap_or((1, ' '));
    if first == '\\' {
        return text[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 3);
    }
    chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1)
}
