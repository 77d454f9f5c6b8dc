//! Icons in every size and format, made of the one drawing in `icons/`, written or compared.

use crate::failure::{Failure, Outcome};
use crate::{tools, workspace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The drawing. Everything else is made of it.
const DRAWING: &str = "icons/mark.svg";
/// The page shows the drawing itself.
const OF_THE_PAGE: &str = "ui/public/mark.svg";
/// Sizes that Linux desktops look for.
const SIZES: [&str; 7] = ["16", "32", "48", "64", "128", "256", "512"];
/// Several sizes in one file, for macOS and Windows.
const COLLECTIONS: [&str; 2] = ["icon.icns", "icon.ico"];

/// Writes the icons that are not as the drawing says.
pub(crate) fn write() -> Outcome {
    for (file, made) in stale()? {
        std::fs::copy(&made, workspace::root().join(&file))
            .map_err(|error| Failure::io(format!("cannot write {file}"), &error))?;
        println!("wrote {file}");
    }
    Ok(())
}

/// Fails if an icon is not what would be made of the drawing.
pub(crate) fn check() -> Outcome {
    let stale: Vec<String> = stale()?.into_iter().map(|(file, _)| file).collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("not made of {DRAWING} as it is now: {}", stale.join(", ")))
        .hint("run `cargo xtask icons` and commit the result"))
}

/// Icons that differ, with what they should be.
fn stale() -> Outcome<Vec<(String, PathBuf)>> {
    let root = workspace::root();
    let made = make(&root.join(DRAWING))?;
    let mut files: Vec<(String, PathBuf)> =
        made.into_iter().filter_map(|path| Some((named(&path)?, path))).collect();
    files.push((OF_THE_PAGE.to_owned(), root.join(DRAWING)));
    files.retain(|(file, made)| !is_same(&root.join(file), made));
    Ok(files)
}

fn named(made: &Path) -> Option<String> {
    Some(format!("icons/{}", made.file_name()?.to_str()?))
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (std::fs::read(one), std::fs::read(other)) {
        (Ok(one), Ok(other)) => one == other || is_same_collection(&one, &other),
        _ => false,
    }
}

/// Apple's collection is written in another order each time.
fn is_same_collection(one: &[u8], other: &[u8]) -> bool {
    let pictures = pictures_of(one);
    pictures.is_some() && pictures == pictures_of(other)
}

/// The pictures of an `icns` file: each with four letters of kind and four bytes of length, which counts both.
fn pictures_of(file: &[u8]) -> Option<BTreeSet<&[u8]>> {
    let mut rest = file.strip_prefix(b"icns")?.get(4..)?;
    let mut pictures = BTreeSet::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        let (picture, more) = rest.split_at_checked(length.max(8))?;
        pictures.insert(picture);
        rest = more;
    }
    Some(pictures)
}

/// Draws everything into the scratch folder.
fn make(drawing: &Path) -> Outcome<Vec<PathBuf>> {
    tools::provide_ui_packages()?;
    let folder = workspace::scratch("icons")?;
    let tauri = workspace::root().join("ui/node_modules/@tauri-apps/cli/tauri.js").display().to_string();
    let (input, output) = (drawing.display().to_string(), folder.display().to_string());
    let words = [tauri.as_str(), "icon", &input, "--output", &output];
    tools::node(&words)?.limit(120).output()?;
    let sizes = SIZES.iter().flat_map(|size| ["--png", *size]);
    tools::node(&words)?.args(sizes).limit(120).output()?;
    let pictures = SIZES.iter().map(|size| format!("{size}x{size}.png"));
    Ok(pictures.chain(COLLECTIONS.map(str::to_owned)).map(|name| folder.join(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::is_same_collection;

    fn collection(pictures: &[&str]) -> Vec<u8> {
        let mut file = b"icns\0\0\0\0".to_vec();
        for picture in pictures {
            file.extend_from_slice(b"ic07\0\0\0");
            file.push(8 + picture.len() as u8);
            file.extend_from_slice(picture.as_bytes());
        }
        file
    }

    #[test]
    fn a_collection_is_the_same_in_any_order_but_not_with_another_picture() {
        let made = collection(&["small", "large"]);
        assert!(is_same_collection(&made, &collection(&["large", "small"])));
        assert!(!is_same_collection(&made, &collection(&["large", "other"])));
        assert!(!is_same_collection(&made, &made[..made.len() - 1]));
        assert!(!is_same_collection(b"png", b"png"));
    }
}
