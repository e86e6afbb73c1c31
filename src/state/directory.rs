//! The state directory: the snapshot, one lock, and a few snapshots that were no good.
//! Knows: how a file is there whole or not at all, and that others may have planted files here.
//!
//! There are two files. `snapshot` is on the disk when it is there (fsync), at every interval. `snapshot.latest` is
//! what was shown last: written without fsync, it survives any end of this process, but not the power going. At the
//! start the younger one that is whole wins.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::Serialize;

use super::snapshot::{Counts, Damage, Found, Snapshot};

const SYNCED: &str = "snapshot";
const LATEST: &str = "snapshot.latest";
const UNFINISHED: &str = "snapshot.new";
const SET_ASIDE: &str = "snapshot.damaged-";
/// Enough to see what went wrong, few enough that a crash loop fills no disk.
const SET_ASIDE_MAX: u32 = 3;
/// Log lines may hold names and addresses, so nobody else needs to read the half lines saved here.
const FILE_MODE: u32 = 0o600;
/// No snapshot comes near it: 20 000 series and 10 000 logs take some 10 MB.
const SNAPSHOT_BYTES_MAX: u64 = 256 << 20;

/// A state directory that is this process's alone. The lock is on the directory itself and goes with the process,
/// however it ends.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    _lock: File,
}

/// How safe a save has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives the process. Costs no wait for the disk.
    Process,
    /// Survives the power going.
    Power,
}

/// What was found at start-up.
#[derive(Debug, PartialEq, Eq)]
pub struct Loaded<T> {
    /// `None`: nothing was ever saved here, or nothing that is of use.
    pub found: Option<Found<T>>,
    /// What was moved out of the way.
    pub set_aside: Vec<SetAside>,
}

/// A snapshot that was moved out of the way.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be continued: {damage}; it was set aside as {}", .snapshot.display(), .kept.display())]
pub struct SetAside {
    pub snapshot: PathBuf,
    pub kept: PathBuf,
    pub damage: Damage,
}

/// Why the state directory cannot be used. Each is a sentence that names the directory.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("{} is in use by another hangup: give each instance a --path.state of its own", .0.display())]
    InUse(PathBuf),
    #[error("state directory {} cannot be opened ({source}): create it and let this user write to it", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{} cannot be continued and not be set aside either ({source}): move it away", path.display())]
    SetAside { path: PathBuf, source: io::Error },
    #[error("{} cannot be written ({source}): the snapshot before is kept, and the next attempt follows", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl StateDirectory {
    /// Creates the directory where it is missing, and takes it for this process.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError::Open { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let lock = File::open(path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StateError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Reads the younger of the two snapshots that is whole; what is damaged is set aside.
    pub fn load<T: Counts>(&self) -> Result<Loaded<T>, StateError> {
        let mut loaded = Loaded { found: None::<Found<T>>, set_aside: Vec::new() };
        for name in [SYNCED, LATEST] {
            let path = self.path.join(name);
            let found = match read(&path) {
                Ok(None) => continue,
                Ok(Some(bytes)) => Found::from_bytes(&bytes),
                Err(damage) => Err(damage),
            };
            match found {
                Ok(found) if loaded.found.as_ref().is_none_or(|held| held.sequence < found.sequence) => {
                    loaded.found = Some(found);
                }
                Ok(_) => {}
                Err(damage) => loaded.set_aside.push(self.set_aside(path, damage)?),
            }
        }
        Ok(loaded)
    }

    /// Replaces the snapshot. On an error, the one before is still there, whole.
    pub fn save<T: Serialize>(&self, snapshot: &Snapshot<T>, durability: Durability) -> Result<(), StateError> {
        let path = self.path.join(UNFINISHED);
        let written = snapshot.to_bytes().map_err(io::Error::from);
        written.and_then(|bytes| self.replace(&path, &bytes, durability)).map_err(|source| {
            // Half a snapshot on a full disk is of no use, and takes room.
            let _ = fs::remove_file(&path);
            StateError::Write { path, source }
        })
    }

    /// The new content reaches the disk before the name does, and the name before this returns.
    fn replace(&self, unfinished: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
        let mut file = create(unfinished)?;
        file.write_all(bytes)?;
        match durability {
            Durability::Process => fs::rename(unfinished, self.path.join(LATEST)),
            Durability::Power => {
                file.sync_all()?;
                fs::rename(unfinished, self.path.join(SYNCED))?;
                File::open(&self.path)?.sync_all()
            }
        }
    }

    /// Makes room for one more, the newest being number 1.
    fn set_aside(&self, snapshot: PathBuf, damage: Damage) -> Result<SetAside, StateError> {
        let name = |number: u32| self.path.join(format!("{SET_ASIDE}{number}"));
        for number in (1..SET_ASIDE_MAX).rev() {
            // There may be none of that number yet.
            let _ = fs::rename(name(number), name(number + 1));
        }
        match fs::rename(&snapshot, name(1)) {
            Ok(()) => Ok(SetAside { snapshot, kept: name(1), damage }),
            Err(source) => Err(StateError::SetAside { path: snapshot, source }),
        }
    }
}

/// A new file of ours: what stands under its name is removed, never written through.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().create_new(true).write(true).mode(FILE_MODE).open(path)
}

/// The bytes of a plain file; `None` where there is none. Neither a link nor a pipe is followed or waited for.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Damage> {
    let unreadable = |error: io::Error| Damage::Unreadable(error.to_string());
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) if path.is_symlink() => return Err(Damage::NotAFile),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Damage::NotAFile);
    }
    if metadata.len() > SNAPSHOT_BYTES_MAX {
        return Err(Damage::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.take(SNAPSHOT_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(bytes))
}
