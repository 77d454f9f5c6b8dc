//! What a configuration for another tool would become.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{ImportParams, ImportView};
use crate::project::{Project, absolute};
use seatrial_core::import::{KAMAL_FILE, import};
use seatrial_engine::repo;

/// The most of Kamal's file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

impl App {
    /// Reads it and writes nothing.
    pub async fn import_preview(&self, params: ImportParams) -> Result<ImportView, ApiError> {
        let folder = absolute(&params.folder)?;
        let project = Project::glance(&folder).await?;
        let read = move |_: &_| {
            let inside = repo::Inside::open(&folder).ok();
            let bytes = inside.and_then(|inside| inside.read(KAMAL_FILE, LARGEST).ok());
            Ok::<_, ApiError>(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
        };
        let kamal = self.ask(read).await?;
        let Some(found) = import(&project.facts, kamal.as_deref()) else {
            let nothing =
                ImportView { tool: None, file: None, taken: Vec::new(), left: Vec::new(), text: None };
            return Ok(nothing);
        };
        Ok(ImportView {
            tool: Some(found.tool.to_owned()),
            file: Some(found.file),
            taken: found.taken,
            left: found.left,
            text: found.text,
        })
    }
}
