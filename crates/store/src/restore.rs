//! Going back to a copy of the journal while the program runs.

use crate::append::{After, Append, AppendError};
use crate::backup::{Backup, RestoreError, Unusable, unusable};
use crate::connection;
use crate::error::StoreError;
use crate::folder;
use crate::migrate;
use crate::open::{JOURNAL_FILE, OpenError, OpenOptions};
use crate::store::Store;
use chrono::{DateTime, Utc};
use seatrial_core::run::{End, EventBody};
use std::fs;
use std::path::{Path, PathBuf};

/// Room in the change feed between what others have seen and what comes back, for what is written meanwhile.
const ROOM: i64 = 1_000;

impl Store {
    /// Puts a copy in the place of the journal, which is copied first; returns that copy. Other processes that have
    /// the journal open go on with the new content. A copy of an older schema is brought to the newest one; one that
    /// is damaged, newer or not ours is refused, and then nothing has changed.
    pub fn put_back(&self, backup: &Path, at: DateTime<Utc>) -> Result<Backup, RestoreError> {
        migrate::inspect(backup).map_err(|e| unusable(backup, e))?;
        let going_on = self.unfinished_runs()?.len();
        if going_on > 0 {
            return Err(RestoreError::RunsGoOn(going_on));
        }
        let coming = Coming::prepare(self, backup, at)?;
        let present = self.backup(at)?;
        self.replace(connection::reader(
            &coming.dir.join(JOURNAL_FILE),
            std::time::Duration::from_secs(10),
        )?)?;
        Ok(present)
    }
}

/// The content that comes back, in a folder of its own that goes with it.
struct Coming {
    dir: PathBuf,
}

impl Coming {
    /// Brings a copy to the newest schema, ends what was going on in it, and gives it a place in the change feed after
    /// everything others have seen.
    fn prepare(present: &Store, backup: &Path, at: DateTime<Utc>) -> Result<Self, RestoreError> {
        let dir = present.dir().join(format!("restoring-{}", std::process::id()));
        if dir.exists() {
            fs::remove_dir_all(&dir).map_err(|e| StoreError::io(&dir, e))?;
        }
        folder::make_private_dir(&dir)?;
        let coming = Self { dir };
        let journal = coming.dir.join(JOURNAL_FILE);
        folder::make_private_file(&journal)?;
        fs::copy(backup, &journal).map_err(|e| StoreError::io(&journal, e))?;
        let opened = Store::open(&coming.dir, &OpenOptions::new(at));
        let (store, _) = opened.map_err(|e| refused(backup, e))?;
        end_what_was_going_on(&store, at)?;
        let change = present.cursor()?.0.max(store.cursor()?.0) + ROOM;
        store.touch_all_at(change)?;
        Ok(coming)
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        // What is left of it is removed by the next one.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A run that was going on when the copy was made must not be taken up again: the world went on without it.
fn end_what_was_going_on(store: &Store, at: DateTime<Utc>) -> Result<(), RestoreError> {
    for run in store.unfinished_runs()? {
        let end = End::NeedsAttention {
            reason: "the history was put back to a copy from the middle of this run; what it did after that is not known"
                .to_owned(),
            choices: vec!["look at the environment".to_owned(), "deploy again".to_owned()],
        };
        let bodies = vec![EventBody::Ended { end }];
        let ended = store.append(Append { run: run.id, after: After::Any, at, bodies, held: None });
        match ended {
            Ok(_) => {}
            Err(AppendError::Store(error)) => return Err(error.into()),
            Err(other) => return Err(StoreError::Corrupt { detail: other.to_string() }.into()),
        }
    }
    Ok(())
}

fn refused(backup: &Path, error: OpenError) -> RestoreError {
    let reason = match error {
        OpenError::Newer { found, known, .. } => Unusable::Newer { found, known },
        OpenError::NotOurs { .. } => Unusable::NotOurs,
        OpenError::Corrupt { detail, .. } => Unusable::Damaged(detail),
        OpenError::Store(error) => return RestoreError::Store(error),
        other => Unusable::Damaged(other.to_string()),
    };
    RestoreError::Unusable { path: backup.to_path_buf(), reason }
}
