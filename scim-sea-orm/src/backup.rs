//! A copy of the whole database, while it is in use, in a file for the service alone.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Statement};

use crate::engine::Engine;
use crate::stores::SqlStores;
use crate::transfer::{Progress, TransferError};

/// A new file that only the service may read (T26). It has its name when it is whole and on the disk; before that it is
/// `NAME.partial`, and gone if it is never finished.
#[derive(Debug)]
pub struct PrivateFile {
    file: BufWriter<File>,
    name: PathBuf,
    partial: PathBuf,
    finished: bool,
}

impl PrivateFile {
    /// A new file of that name.
    ///
    /// # Errors
    /// Fails if there is one already, or if it cannot be made.
    pub fn create(name: impl Into<PathBuf>) -> io::Result<Self> {
        let name = name.into();
        if fs::exists(&name)? {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", name.display())));
        }
        let mut partial = OsString::from(&name);
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // One of an earlier attempt may have other rights.
        if fs::exists(&partial)? {
            fs::remove_file(&partial)?;
        }
        let file = BufWriter::new(options.open(&partial)?);
        Ok(Self { file, name, partial, finished: false })
    }

    /// Puts what was written on the disk and gives the file its name.
    ///
    /// # Errors
    /// Fails if the disk does.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.partial, &self.name)?;
        self.finished = true;
        // The name is on the disk when its folder is.
        let folder = self.name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl io::Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

impl SqlStores {
    /// Writes a copy of the database as it is at one moment into a new file, while the database is in use.
    ///
    /// Of SQLite it is a database, to be opened as it is. Of the others it is an [export](Self::export) of all tenants, to be
    /// [imported](Self::import); their own tools (`pg_dump`, `mariadb-dump --single-transaction`) are the faster way.
    ///
    /// # Errors
    /// Fails if the file is there already or cannot be written, or if the database fails.
    pub async fn backup(&self, file: &Path, progress: &(dyn Fn(Progress) + Sync)) -> Result<(), TransferError> {
        let mut copy = PrivateFile::create(file)?;
        match self.inner.engine {
            Engine::Sqlite => {
                // It is written with the rights that the file has already.
                let partial = copy.partial.to_str().ok_or_else(|| io::Error::other("the name of the file is not Unicode"))?;
                let statement =
                    Statement::from_sql_and_values(self.inner.database.get_database_backend(), "VACUUM INTO ?", [partial.into()]);
                self.inner.database.execute_raw(statement).await?;
            }
            Engine::Postgres | Engine::MySql => {
                self.export(None, &mut copy, progress).await?;
            }
        }
        Ok(copy.finish()?)
    }
}
