//! Seatrial's use cases. Every shell (terminal, desktop window, web page) calls the same commands and gets
//! the same answers and the same errors.

pub mod api;

use api::types::*;
use api::{ApiError, Code};
use seatrial_core::plan::Plan;
use seatrial_core::run::RunState;

/// An opened Seatrial home.
#[derive(Clone)]
pub struct App {}

#[allow(missing_docs)]
impl App {
    /// Opens a home.
    pub fn open(_home: std::path::PathBuf) -> Result<Self, ApiError> {
        Ok(Self {})
    }
    /// Carries a run out in this process (the run worker's main job).
    pub async fn work(&self, _run: seatrial_core::model::RunId) -> Result<(), ApiError> {
        Err(ApiError::new(Code::Internal, "being written"))
    }
    pub async fn machine_check(&self, _params: Nothing) -> Result<MachineView, ApiError> {
        Err(ApiError::new(Code::Internal, "machine.check is being written"))
    }
    pub async fn app_list(&self, _params: Nothing) -> Result<Vec<AppView>, ApiError> {
        Err(ApiError::new(Code::Internal, "app.list is being written"))
    }
    pub async fn app_get(&self, _params: AppRef) -> Result<AppView, ApiError> {
        Err(ApiError::new(Code::Internal, "app.get is being written"))
    }
    pub async fn app_open(&self, _params: AppRef) -> Result<AppView, ApiError> {
        Err(ApiError::new(Code::Internal, "app.open is being written"))
    }
    pub async fn app_init(&self, _params: InitParams) -> Result<InitView, ApiError> {
        Err(ApiError::new(Code::Internal, "app.init is being written"))
    }
    pub async fn app_explain(&self, _params: AppRef) -> Result<Vec<ExplainedValue>, ApiError> {
        Err(ApiError::new(Code::Internal, "app.explain is being written"))
    }
    pub async fn sample_create(&self, _params: SampleParams) -> Result<AppView, ApiError> {
        Err(ApiError::new(Code::Internal, "sample.create is being written"))
    }
    pub async fn trust_grant(&self, _params: TrustParams) -> Result<TrustView, ApiError> {
        Err(ApiError::new(Code::Internal, "trust.grant is being written"))
    }
    pub async fn run_plan(&self, _params: PlanParams) -> Result<Plan, ApiError> {
        Err(ApiError::new(Code::Internal, "run.plan is being written"))
    }
    pub async fn run_start(&self, _params: StartParams) -> Result<Started, ApiError> {
        Err(ApiError::new(Code::Internal, "run.start is being written"))
    }
    pub async fn run_get(&self, _params: RunRef) -> Result<RunState, ApiError> {
        Err(ApiError::new(Code::Internal, "run.get is being written"))
    }
    pub async fn run_list(&self, _params: ListParams) -> Result<Vec<RunLine>, ApiError> {
        Err(ApiError::new(Code::Internal, "run.list is being written"))
    }
    pub async fn run_cancel(&self, _params: RunRef) -> Result<RunState, ApiError> {
        Err(ApiError::new(Code::Internal, "run.cancel is being written"))
    }
    pub async fn run_resume(&self, _params: RunRef) -> Result<Started, ApiError> {
        Err(ApiError::new(Code::Internal, "run.resume is being written"))
    }
    pub async fn log_lines(&self, _params: LogParams) -> Result<LogPage, ApiError> {
        Err(ApiError::new(Code::Internal, "log.lines is being written"))
    }
    pub async fn verdict_record(&self, _params: VerdictParams) -> Result<RunState, ApiError> {
        Err(ApiError::new(Code::Internal, "verdict.record is being written"))
    }
    pub async fn release_list(&self, _params: ListParams) -> Result<Vec<ReleaseLine>, ApiError> {
        Err(ApiError::new(Code::Internal, "release.list is being written"))
    }
    pub async fn env_list(&self, _params: EnvironmentRef) -> Result<Vec<ConfigValue>, ApiError> {
        Err(ApiError::new(Code::Internal, "env.list is being written"))
    }
    pub async fn env_set(&self, _params: ConfigParams) -> Result<Vec<ConfigValue>, ApiError> {
        Err(ApiError::new(Code::Internal, "env.set is being written"))
    }
    pub async fn secret_list(&self, _params: EnvironmentRef) -> Result<Vec<SecretLine>, ApiError> {
        Err(ApiError::new(Code::Internal, "secret.list is being written"))
    }
    pub async fn secret_set(&self, _params: SecretParams) -> Result<Vec<SecretLine>, ApiError> {
        Err(ApiError::new(Code::Internal, "secret.set is being written"))
    }
    pub async fn changes_wait(&self, _params: ChangesParams) -> Result<Changes, ApiError> {
        Err(ApiError::new(Code::Internal, "changes.wait is being written"))
    }
}
