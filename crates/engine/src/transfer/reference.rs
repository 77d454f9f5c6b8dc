//! The name under which a target pulls: nobody else on its host can guess it, and we know our own again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use seatrial_core::model::Digest;

use crate::docker::Instance;

/// First part of the repository's name.
const FOLDER: &str = "seatrial-move";
/// A reference this old belongs to a transfer that is long over.
const OLD: Duration = Duration::from_secs(24 * 3600);
/// How many hexadecimal digits of the image stand in it.
const IMAGE_DIGITS: usize = 32;

/// A secret name for one transfer, and the image's tag under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretName {
    repository: String,
    tag: String,
}

impl SecretName {
    /// A new name for an image: 128 random bits.
    pub(super) fn new(instance: &Instance, image: &Digest) -> std::io::Result<Self> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|_| std::io::Error::from(std::io::ErrorKind::Unsupported))?;
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let tag = format!("{}-{:x}", tag_beginning(instance, image), seconds_now());
        Ok(Self { repository: format!("{FOLDER}/{token}"), tag })
    }

    /// Name of the repository.
    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    /// The image's tag.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// The whole reference, for a registry on that port of the target's own loopback.
    pub(super) fn on_port(&self, port: u16) -> String {
        format!("127.0.0.1:{port}/{}:{}", self.repository, self.tag)
    }
}

/// Whether a tag on the target was left by an earlier transfer of the same image, or by any that is long over.
pub(crate) fn is_left_over(tag: &str, instance: &Instance, image: &Digest) -> bool {
    let Some((place, tag)) = tag.rsplit_once(':') else { return false };
    let ours = place.strip_prefix("127.0.0.1:").and_then(|rest| rest.split_once('/')).is_some_and(
        |(port, repository)| {
            port.parse::<u16>().is_ok()
                && repository.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
        },
    );
    let Some((beginning, at)) = tag.rsplit_once('-') else { return false };
    let of_this_instance = beginning.strip_prefix(instance.label()).is_some_and(|rest| rest.starts_with('-'));
    let since = u64::from_str_radix(at, 16).ok().map(|at| seconds_now().saturating_sub(at));
    let old = since.is_some_and(|since| since > OLD.as_secs());
    ours && of_this_instance && (old || beginning == tag_beginning(instance, image))
}

fn tag_beginning(instance: &Instance, image: &Digest) -> String {
    let hex = image.as_str().trim_start_matches("sha256:");
    format!("{}-{}", instance.label(), hex.get(..IMAGE_DIGITS).unwrap_or(hex))
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_transfers_never_have_the_same_name() {
        let (instance, image) = (Instance::default(), Digest::of(b"image"));
        let first = SecretName::new(&instance, &image).unwrap();
        let second = SecretName::new(&instance, &image).unwrap();
        assert_ne!(first.repository(), second.repository());
        assert_eq!(first.repository().len(), FOLDER.len() + 1 + 32);
        assert!(first.tag().len() <= 128, "the longest tag there can be");
    }

    #[test]
    fn only_our_own_names_of_this_image_or_of_long_ago_are_left_over() {
        let (instance, image) = (Instance::default(), Digest::of(b"image"));
        let name = SecretName::new(&instance, &image).unwrap().on_port(4711);
        assert!(is_left_over(&name, &instance, &image));
        assert!(!is_left_over(&name, &instance, &Digest::of(b"other")), "it may be on its way now");
        assert!(!is_left_over(&name, &Instance::named("t1").unwrap(), &image));
        let long_ago = name.rsplit_once('-').unwrap().0.to_owned() + "-5f000000";
        assert!(is_left_over(&long_ago, &instance, &Digest::of(b"other")));
        for foreign in [
            "shop:1.0.0",
            "127.0.0.1:5000/shop:main-5f000000",
            "127.0.0.1:x/seatrial-move/a:main-a-5f000000",
            "127.0.0.1:5000/seatrial-moved/a:main-a-5f000000",
            "registry.invalid:5000/seatrial-move/a:main-a-5f000000",
        ] {
            assert!(!is_left_over(foreign, &instance, &image), "{foreign}");
        }
    }
}
