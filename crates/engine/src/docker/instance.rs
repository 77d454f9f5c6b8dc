//! Which objects on an engine are ours: prefix of the name and label must agree.

use std::collections::BTreeMap;

/// Label that names the owning instance.
pub const LABEL_OWNER: &str = "dev.seatrial.owner";
/// Label with the hash of the specification an object was made from.
pub const LABEL_SPEC: &str = "dev.seatrial.spec";
/// Label with the operation that made an object.
pub const LABEL_OPERATION: &str = "dev.seatrial.op";
/// Label of what the engine starts again by itself while it is meant to run.
pub(crate) const LABEL_STAYS_UP: &str = "dev.seatrial.stays-up";

const MAIN: &str = "main";

/// One Seatrial on an engine. Several can work beside each other, for example a test beside the real one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Instance(String);

impl Default for Instance {
    fn default() -> Self {
        Self(MAIN.to_owned())
    }
}

/// The given text cannot name an instance.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{given:?} cannot name an instance: use 1 to 20 of a-z and 0-9")]
pub struct InvalidInstance {
    /// What was given.
    pub given: String,
}

impl Instance {
    /// An instance of that name: 1 to 20 lower-case letters and digits.
    pub fn named(name: &str) -> Result<Self, InvalidInstance> {
        let fits = (1..=20).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if fits { Ok(Self(name.to_owned())) } else { Err(InvalidInstance { given: name.to_owned() }) }
    }

    /// The value of the owner label.
    pub fn label(&self) -> &str {
        &self.0
    }

    /// What all names of this instance start with.
    pub fn prefix(&self) -> String {
        if self.0 == MAIN { "seatrial-".into() } else { format!("seatrial-{}-", self.0) }
    }

    /// The name of one of our objects.
    pub fn name(&self, rest: &str) -> String {
        self.prefix() + rest
    }

    /// Whether name and labels both say that an object is ours. Never one alone: an image's labels become
    /// its container's labels, and anybody may choose a name.
    pub fn owns(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        name.starts_with(&self.prefix()) && labels.get(LABEL_OWNER).is_some_and(|owner| *owner == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(owner: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(LABEL_OWNER.to_owned(), owner.to_owned())])
    }

    #[test]
    fn d15_ownership_needs_both_the_name_and_the_label() {
        let ours = Instance::default();
        assert!(ours.owns("seatrial-shop", &labels("main")));
        assert!(!ours.owns("shop", &labels("main")), "an image can carry our label");
        assert!(!ours.owns("seatrial-shop", &BTreeMap::new()), "anybody can choose our name");
    }

    #[test]
    fn instances_do_not_own_each_others_objects() {
        let (main, test) = (Instance::default(), Instance::named("t1").unwrap());
        assert!(!main.owns(&test.name("shop"), &labels("t1")));
        assert!(!test.owns(&main.name("shop"), &labels("main")));
        assert!(test.owns(&test.name("shop"), &labels("t1")));
    }

    #[test]
    fn an_instance_name_that_would_blur_prefixes_is_refused() {
        for given in ["", "a-b", "Ä", "aaaaaaaaaaaaaaaaaaaaa"] {
            assert!(Instance::named(given).is_err(), "{given}");
        }
    }
}
