//! A YAML document as a tree of texts, each with its line.
//! Knows: how YAML is written. Does not know: which keys there are.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput};

/// A value and the line it is used in. What an alias repeats is shared, so that no file can unfold to more than it says.
#[derive(Debug, Clone)]
pub(in crate::config) struct Node {
    pub line: usize,
    pub value: Rc<Value>,
}

/// A value of any shape. Numbers and switches are kept as they are written: the settings' own parsers read them.
#[derive(Debug)]
pub(in crate::config) enum Value {
    Nothing,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Debug)]
pub(in crate::config) struct Key {
    pub line: usize,
    pub text: String,
}

/// What cannot be read, and in which line.
#[derive(Debug)]
pub(in crate::config) struct Wrong {
    pub line: usize,
    pub what: String,
}

/// The file's one document; nothing where it has none.
pub(in crate::config) fn read(text: &str) -> Result<Node, Wrong> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut document =
        Document { parser: Parser::new_from_str_with_options(text, options), anchors: HashMap::new(), line: 1 };
    document.root()
}

struct Document<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// The values that aliases may repeat, by the parser's number.
    anchors: HashMap<usize, Rc<Value>>,
    /// Where the last event was.
    line: usize,
}

impl<'a> Document<'a> {
    fn root(&mut self) -> Result<Node, Wrong> {
        let mut root = Node { line: 1, value: Rc::new(Value::Nothing) };
        let mut begun = false;
        loop {
            match self.next()? {
                Event::DocumentStart(..) if begun => return Err(self.wrong("a second document begins here")),
                Event::DocumentStart(..) => {
                    begun = true;
                    let first = self.next()?;
                    root = self.node(first)?;
                }
                Event::StreamEnd => return Ok(root),
                _ => {}
            }
        }
    }

    fn node(&mut self, first: Event<'a>) -> Result<Node, Wrong> {
        let line = self.line;
        let anchor = first.anchor_id();
        let value = match first {
            Event::Alias(id) => {
                let known = self.anchors.get(&id).cloned();
                known.ok_or_else(|| self.wrong("this alias stands within what it repeats"))?
            }
            Event::Scalar(text, ScalarStyle::Plain, _, None) if is_nothing(&text) => Rc::new(Value::Nothing),
            Event::Scalar(text, ..) => Rc::new(Value::Scalar(text.into_owned())),
            Event::SequenceStart(..) => Rc::new(Value::List(self.list()?)),
            _ => Rc::new(Value::Map(self.map()?)),
        };
        if let Some(id) = anchor {
            self.anchors.insert(id, Rc::clone(&value));
        }
        Ok(Node { line, value })
    }

    fn list(&mut self) -> Result<Vec<Node>, Wrong> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(items),
                first => items.push(self.node(first)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<(Key, Node)>, Wrong> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(entries),
                Event::Scalar(text, ..) => Key { line: self.line, text: text.into_owned() },
                _ => return Err(self.wrong("only a plain text can be a key")),
            };
            if entries.iter().any(|(other, _)| other.text == key.text) {
                return Err(self.wrong(&format!("`{}` stands here a second time", key.text)));
            }
            let first = self.next()?;
            entries.push((key, self.node(first)?));
        }
    }

    fn next(&mut self) -> Result<Event<'a>, Wrong> {
        let (event, span) = match self.parser.next_event() {
            Some(Ok(next)) => next,
            Some(Err(error)) => return Err(Wrong { line: error.marker().line(), what: error.info() }),
            None => (Event::StreamEnd, Span::default()),
        };
        self.line = span.start.line();
        Ok(event)
    }

    fn wrong(&self, what: &str) -> Wrong {
        Wrong { line: self.line, what: what.to_owned() }
    }
}

/// How YAML's core schema writes that there is nothing.
fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}
