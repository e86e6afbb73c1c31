//! Puts statements together to a tree and follows `include`.
//! Knows: blocks, include paths, the limits. Does not know: quoting, what a directive means.

use super::tokens::{PROBLEMS_MAX, Statement, Tokens, Words};
use super::{Conf, ConfError, Directive, FILE_BYTES_MAX, Files};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// nginx itself nests seven deep at most (http, server, locations, if); beyond this it is no configuration.
const BLOCK_DEPTH_MAX: usize = 64;
/// Real trees go four deep; nginx has no limit but its file descriptors.
const INCLUDE_DEPTH_MAX: usize = 32;
/// A host with ten thousand sites fits; a tree of files that each include the next one twice does not.
const FILES_MAX: usize = 20_000;
/// Some hundred bytes each: lists of addresses and redirects fit, memory stays bounded.
const DIRECTIVES_MAX: usize = 500_000;
/// Blocks of data: what stands in them, included files too, is no directive and may be half a million lines. So many are
/// kept of each: the first lines of a map say what an `if=` means, the others tell nothing that is asked here.
const DATA: &[(&[u8], usize)] =
    &[(b"map", 64), (b"geo", 64), (b"types", 0), (b"split_clients", 0), (b"charset_map", 0)];
/// Directives that make lists of addresses as long as the world has networks.
const LISTS: &[&[u8]] = &[b"deny", b"set_real_ip_from"];

pub(super) struct Reader<'f> {
    files: &'f dyn Files,
    main: &'f Path,
    /// The files being read now, the innermost last.
    open: Vec<PathBuf>,
    block_depth: usize,
    files_read: usize,
    directives: usize,
    problems: Vec<ConfError>,
}

/// The `include` that names a file; line 0 for the main one, which no line names.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a Path,
    line: u32,
}

impl<'f> Reader<'f> {
    pub(super) fn new(main: &'f Path, files: &'f dyn Files) -> Self {
        Reader { files, main, open: Vec::new(), block_depth: 0, files_read: 0, directives: 0, problems: Vec::new() }
    }

    pub(super) fn read(mut self) -> Conf {
        let mut directives = Vec::new();
        self.file(self.main, Place { file: self.main, line: 0 }, &mut directives);
        Conf { directives, problems: self.problems }
    }

    fn file(&mut self, path: &Path, named_at: Place<'_>, into: &mut Vec<Directive>) {
        if let Some(what) = self.refusal(path) {
            return self.problem(named_at, what);
        }
        self.files_read += 1;
        match self.files.read(path) {
            Ok(bytes) if bytes.len() > FILE_BYTES_MAX => {
                self.problem(named_at, format!("{} is over {FILE_BYTES_MAX} bytes and is left out", path.display()));
            }
            Ok(bytes) => {
                self.open.push(path.to_owned());
                self.top_level(&mut Tokens::new(&bytes), path, into);
                self.open.pop();
            }
            Err(error) => self.problem(named_at, unreadable(path, &error)),
        }
    }

    /// Why the file is not even tried.
    fn refusal(&self, path: &Path) -> Option<String> {
        let path_shown = path.display();
        if self.open.iter().any(|open| open == path) {
            return Some(format!("{path_shown} includes itself; this include is left out"));
        }
        if self.open.len() >= INCLUDE_DEPTH_MAX {
            return Some(format!("{path_shown} is included over {INCLUDE_DEPTH_MAX} files deep and is left out"));
        }
        (self.files_read >= FILES_MAX)
            .then(|| format!("{path_shown} is left out: the configuration has over {FILES_MAX} files"))
    }

    /// A `}` too many does not end the file: what follows it is still wanted.
    fn top_level(&mut self, tokens: &mut Tokens<'_>, file: &Path, into: &mut Vec<Directive>) {
        while let Some(line) = self.block(tokens, file, into) {
            self.problem(Place { file, line }, "unexpected \"}\": no block is open here");
        }
    }

