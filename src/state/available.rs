//! Whether a state directory could be used, without using it: nothing is created, so that a check that an administrator
//! runs leaves nothing behind which the service's own user may not open.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::directory::{StateDirectory, StateError};

/// How a state directory was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Available {
    Free,
    /// It would be created, and can be.
    Missing,
    InUse,
}

impl StateDirectory {
    /// The lock is taken for a moment, and given back.
    pub fn available(path: &Path) -> Result<Available, StateError> {
        let failed = |source| StateError::Open { path: path.to_owned(), source };
        match path.metadata() {
            Ok(stat) if stat.is_dir() => {}
            Ok(_) => return Err(failed(io::ErrorKind::NotADirectory.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return could_be_created(path).map_err(failed),
            Err(error) => return Err(failed(error)),
        }
        may_write(path).map_err(failed)?;
        match File::open(path).map_err(failed)?.try_lock() {
            Ok(()) => Ok(Available::Free),
            Err(TryLockError::WouldBlock) => Ok(Available::InUse),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

fn could_be_created(path: &Path) -> io::Result<Available> {
    let above = path.ancestors().skip(1).map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let nearest = above.into_iter().find(|above| above.exists()).unwrap_or(Path::new("/"));
    may_write(nearest).map(|()| Available::Missing)
}

/// By the effective user, as creating a file is.
fn may_write(directory: &Path) -> io::Result<()> {
    Ok(accessat(CWD, directory, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}
