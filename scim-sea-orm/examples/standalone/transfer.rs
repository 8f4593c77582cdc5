//! `standalone export`, `standalone import` and `standalone backup`

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use clap::Args;
use scim_sea_orm::{PrivateFile, Transferred};

use crate::Failure;
use crate::database::Database;
use crate::progress::Bar;

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    database: Database,
    /// A new file, which only its owner may read; `-` is the standard output.
    file: PathBuf,
}

impl Export {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let stores = self.database.open().await?;
        let bar = Bar::new();
        let show = |progress| bar.show(progress);
        let done = if is_standard(&self.file) {
            stores.export(None, &mut BufWriter::new(std::io::stdout()), &show).await?
        } else {
            let mut file = PrivateFile::create(&self.file)?;
            let done = stores.export(None, &mut file, &show).await?;
            file.finish()?;
            done
        };
        bar.clear();
        stores.close().await?;
        tell("exported", done);
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Import {
    #[command(flatten)]
    database: Database,
    /// An export; `-` is the standard input.
    file: PathBuf,
}

impl Import {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let stores = self.database.open().await?;
        let bar = Bar::new();
        let show = |progress| bar.show(progress);
        let done = if is_standard(&self.file) {
            stores.import(&mut BufReader::new(std::io::stdin()), &show).await?
        } else {
            let file = File::open(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
            stores.import(&mut BufReader::new(file), &show).await?
        };
        bar.clear();
        stores.close().await?;
        tell("imported", done);
        Ok(())
    }
}

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    database: Database,
    /// A new file, which only its owner may read.
    file: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let stores = self.database.open().await?;
        let bar = Bar::new();
        stores.backup(&self.file, &|progress| bar.show(progress)).await?;
        bar.clear();
        stores.close().await?;
        eprintln!("the database is copied");
        Ok(())
    }
}

fn is_standard(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn tell(what: &str, done: Transferred) {
    eprintln!("{} resources and {} elements are {what}", done.resources, done.elements);
}
