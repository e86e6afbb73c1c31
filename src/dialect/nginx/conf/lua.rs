//! Finds the end of a `*_by_lua_block {…}` (lua-nginx-module).
//! Knows: where Lua hides braces (comments, strings, long brackets). Does not know: any other Lua.

/// How many bytes the block takes, its closing `}` included; `code` starts behind the opening `{`.
/// `None` if it is never closed.
pub(super) fn block_end(code: &[u8]) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = 0;
    while let Some(&byte) = code.get(at) {
        at += match byte {
            b'-' if code[at..].starts_with(b"--") => comment(&code[at..]),
            b'[' => long_bracket(&code[at..]).unwrap_or(1),
            b'"' | b'\'' => string(&code[at..]),
            b'{' => {
                depth += 1;
                1
            }
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => {
                depth -= 1;
                1
            }
            _ => 1,
        };
    }
    None
}

fn comment(code: &[u8]) -> usize {
    match long_bracket(&code[2..]) {
        Some(length) => 2 + length,
        None => memchr::memchr(b'\n', code).unwrap_or(code.len()),
    }
}

/// The length of `[[…]]`, `[=[…]=]` and so on; `None` where none begins. One never closed takes all the rest.
fn long_bracket(code: &[u8]) -> Option<usize> {
    let level = code.get(1..)?.iter().take_while(|&&byte| byte == b'=').count();
    let open = level + 2;
    if code[0] != b'[' || code.get(open - 1) != Some(&b'[') {
        return None;
    }
    let mut close = vec![b'='; open];
    close[0] = b']';
    close[open - 1] = b']';
    Some(memchr::memmem::find(&code[open..], &close).map_or(code.len(), |at| open + at + open))
}

/// The length of a quoted string. A bare newline ends it: no Lua string goes over one.
fn string(code: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&byte) = code.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'\n' => break,
            _ if byte == code[0] => break,
            _ => {}
        }
    }
    at.min(code.len())
}
