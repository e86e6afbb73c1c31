//! Reads a stream on a thread of its own, some blocks ahead of whoever needs them.
//! Knows: blocks. Does not know: what makes the stream slow.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Large enough that handing one over costs nothing beside filling it.
const BLOCK_BYTES: usize = 256 * 1024;
/// Enough to even out a slow block on either side.
const BLOCKS_AHEAD: usize = 4;

/// The stream, read ahead.
pub(super) struct Ahead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
}

impl Ahead {
    pub(super) fn of(mut from: impl Read + Send + 'static) -> io::Result<Ahead> {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        let read = move || {
            loop {
                let mut block = Vec::with_capacity(BLOCK_BYTES);
                let read = from.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block);
                // What came before an error is handed out before it; an empty block is the end.
                let over = block.is_empty() || sender.send(Ok(block)).is_err();
                match read {
                    Ok(_) if over => return,
                    Ok(_) => {}
                    // Nobody to tell it to has no use for it either.
                    Err(error) => return sender.send(Err(error)).unwrap_or_default(),
                }
            }
        };
        thread::Builder::new().name("unpack".to_owned()).spawn(read)?;
        Ok(Ahead { blocks, block: Vec::new(), at: 0 })
    }
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            match self.blocks.recv() {
                Ok(block) => (self.block, self.at) = (block?, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = into.len().min(self.block.len() - self.at);
        into[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Error};

    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(Error::other("broken"))
        }
    }

    #[test]
    fn all_bytes_come_in_order_and_an_error_after_them() {
        let text: Vec<u8> = (0..3 * BLOCK_BYTES + 7).map(|at| at as u8).collect();
        let mut read = Vec::new();
        Ahead::of(Cursor::new(text.clone())).expect("a thread").read_to_end(&mut read).expect("no error");
        assert!(read == text);
        let mut read = Vec::new();
        let broken = Ahead::of(Cursor::new(text.clone()).chain(Broken)).expect("a thread").read_to_end(&mut read);
        assert!(broken.is_err() && read == text);
    }
}
