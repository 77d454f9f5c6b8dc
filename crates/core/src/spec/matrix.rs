//! Copies of a step for every combination of some values. `${matrix.NAME}` is the only expression there is: it
//! is replaced by text, once, and knows nothing else.

use super::node::{Node, Place};
use super::problems::Problems;
use super::section::plain;
use crate::model::StepId;

/// More copies of one step are refused.
const MOST_COPIES: usize = 50;
const OPEN: &str = "${matrix.";

/// One value for every dimension; empty for a step without a matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Combination {
    values: Vec<(String, String)>,
}

/// All combinations, the last dimension changing fastest; none when something is wrong.
pub(crate) fn combinations(matrix: &Node, problems: &mut Problems<'_>) -> Vec<Combination> {
    let Some(table) = matrix.as_table() else { return Vec::new() };
    let mut all = vec![Combination::default()];
    for dimension in &table.entries {
        let values: Vec<String> = dimension.node.items().iter().map(|node| plain(&node.data)).collect();
        if values.iter().any(String::is_empty) || values.is_empty() {
            let message = format!("`{}` needs at least one value, and no empty one", dimension.name);
            problems.error(dimension.node.at.clone(), message, None);
            return Vec::new();
        }
        if all.len().saturating_mul(values.len()) > MOST_COPIES {
            let message = format!("the matrix makes more than {MOST_COPIES} copies of the step");
            let hint = Some("leave out combinations that are not needed, or split the step".to_owned());
            problems.error(matrix.at.clone(), message, hint);
            return Vec::new();
        }
        all = all
            .iter()
            .flat_map(|one| {
                values.iter().map(|value| {
                    let mut values = one.values.clone();
                    values.push((dimension.name.clone(), value.clone()));
                    Combination { values }
                })
            })
            .collect();
    }
    all
}

impl Combination {
    /// Whether it is the one of a step without a matrix.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// What the copy's name ends with: `-3-11`.
    pub(crate) fn suffix(&self) -> String {
        self.values.iter().map(|(_, value)| format!("-{}", StepId::nearest(value))).collect()
    }

    /// The values as variables: `MATRIX_PYTHON`.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        self.values.iter().map(|(name, value)| (format!("MATRIX_{}", name.to_uppercase()), value.clone()))
    }

    /// Puts the values in the place of `${matrix.NAME}`.
    pub(crate) fn fill(&self, text: &mut String, at: &Place, problems: &mut Problems<'_>) {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find(OPEN) {
            out.push_str(&rest[..start]);
            let inner = &rest[start + OPEN.len()..];
            let Some((name, tail)) = inner.split_once('}') else {
                let hint = Some("write `${matrix.NAME}`".to_owned());
                problems.error(at.clone(), "`${matrix.` is not closed".to_owned(), hint);
                return;
            };
            match self.values.iter().find(|(dimension, _)| dimension == name) {
                Some((_, value)) => out.push_str(value),
                None => self.unknown(name, at, problems),
            }
            rest = tail;
        }
        out.push_str(rest);
        *text = out;
    }

    fn unknown(&self, name: &str, at: &Place, problems: &mut Problems<'_>) {
        let known: Vec<&str> = self.values.iter().map(|(dimension, _)| dimension.as_str()).collect();
        let hint = if known.is_empty() {
            format!("add `matrix = {{ {name} = [...] }}` to the step")
        } else {
            format!("dimensions here: {}", known.join(", "))
        };
        problems.error(
            at.clone(),
            format!("`${{matrix.{name}}}` names no dimension of the matrix"),
            Some(hint),
        );
    }
}
