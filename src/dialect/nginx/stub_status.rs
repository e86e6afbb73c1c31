//! The stub_status page (source: ngx_http_stub_status_module.c), with Tengine's extra `request_time` column.
//! Knows: its words and numbers. Does not know: where the page came from, or what the numbers were before.

#[cfg(test)]
mod tests;

/// A page with every number at its longest has under 300 bytes; what is longer is something else.
pub const PAGE_BYTES_MAX: usize = 1024;

/// One reading. `handled` may well be less than `accepts`: the gap is what was dropped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct StubStatus {
    pub active: u64,
    pub accepts: u64,
    pub handled: u64,
    pub requests: u64,
    pub reading: u64,
    pub writing: u64,
    pub waiting: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a stub_status page: {0}")]
pub struct NotStubStatus(pub &'static str);

/// Reads the body of a response. Blanks and line ends may differ from nginx's, words and their order may not.
pub fn parse(body: &[u8]) -> Result<StubStatus, NotStubStatus> {
    if body.len() > PAGE_BYTES_MAX {
        return Err(NotStubStatus("it is far too long; does the address point at another page?"));
    }
    let text = std::str::from_utf8(body).map_err(|_| NotStubStatus("it is not text"))?;
    let mut page = Page(text.split_ascii_whitespace());
    let active = page.words(&["Active", "connections:"]).and_then(|()| page.number())?;
    page.words(&["server", "accepts", "handled", "requests"])?;
    let request_time = page.optional_word("request_time");
    let [accepts, handled, requests] = [page.number()?, page.number()?, page.number()?];
    if request_time {
        page.number()?;
    }
    let reading = page.words(&["Reading:"]).and_then(|()| page.number())?;
    let writing = page.words(&["Writing:"]).and_then(|()| page.number())?;
    let waiting = page.words(&["Waiting:"]).and_then(|()| page.number())?;
    page.end()?;
    Ok(StubStatus { active, accepts, handled, requests, reading, writing, waiting })
}

#[derive(Clone)]
struct Page<'a>(std::str::SplitAsciiWhitespace<'a>);

impl Page<'_> {
    fn words(&mut self, expected: &[&str]) -> Result<(), NotStubStatus> {
        let found = expected.iter().all(|word| self.0.next() == Some(word));
        found
            .then_some(())
            .ok_or(NotStubStatus("its words are not those of nginx; does the address point at another page?"))
    }

    fn optional_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.0.next() == Some(word);
        if found {
            *self = ahead;
        }
        found
    }

    fn number(&mut self) -> Result<u64, NotStubStatus> {
        let word = self.0.next().ok_or(NotStubStatus("it ends before its last number"))?;
        // `u64::from_str` alone would take a `+`.
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| word.parse().ok()).flatten().ok_or(NotStubStatus("something else stands where a number belongs"))
    }

    fn end(&mut self) -> Result<(), NotStubStatus> {
        self.0.next().map_or(Ok(()), |_| Err(NotStubStatus("more follows after its last number")))
    }
}
