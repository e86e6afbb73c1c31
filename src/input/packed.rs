//! Unpacks what log rotation packs: gzip, xz, zstd and bzip2, told apart by their first bytes.
//! Knows: the formats' marks. Does not know: names, or what is inside.

use std::io::{self, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// As much of a file as [`Format::of`] wants to see, in bytes.
pub const MARK_BYTES: usize = 10;

/// What `xz -9` asks for, twice over. A file that wants more is refused.
const XZ_MEMORY_BYTES_MAX: u64 = 128 << 20;
/// What `zstd --ultra -22` asks for: 2^27 bytes. A file that wants more is refused.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Gzip,
    Xz,
    Zstd,
    Bzip2,
}

impl Format {
    /// `None`: it is not packed, as far as is known here.
    pub fn of(head: &[u8]) -> Option<Self> {
        let is_block = |rest: &[u8]| {
            let (size, mark) = rest.split_first().unwrap_or((&0, &[]));
            // The digits of pi before each block, those of its root where there is none.
            size.is_ascii_digit()
                && (mark.starts_with(b"\x31\x41\x59\x26\x53\x59") || mark.starts_with(b"\x17\x72\x45"))
        };
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', rest @ ..] if is_block(rest) => Some(Self::Bzip2),
            _ => None,
        }
    }
}

/// The content of a packed stream. Streams that were packed apart and joined are read as one.
pub enum Unpacked<R: Read> {
    Gzip(Box<MultiGzDecoder<R>>),
    Xz(Box<XzDecoder<R>>),
    Zstd(Box<zstd::Decoder<'static, io::BufReader<R>>>),
    Bzip2(Box<MultiBzDecoder<R>>),
}

impl<R: Read> Unpacked<R> {
    /// `packed` stands at its first byte.
    pub fn new(format: Format, packed: R) -> io::Result<Self> {
        Ok(match format {
            Format::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(packed))),
            Format::Bzip2 => Self::Bzip2(Box::new(MultiBzDecoder::new(packed))),
            Format::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES_MAX, CONCATENATED)?;
                Self::Xz(Box::new(XzDecoder::new_stream(packed, stream)))
            }
            Format::Zstd => {
                let mut decoder = zstd::Decoder::new(packed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                Self::Zstd(Box::new(decoder))
            }
        })
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Xz(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
            Self::Bzip2(decoder) => decoder.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn check(format: Format, packed: &[u8], content: &[u8]) {
        assert_eq!(Format::of(&packed[..packed.len().min(MARK_BYTES)]), Some(format));
        let twice = [packed, packed].concat();
        let mut unpacked = Vec::new();
        Unpacked::new(format, &twice[..]).unwrap().read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, [content, content].concat(), "{format:?}");
        let cut = &packed[..packed.len() - 4];
        assert!(Unpacked::new(format, cut).unwrap().read_to_end(&mut Vec::new()).is_err(), "{format:?} cut short");
    }

    #[test]
    fn each_format_is_known_and_unpacked() {
        let content: Vec<u8> = (0..20_000).flat_map(|number| format!("line {number}\n").into_bytes()).collect();
        for content in [&content[..], b"one line\n"] {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(content).unwrap();
            check(Format::Gzip, &gzip.finish().unwrap(), content);
            let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
            xz.write_all(content).unwrap();
            check(Format::Xz, &xz.finish().unwrap(), content);
            check(Format::Zstd, &zstd::encode_all(content, 1).unwrap(), content);
            let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            bzip2.write_all(content).unwrap();
            check(Format::Bzip2, &bzip2.finish().unwrap(), content);
        }
    }

    #[test]
    fn text_is_not_packed() {
        for head in [&b""[..], b"B", b"BZh", b"BZh9 is a word", b"192.0.2.1 - - [", b"\0\0\0\0"] {
            assert_eq!(Format::of(head), None);
        }
    }
}
