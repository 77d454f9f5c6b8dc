//! The table of commands: name, method, parameters, answer and whether it changes anything. Router, list and
//! schema all come from it.

use super::types::*;
use super::{ApiError, Code};
use crate::App;
use seatrial_core::plan::Plan;
use seatrial_core::run::RunState;
use serde_json::Value;

/// Whether a command only reads, or changes something (and is refused by a read-only page).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only reads.
    Read,
    /// It changes something.
    Change,
}

/// A command of the table.
pub struct Command {
    /// Its name, `noun.verb`.
    pub name: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// One sentence.
    pub about: &'static str,
    /// JSON Schema of its parameters.
    pub params: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// JSON Schema of its answer.
    pub answer: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

macro_rules! commands {
    ($($name:literal $access:ident $method:ident($params:ty) -> $answer:ty, $about:literal;)+) => {
        /// Every command.
        pub const COMMANDS: &[Command] = &[$(Command {
            name: $name,
            access: Access::$access,
            about: $about,
            params: |schemas| schemas.subschema_for::<$params>(),
            answer: |schemas| schemas.subschema_for::<$answer>(),
        },)+];

        impl App {
            /// Calls a command by name, with parameters and answer as JSON.
            pub async fn call(&self, name: &str, params: Value) -> Result<Value, ApiError> {
                match name {
                    $($name => {
                        let params: $params = read(name, params)?;
                        let answer: $answer = Box::pin(self.$method(params)).await?;
                        write(name, &answer)
                    })+
                    _ => Err(unknown(name)),
                }
            }
        }
    };
}

commands! {
    "machine.check" Read machine_check(Nothing) -> MachineView, "Looks at what Seatrial needs on this machine.";
    "proxy.ports" Change proxy_ports(ProxyPorts) -> MachineView, "Chooses the ports of the proxy.";
    "target.list" Read target_list(Nothing) -> Vec<TargetLine>, "Servers that are remembered, then those that only the SSH configuration names.";
    "target.check" Read target_check(TargetRef) -> TargetView, "Looks at a server.";
    "target.accept" Change target_accept(AcceptKeys) -> TargetView, "Accepts keys of a server that a person has compared.";
    "target.add" Change target_add(AddTarget) -> TargetView, "Looks at a server and remembers it, if its key is known or accepted and the login works.";
    "target.forget" Change target_forget(TargetRef) -> TargetLine, "Remembers a server no longer; its keys stay known.";
    "target.preparation" Read target_preparation(TargetRef) -> Preparation, "The commands that a server needs before anything can be shipped to it, with why.";
    "target.prepare" Change target_prepare(PrepareParams) -> PrepareProgress, "Starts exactly the commands that were shown; they come to their end by themselves.";
    "target.progress" Read target_progress(PrepareCursor) -> PrepareProgress, "How far the preparation of a server is.";
    "target.adopt" Change target_adopt(TargetRef) -> Adoption, "Takes up what others did on a server.";
    "app.list" Read app_list(Nothing) -> Vec<AppView>, "Every known app with its environments.";
    "app.get" Read app_get(AppRef) -> AppView, "One app.";
    "app.open" Change app_open(AppRef) -> AppView, "Makes a folder known as an app.";
    "app.init" Change app_init(InitParams) -> InitView, "Proposes, or writes, a configuration for a folder.";
    "app.explain" Read app_explain(AppRef) -> Vec<ExplainedValue>, "Every resolved value with its origin.";
    "sample.create" Change sample_create(SampleParams) -> AppView, "Creates the sample app in a folder.";
    "trust.grant" Change trust_grant(TrustParams) -> TrustView, "Trusts exactly the content that was shown.";
    "run.plan" Read run_plan(PlanParams) -> Plan, "What would be done.";
    "run.start" Change run_start(StartParams) -> Started, "Does what a plan says.";
    "run.get" Read run_get(RunRef) -> RunState, "A run as its events tell it.";
    "run.list" Read run_list(ListParams) -> Vec<RunLine>, "Runs, newest first.";
    "run.find" Read run_find(FindRuns) -> Vec<RunLine>, "Runs a person looks for, newest first.";
    "run.cancel" Change run_cancel(RunRef) -> RunState, "Asks a run to stop.";
    "run.resume" Change run_resume(RunRef) -> Started, "Takes up a run whose worker is gone.";
    "log.lines" Read log_lines(LogParams) -> LogPage, "Lines of a run's log.";
    "verdict.record" Change verdict_record(VerdictParams) -> RunState, "Records a person's decision.";
    "release.list" Read release_list(ListParams) -> Vec<ReleaseLine>, "Releases of an app, newest first.";
    "env.list" Read env_list(EnvironmentRef) -> Vec<ConfigValue>, "An environment's configuration.";
    "env.set" Change env_set(ConfigParams) -> Vec<ConfigValue>, "Sets or removes a value.";
    "secret.list" Read secret_list(EnvironmentRef) -> Vec<SecretLine>, "An environment's secrets, without values.";
    "secret.set" Change secret_set(SecretParams) -> Vec<SecretLine>, "Sets or removes a secret.";
    "fleet.get" Read fleet_get(Nothing) -> FleetView, "Every app and environment at a glance.";
    "environment.get" Read environment_get(EnvironmentRef) -> EnvironmentDetail, "An environment: declared, seen, different.";
    "environment.entrance" Read environment_entrance(EntranceParams) -> Entrance, "The command line that leads into an environment's container or server.";
    "environment.output" Read environment_output(OutputParams) -> OutputPage, "What an environment's app writes, so far or as it comes.";
    "environment.usage" Read environment_usage(UsageParams) -> PlaceUsage, "What an environment's slots use: processor, memory, network.";
    "environment.leftovers" Read environment_leftovers(EnvironmentRef) -> Leftovers, "What an environment's target holds that nothing needs any more.";
    "environment.prune" Change environment_prune(PruneParams) -> Pruned, "Removes exactly what was shown to be left over.";
    "run.timeline" Read run_timeline(RunRef) -> Timeline, "When the steps of a run were done, beside what is usual.";
    "run.compare" Read run_compare(CompareRuns) -> RunComparison, "Two runs beside each other.";
    "log.search" Read log_search(LogSearch) -> LogHits, "Lines of a run's log that have a text.";
    "release.get" Read release_get(ReleaseRef) -> Passport, "A release with everything that is known about it.";
    "release.compare" Read release_compare(CompareReleases) -> ReleaseComparison, "What is different between two releases.";
    "promotion.get" Read promotion_get(PromotionParams) -> Promotion, "What promoting a release would change, and the plan that does it.";
    "pipeline.get" Read pipeline_get(PipelineParams) -> PipelineView, "A pipeline as text and as a graph.";
    "pipeline.save" Change pipeline_save(SavePipeline) -> PipelineView, "Saves a pipeline's text, if nobody else did meanwhile.";
    "import.preview" Read import_preview(ImportParams) -> ImportView, "What a configuration for another tool would become.";
    "inbox.list" Read inbox_list(ListParams) -> Inbox, "Runs that ended or need a person, newest first.";
    "inbox.seen" Change inbox_seen(InboxSeen) -> Inbox, "Marks what was seen.";
    "settings.get" Read settings_get(Nothing) -> SettingsView, "Settings, and copies of the history.";
    "settings.set" Change settings_set(ChangeSettings) -> SettingsView, "Changes settings.";
    "backup.create" Change backup_create(Nothing) -> SettingsView, "Copies the history now.";
    "backup.restore" Change backup_restore(BackupRef) -> SettingsView, "Puts a copy of the history in the place of the present one, which is copied first.";
    "changes.wait" Read changes_wait(ChangesParams) -> Changes, "Waits for something to change.";
}

fn read<T: serde::de::DeserializeOwned>(name: &str, params: Value) -> Result<T, ApiError> {
    // A call without parameters is a call with none.
    let params = if params.is_null() { Value::Object(serde_json::Map::new()) } else { params };
    serde_json::from_value(params)
        .map_err(|e| ApiError::new(Code::Usage, format!("`{name}` cannot be called like this: {e}")))
}

fn write<T: serde::Serialize>(name: &str, answer: &T) -> Result<Value, ApiError> {
    serde_json::to_value(answer)
        .map_err(|e| ApiError::new(Code::Internal, format!("the answer of `{name}` cannot be written: {e}")))
}

fn unknown(name: &str) -> ApiError {
    ApiError::new(Code::Usage, format!("there is no command `{name}`"))
}
