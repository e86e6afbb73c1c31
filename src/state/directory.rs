//! The state directory: one snapshot, one lock, and a few snapshots that were no good.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::snapshot::{Damage, Snapshot};

const SNAPSHOT: &str = "snapshot";
const UNFINISHED: &str = "snapshot.new";
const LOCK: &str = "lock";
const SET_ASIDE: &str = "snapshot.damaged-";
/// Enough to see what went wrong, few enough that a crash loop fills no disk.
const SET_ASIDE_MAX: u32 = 3;
/// Log lines may hold names and addresses, so nobody else needs to read the half lines kept here.
const FILE_MODE: u32 = 0o600;

/// A state directory that is this process's alone. The lock goes with the process, however it ends.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    _lock: File,
}

/// What was found at start-up.
#[derive(Debug, PartialEq, Eq)]
pub enum Loaded<T> {
    /// Nothing was ever saved here.
    Nothing,
    Snapshot(Snapshot<T>),
    /// Something was saved that cannot be continued. Counting begins anew.
    SetAside(SetAside),
}

/// A snapshot that was moved out of the way.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be continued: {damage}; it was set aside as {}, and counting starts from zero", .snapshot.display(), .kept.display())]
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
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(FILE_MODE)
            .open(path.join(LOCK))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StateError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Reads the snapshot. One that is damaged, unreadable, or whose counts have other labels, is set aside.
    pub fn load<T: DeserializeOwned>(&self, labels: &str) -> Result<Loaded<T>, StateError> {
        let path = self.path.join(SNAPSHOT);
        let snapshot = match fs::read(&path) {
            Ok(bytes) => Snapshot::from_bytes(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Loaded::Nothing),
            Err(error) => Err(Damage::Unreadable(error.to_string())),
        };
        let damage = match snapshot {
            Ok(snapshot) if snapshot.labels == labels => return Ok(Loaded::Snapshot(snapshot)),
            Ok(_) => Damage::OtherLabels,
            Err(damage) => damage,
        };
        self.set_aside(path, damage).map(Loaded::SetAside)
    }

    /// Replaces the snapshot. On an error, the one before is still there, whole.
    pub fn save<T: Serialize>(&self, snapshot: &Snapshot<T>) -> Result<(), StateError> {
        let path = self.path.join(UNFINISHED);
        snapshot.to_bytes().map_err(io::Error::from).and_then(|bytes| self.replace(&path, &bytes)).map_err(|source| {
            // Half a snapshot on a full disk is of no use, and takes room.
            let _ = fs::remove_file(&path);
            StateError::Write { path, source }
        })
    }

    /// The new content reaches the disk before the name does, and the name before this returns.
    fn replace(&self, unfinished: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(FILE_MODE).open(unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(unfinished, self.path.join(SNAPSHOT))?;
        File::open(&self.path)?.sync_all()
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