    /// Reads up to the `}` and says on which line it stands; `None` at the end of the file.
    fn block(&mut self, tokens: &mut Tokens<'_>, file: &Path, into: &mut Vec<Directive>) -> Option<u32> {
        while self.directives < DIRECTIVES_MAX {
            let statement = tokens.next();
            for (line, what) in tokens.problems.drain(..) {
                self.problem(Place { file, line }, what);
            }
            match statement? {
                Statement::Close => return Some(tokens.line()),
                Statement::Open(words) => self.nested(words, tokens, file, into),
                Statement::Foreign(words) => self.add(words, Vec::new(), file, into),
                Statement::Simple(words) if is_include(&words) => self.include(&words, file, into),
                Statement::Simple(words) if LISTS.contains(&words.words[0].as_slice()) => {}
                Statement::Simple(words) => self.add(words, Vec::new(), file, into),
            }
        }
        let what = format!("the configuration has over {DIRECTIVES_MAX} directives; those from here on are left out");
        if !self.problems.iter().any(|problem| problem.what == what) {
            self.problem(Place { file, line: tokens.line() }, what);
        }
        None
    }

    fn nested(&mut self, words: Words, tokens: &mut Tokens<'_>, file: &Path, into: &mut Vec<Directive>) {
        let place = Place { file, line: words.line };
        if self.block_depth >= BLOCK_DEPTH_MAX {
            self.problem(
                place,
                format!("blocks are nested over {BLOCK_DEPTH_MAX} deep; the rest of the file is left out"),
            );
            return tokens.finish();
        }
        let mut block = Vec::new();
        self.block_depth += 1;
        let closed = match DATA.iter().find(|(name, _)| *name == words.words[0]) {
            Some((_, kept)) => self.data(tokens, file, *kept, &mut block),
            None => self.block(tokens, file, &mut block),
        };
        self.block_depth -= 1;
        if closed.is_none() && self.directives < DIRECTIVES_MAX {
            self.problem(place, format!("the \"}}\" that closes the \"{}\" is missing", words.name()));
        }
        self.add(words, block, file, into);
    }

    /// As [`Reader::block`], and keeps the first lines only.
    fn data(&mut self, tokens: &mut Tokens<'_>, file: &Path, kept: usize, into: &mut Vec<Directive>) -> Option<u32> {
        let mut open = 1_usize;
        while let Some(statement) = tokens.next() {
            match statement {
                Statement::Open(_) => open += 1,
                Statement::Close => open -= 1,
                Statement::Simple(words) if into.len() < kept => self.add(words, Vec::new(), file, into),
                Statement::Simple(_) | Statement::Foreign(_) => {}
            }
            if open == 0 {
                break;
            }
        }
        for (line, what) in tokens.problems.drain(..) {
            self.problem(Place { file, line }, what);
        }
        (open == 0).then(|| tokens.line())
    }

    fn add(&mut self, words: Words, block: Vec<Directive>, file: &Path, into: &mut Vec<Directive>) {
        let line = words.line;
        let mut words = words.words.iter().map(|word| String::from_utf8_lossy(word).into_owned());
        let name = words.next().unwrap_or_default();
        self.directives += 1;
        into.push(Directive { name, args: words.collect(), block, file: file.to_owned(), line });
    }

    /// Paths are relative to the main file's directory, wherever the `include` stands (ngx_conf_full_name).
    fn include(&mut self, words: &Words, file: &Path, into: &mut Vec<Directive>) {
        let place = Place { file, line: words.line };
        let written = &words.words[1];
        let path = self.main.parent().unwrap_or(Path::new("")).join(OsStr::from_bytes(written));
        // A pattern without matches is fine with nginx; a plain path must be there.
        if !written.iter().any(|byte| b"*?[".contains(byte)) {
            return self.file(&path, place, into);
        }
        for path in self.files.glob(&path) {
            self.file(&path, place, into);
        }
    }

    fn problem(&mut self, place: Place<'_>, what: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(ConfError { file: place.file.to_owned(), line: place.line, what: what.into() });
        }
    }
}

fn is_include(words: &Words) -> bool {
    words.words[0] == b"include" && words.words.len() == 2
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => {
            "permission denied; let hangup's user read it, what it sets is unknown until then"
        }
        ErrorKind::NotFound => "no such file; nginx -t will refuse it too",
        ErrorKind::IsADirectory => "it is a directory; nginx -t will refuse it too",
        _ => return format!("cannot read {}: {error}", path.display()),
    };
    format!("cannot read {}: {advice}", path.display())
}
