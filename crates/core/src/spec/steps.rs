//! Command steps: from the tables of the file to a checked graph.

use super::format::Format;
use super::matrix::{self, Combination};
use super::node::{Data, Entry, Place, Table};
use super::read::nearest;
use super::resolved::StepSpec;
use super::section::{Picker, Section};
use crate::model::{Phase, Practice, StepId};
use crate::pipeline::{Cause, Retry};
use std::collections::BTreeMap;

/// More steps in one table are refused.
const MOST_STEPS: usize = 200;

/// Names of the steps that Seatrial plans itself; a declared step cannot have one, since names are unique in a run.
pub const OWN_STEPS: [&str; 23] = [
    "version",
    "package",
    "release",
    "preflight",
    "transfer",
    "proxy",
    "route",
    "clear",
    "launch",
    "start",
    "health",
    "verify",
    "workers",
    "hold",
    "switch",
    "drain",
    "stop",
    "stop-workers",
    "tidy",
    "smoke",
    "availability",
    "verdict",
    "rollback",
];

/// Whether a step that Seatrial plans itself has this name; with several hosts, one on each: `launch-2`.
pub(super) fn is_own(id: &str) -> bool {
    let numbered = id.rsplit_once('-').filter(|(_, number)| number.parse::<u32>().is_ok());
    OWN_STEPS.contains(&id) || numbered.is_some_and(|(name, _)| OWN_STEPS.contains(&name))
}

/// The steps of one phase with what is needed to check them together.
pub(crate) struct Steps<'n> {
    phase: Phase,
    declared: Vec<Declared<'n>>,
}

/// One step as it was declared, before its matrix is applied.
struct Declared<'n> {
    entry: &'n Entry,
    section: Section<'n>,
    /// Names of what it became.
    copies: Vec<StepId>,
}

