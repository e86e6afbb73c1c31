//! A container runtime and the kubelet beside it: what a program writes to its outputs lands in a file as containerd or
//! Docker write it, and the file is rotated as the kubelet rotates it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

/// What containerd and Docker cut a line at.
pub const PART_BYTES: usize = 16 * 1024;
/// Files beside the one that is written, as many as the kubelet keeps by default.
const ROTATED_MAX: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Cri,
    DockerJson,
}

/// Writes what comes through two FIFOs, which a program takes for its standard output and standard error.
pub struct Runtime {
    files: Vec<Arc<Output>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// One file that is written.
pub struct Output {
    path: PathBuf,
    framing: Framing,
    part_bytes: usize,
    /// Replaced between two lines, never between the parts of one.
    file: RwLock<File>,
}

impl Runtime {
    /// The FIFOs are `out.fifo` and `err.fifo` in `dir`; they are there when this returns.
    pub fn start(dir: &Path, outputs: &[(&str, Framing, usize)]) -> Runtime {
        let output = |(path, framing, part_bytes): &(&str, Framing, usize)| {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("writable");
            let file = RwLock::new(append(&path).expect("writable"));
            Arc::new(Output { path, framing: *framing, part_bytes: *part_bytes, file })
        };
        let files: Vec<Arc<Output>> = outputs.iter().map(output).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let threads = ["out", "err"].map(|name| {
            let (fifo, files, stop) = (open_fifo(&dir.join(format!("{name}.fifo"))), files.clone(), Arc::clone(&stop));
            std::thread::spawn(move || copy(fifo, name, &files, &stop))
        });
        Runtime { files, stop, threads: threads.into() }
    }

    pub fn output(&self, index: usize) -> &Output {
        &self.files[index]
    }

    /// Once nobody writes any more, all that was written is in the files.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().expect("it writes"));
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.end();
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn open_fifo(path: &Path) -> File {
    let mode = rustix::fs::Mode::from_raw_mode(0o666);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).expect("a FIFO");
    // Opened for both, it has no end.
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path).expect("a FIFO")
}

fn copy(mut fifo: File, name: &str, files: &[Arc<Output>], stop: &AtomicBool) {
    let (mut buffer, mut line) = (vec![0; 64 * 1024], Vec::new());
    loop {
        match fifo.read(&mut buffer) {
            Ok(count) => {
                for piece in buffer[..count].split_inclusive(|byte| *byte == b'\n') {
                    line.extend_from_slice(piece);
                    if line.ends_with(b"\n") {
                        files.iter().for_each(|file| file.write(name, &line[..line.len() - 1]));
                        line.clear();
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

impl Output {
    /// Part by part, each with a write of its own: those of the other stream come between.
    fn write(&self, stream: &str, line: &[u8]) {
        let file = self.file.read().expect("nobody panics with it");
        let mut parts = line.chunks(self.part_bytes).peekable();
        while let Some(part) = parts.next() {
            let framed = self.framed(stream, part, parts.peek().is_none());
            (&*file).write_all(&framed).expect("room on the disk");
        }
    }

    fn framed(&self, stream: &str, part: &[u8], is_last: bool) -> Vec<u8> {
        const TIME: &str = "2026-11-21T14:17:26.123456789Z";
        match self.framing {
            Framing::Cri => {
                let flag = if is_last { 'F' } else { 'P' };
                [format!("{TIME} std{stream} {flag} ").as_bytes(), part, b"\n"].concat()
            }
            Framing::DockerJson => {
                let mut text = String::from_utf8_lossy(part).into_owned();
                text.push_str(if is_last { "\n" } else { "" });
                // As Go escapes: `<`, `>` and `&`, too.
                let log = serde_json::to_string(&text).expect("text");
                let log = log.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
                format!("{{\"log\":{log},\"stream\":\"std{stream}\",\"time\":\"{TIME}\"}}\n").into_bytes()
            }
        }
    }

    /// What the kubelet does when the file is large enough: the oldest go, what is older than the last is packed through
    /// a file that ends in `.tmp`, the live one is renamed, and the runtime is told to reopen it, `late`. If that fails,
    /// the file is renamed back.
    pub fn rotate(&self, number: u32, late: Duration, reopens: bool) -> io::Result<()> {
        self.pack_older()?;
        let rotated = PathBuf::from(format!("{}.20261121-{number:06}", self.path.display()));
        fs::rename(&self.path, &rotated)?;
        std::thread::sleep(late);
        if reopens {
            *self.file.write().expect("nobody panics with it") = append(&self.path)?;
            return Ok(());
        }
        fs::rename(&rotated, &self.path)
    }

    fn pack_older(&self) -> io::Result<()> {
        let path = |entry: io::Result<fs::DirEntry>| entry.map(|it| it.path());
        let entries = fs::read_dir(self.path.parent().expect("a directory"))?;
        let mut rotated: Vec<PathBuf> = entries.map(path).collect::<io::Result<_>>()?;
        rotated.retain(|path| *path != self.path);
        rotated.sort();
        let spare = rotated.len().saturating_sub(ROTATED_MAX);
        rotated.drain(..spare).try_for_each(fs::remove_file)?;
        for plain in rotated.iter().filter(|path| path.extension().is_none_or(|it| it != "gz")) {
            let end = |end: &str| PathBuf::from(format!("{}{end}", plain.display()));
            let mut packed = flate2::write::GzEncoder::new(File::create(end(".tmp"))?, flate2::Compression::fast());
            io::copy(&mut File::open(plain)?, &mut packed)?;
            packed.finish()?;
            fs::rename(end(".tmp"), end(".gz"))?;
            fs::remove_file(plain)?;
        }
        Ok(())
    }
}
