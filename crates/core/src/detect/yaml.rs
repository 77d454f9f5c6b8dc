//! Reading YAML that somebody else wrote.

use serde_json::Value;

/// The text is no YAML, or blows up to more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotYaml;

/// A document as plain data, with bounds on what a small text may blow up to.
pub(crate) fn read(text: &str) -> Result<Value, NotYaml> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_depth: 64,
            max_documents: 1,
            max_total_scalar_bytes: 2 * 1024 * 1024,
            max_recorded_anchor_events: 50_000,
            max_recorded_anchor_bytes: 1024 * 1024,
            max_merge_keys: 1_000,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|_| NotYaml)
}