impl<'n> Steps<'n> {
    /// The steps of `tables`, where later tables add to earlier ones or replace steps of the same name.
    pub(crate) fn of(phase: Phase, path: &str, tables: &[&'n Table], picker: &mut Picker<'_, '_>) -> Self {
        let mut declared: Vec<Declared<'n>> = Vec::new();
        for entry in tables.iter().flat_map(|table| &table.entries) {
            let Some(table) = entry.node.as_table() else { continue };
            let Some(shape) = table.shape else { continue };
            let path = format!("{path}.steps.{}", entry.name);
            let section = Section { shape, layers: vec![table], path, at: entry.key_at.clone() };
            let one = Declared { entry, section, copies: Vec::new() };
            match declared.iter().position(|d| d.entry.name == entry.name) {
                Some(at) => declared[at] = one,
                None if declared.len() < MOST_STEPS => declared.push(one),
                None => {
                    let message = format!("more than {MOST_STEPS} steps");
                    picker.problems.error(entry.key_at.clone(), message, None);
                    break;
                }
            }
        }
        Self { phase, declared }
    }

    /// Resolves and checks all of them. `elsewhere` are the steps of the other phase.
    pub(crate) fn resolve(mut self, elsewhere: &[StepSpec], picker: &mut Picker<'_, '_>) -> Vec<StepSpec> {
        let mut resolved: Vec<(usize, StepSpec)> = Vec::new();
        let mut taken: BTreeMap<StepId, String> =
            elsewhere.iter().map(|step| (step.id.clone(), format!("a step of {}", step.phase))).collect();
        for (index, declared) in self.declared.iter_mut().enumerate() {
            for step in declared.expand(self.phase, picker) {
                let owner = format!("`{}`", declared.entry.name);
                if is_own(step.id.as_str()) {
                    refuse_own_name(declared.entry, &step, picker);
                }
                if let Some(other) = taken.insert(step.id.clone(), owner.clone()) {
                    let message = match other == owner {
                        true => format!("two copies of {owner} would be called `{}`", step.id),
                        false => format!("the step name `{}` is already used by {other}", step.id),
                    };
                    let hint = Some("names are unique in build and evaluate together".to_owned());
                    picker.problems.error(declared.entry.key_at.clone(), message, hint);
                }
                declared.copies.push(step.id.clone());
                resolved.push((index, step));
            }
        }
        let edges = self.edges(elsewhere, picker);
        self.refuse_cycles(&edges, picker);
        resolved
            .into_iter()
            .map(|(index, mut step)| {
                step.needs = edges[index].iter().flat_map(|edge| edge.copies.iter().cloned()).collect();
                step
            })
            .collect()
    }

    /// What every declared step needs.
    fn edges(&self, elsewhere: &[StepSpec], picker: &mut Picker<'_, '_>) -> Vec<Vec<Edge>> {
        let mut names: BTreeMap<&str, Edge> = BTreeMap::new();
        for (index, declared) in self.declared.iter().enumerate() {
            for copy in &declared.copies {
                names.insert(copy.as_str(), Edge { index, copies: vec![copy.clone()] });
            }
        }
        for (index, declared) in self.declared.iter().enumerate() {
            names.insert(&declared.entry.name, Edge { index, copies: declared.copies.clone() });
        }
        let mut edges = Vec::new();
        for declared in &self.declared {
            let mut own: Vec<Edge> = Vec::new();
            for (need, at) in declared.needs(picker) {
                match names.get(need.as_str()) {
                    Some(edge) if own.contains(edge) => {}
                    Some(edge) => own.push(edge.clone()),
                    None => self.unknown_need(&need, at, elsewhere, &names, picker),
                }
            }
            edges.push(own);
        }
        edges
    }

    fn unknown_need(
        &self,
        need: &str,
        at: Place,
        elsewhere: &[StepSpec],
        names: &BTreeMap<&str, Edge>,
        picker: &mut Picker<'_, '_>,
    ) {
        if let Some(other) = elsewhere.iter().find(|step| step.id.as_str() == need) {
            let message = format!("`{need}` is a step of {}, not of {}", other.phase, self.phase);
            let hint = format!("leave it out: {} comes after {} anyway", self.phase, other.phase);
            picker.problems.error(at, message, Some(hint));
            return;
        }
        let known: Vec<&str> = names.keys().copied().collect();
        let hint = match nearest(need, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("steps here: {}", known.join(", ")),
        };
        picker.problems.error(at, format!("`{need}` is not a step here"), Some(hint));
    }

    /// Names every circle once, at the `needs` that closes it.
    fn refuse_cycles(&self, edges: &[Vec<Edge>], picker: &mut Picker<'_, '_>) {
        let mut done = vec![false; edges.len()];
        for start in 0..edges.len() {
            let mut path = Vec::new();
            if let Some(cycle) = find_cycle(start, edges, &mut done, &mut path) {
                let first = self.declared[cycle[0]].entry;
                let mut names: Vec<&str> =
                    cycle.iter().map(|i| self.declared[*i].entry.name.as_str()).collect();
                names.push(&first.name);
                let at = self.declared[cycle[0]].section.place("needs");
                let message = format!("`needs` goes in a circle: {}", names.join(" -> "));
                picker.problems.error(at, message, Some("remove one of these needs".to_owned()));
            }
        }
    }
}

fn refuse_own_name(entry: &Entry, step: &StepSpec, picker: &mut Picker<'_, '_>) {
    let message = format!("`{}` is a step Seatrial has itself", step.id);
    let practice = match step.practice {
        practice if practice.phase() == Some(step.phase) => format!(" with `practice = \"{practice}\"`"),
        _ => String::new(),
    };
    let hint = format!("give yours another name, such as `own-{}`{practice}", step.id);
    picker.problems.error(entry.key_at.clone(), message, Some(hint));
}

/// A step that is needed, with the copies its matrix made.
#[derive(Clone, PartialEq, Eq)]
struct Edge {
    index: usize,
    copies: Vec<StepId>,
}

/// The steps of a circle that can be reached from `at`, beginning with the one met first.
fn find_cycle(
    at: usize,
    edges: &[Vec<Edge>],
    done: &mut [bool],
    path: &mut Vec<usize>,
) -> Option<Vec<usize>> {
    if let Some(start) = path.iter().position(|p| *p == at) {
        return Some(path[start..].to_vec());
    }
    if done[at] {
        return None;
    }
    path.push(at);
    let found = edges[at].iter().find_map(|edge| find_cycle(edge.index, edges, done, path));
    path.pop();
    done[at] = true;
    found
}

impl Declared<'_> {
    fn needs(&self, picker: &mut Picker<'_, '_>) -> Vec<(String, Place)> {
        let nodes = picker.value(&self.section, "needs").items();
        nodes.into_iter().filter_map(|node| Some((node.as_text()?.to_owned(), node.at))).collect()
    }

    /// The step once for every combination of its matrix.
    fn expand(&self, phase: Phase, picker: &mut Picker<'_, '_>) -> Vec<StepSpec> {
        let practice = self.practice(phase, picker);
        let template = self.template(phase, practice, picker);
        let combinations = match self.section.entry("matrix") {
            Some(entry) => {
                let origin = picker.written_at(&entry.node.at);
                picker.note(self.section.dotted("matrix"), origin);
                matrix::combinations(&entry.node, picker.problems)
            }
            None => vec![Combination::default()],
        };
        combinations.iter().filter_map(|one| self.copy(&template, one, picker)).collect()
    }

