//! Which layers another engine has: a layer counts only on top of the very layers below it.

use std::collections::BTreeSet;

use seatrial_core::model::Digest;

/// The chain ids of layers, the lowest first: each names a layer together with everything below it.
pub(super) fn chain_ids(layers: &[Digest]) -> Vec<Digest> {
    let mut chain: Vec<Digest> = Vec::with_capacity(layers.len());
    for layer in layers {
        let id = match chain.last() {
            Some(below) => Digest::of(format!("{below} {layer}").as_bytes()),
            None => layer.clone(),
        };
        chain.push(id);
    }
    chain
}

/// How many of an image's lowest layers an engine has that holds images with these layers.
pub(super) fn layers_there<'a>(wanted: &[Digest], held: impl IntoIterator<Item = &'a [Digest]>) -> usize {
    let chains: BTreeSet<Digest> = held.into_iter().flat_map(chain_ids).collect();
    chain_ids(wanted).iter().take_while(|id| chains.contains(*id)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(names: &[&str]) -> Vec<Digest> {
        names.iter().map(|name| Digest::of(name.as_bytes())).collect()
    }

    #[test]
    fn a_chain_id_is_the_digest_of_the_chain_below_and_the_layer() {
        let two = layers(&["a", "b"]);
        let chain = chain_ids(&two);
        assert_eq!(chain[0], two[0], "the lowest layer is its own chain");
        assert_eq!(chain[1], Digest::of(format!("{} {}", two[0], two[1]).as_bytes()));
        // As the image specification of OCI computes it.
        let spec = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(chain_ids(&[spec.parse().unwrap()])[0].as_str(), spec);
    }

    #[test]
    fn only_layers_on_the_same_ground_count() {
        let wanted = layers(&["base", "tools", "app"]);
        let there = |held: &[&[&str]]| {
            let held: Vec<Vec<Digest>> = held.iter().map(|image| layers(image)).collect();
            layers_there(&wanted, held.iter().map(Vec::as_slice))
        };
        assert_eq!(there(&[]), 0);
        assert_eq!(there(&[&["base"]]), 1);
        assert_eq!(there(&[&["base", "tools", "other"]]), 2);
        assert_eq!(there(&[&["other", "tools", "app"]]), 0, "the same layers on another base");
        assert_eq!(there(&[&["base", "app"]]), 1, "not with one left out between them");
        assert_eq!(there(&[&["base"], &["base", "tools", "app"]]), 3);
    }
}