    fn copy(&self, template: &StepSpec, one: &Combination, picker: &mut Picker<'_, '_>) -> Option<StepSpec> {
        let full = format!("{}{}", self.entry.name, one.suffix());
        let Ok(id) = StepId::new(full.clone()) else {
            // A wrong name of the step itself is reported where it was read.
            if !one.is_empty() && StepId::new(self.entry.name.clone()).is_ok() {
                let message = format!("the copy's name `{full}` is too long");
                let hint = Some("shorten the step's name or the matrix' values".to_owned());
                picker.problems.error(self.entry.key_at.clone(), message, hint);
            }
            return None;
        };
        let mut step = StepSpec { id, ..template.clone() };
        let problems = &mut *picker.problems;
        one.fill(&mut step.command, &self.section.place("run"), problems);
        one.fill(&mut step.folder, &self.section.place("folder"), problems);
        for value in step.env.values_mut() {
            one.fill(value, &self.section.place("env"), problems);
        }
        // An empty folder did not pass its own check, which is reported.
        if let Some(error) = Format::RelativePath.read(&step.folder).err().filter(|_| !step.folder.is_empty())
        {
            problems.error(self.section.place("folder"), error.about("folder"), error.hint);
        }
        step.env.extend(one.variables());
        Some(step)
    }

    fn template(&self, phase: Phase, practice: Practice, picker: &mut Picker<'_, '_>) -> StepSpec {
        let section = &self.section;
        StepSpec {
            id: StepId::nearest(&self.entry.name),
            phase,
            practice,
            command: picker.written(section, "run").unwrap_or(Data::Wrong).text(),
            folder: picker.value(section, "folder").text(),
            needs: Vec::new(),
            timeout_ms: picker.value(section, "timeout").millis(),
            retry: retry(&section.below("retry"), picker),
            blocking: picker.value(section, "blocking").flag(),
            env: picker.variables(section, "env"),
            secrets: names(picker.value(section, "secrets")),
        }
    }

    fn practice(&self, phase: Phase, picker: &mut Picker<'_, '_>) -> Practice {
        let name = &self.entry.name;
        let path = self.section.dotted("practice");
        if let Some(word) = picker.written(&self.section, "practice") {
            let practice = Practice::from_word(&word.text()).unwrap_or(Practice::Custom);
            self.check_phase(practice, phase, self.section.place("practice"), picker);
            return practice;
        }
        let origin = picker.written_at(&self.entry.key_at);
        picker.note(path, origin);
        match Practice::from_word(name) {
            Some(practice) => {
                self.check_phase(practice, phase, self.entry.key_at.clone(), picker);
                practice
            }
            None => {
                self.warn_of_near_practice(phase, picker);
                Practice::Custom
            }
        }
    }

    fn check_phase(&self, practice: Practice, phase: Phase, at: Place, picker: &mut Picker<'_, '_>) {
        let Some(own) = practice.phase().filter(|own| *own != phase) else { return };
        let message = format!("`{practice}` is a practice of {own}, not of {phase}");
        let custom = "set `practice = \"custom\"` if it is something else";
        let hint = match own {
            Phase::Ship => custom.to_owned(),
            _ => format!("move it to `[{own}.steps.{}]`, or {custom}", self.entry.name),
        };
        picker.problems.error(at, message, Some(hint));
    }

    /// `unit-tests` is taken for `custom`, and maturity will not see the tests.
    fn warn_of_near_practice(&self, phase: Phase, picker: &mut Picker<'_, '_>) {
        let name = self.entry.name.as_str();
        let near = Practice::CATALOGUE
            .iter()
            .filter(|practice| practice.phase() == Some(phase))
            .find(|practice| strsim::damerau_levenshtein(practice.as_str(), clip(name)) <= 1);
        if let Some(practice) = near {
            let message = format!("`{name}` counts as a custom step; there is a practice `{practice}`");
            let hint = format!("call the step `{practice}`, or add `practice = \"{practice}\"`");
            picker.problems.warning(self.entry.key_at.clone(), message, Some(hint));
        }
    }
}

/// No practice has a name that long; comparing more would only cost time.
fn clip(name: &str) -> &str {
    name.get(..40).unwrap_or(name)
}

fn names(list: Data) -> Vec<String> {
    list.items().into_iter().map(|node| node.data.text()).collect()
}

fn retry(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Retry {
    if section.layers.is_empty() {
        picker.note(section.path.clone(), super::resolved::Origin::Default);
        return Retry::default();
    }
    let origin = picker.written_at(&section.at);
    picker.note(section.path.clone(), origin);
    let causes = picker.written(section, "on").map(names).unwrap_or_default();
    Retry {
        times: picker.value(section, "times").whole(),
        on: causes.into_iter().filter_map(|word| serde_json::from_value::<Cause>(word.into()).ok()).collect(),
        wait_ms: picker.value(section, "wait").millis(),
    }
}
