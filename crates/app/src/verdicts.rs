//! A person's decision about a release.

use crate::App;
use crate::api::types::VerdictParams;
use crate::api::{ApiError, Code};
use crate::home::actor;
use chrono::Utc;
use seatrial_core::evaluate::DecidedBy;
use seatrial_core::run::{EventBody, RunState};
use seatrial_store::{After, Append};

impl App {
    /// Records a decision with who took it and why. It stands beside the policy's; the last one counts.
    pub async fn verdict_record(&self, params: VerdictParams) -> Result<RunState, ApiError> {
        let state = self.state(params.run).await?;
        if state.request.environment.is_none() {
            return Err(ApiError::new(Code::Refused, "this run shipped nothing that could be judged")
                .about(params.run));
        }
        let given = EventBody::VerdictGiven {
            verdict: params.verdict,
            by: DecidedBy::Person { actor: actor() },
            reasons: params.note.iter().cloned().collect(),
            note: params.note,
        };
        let append =
            Append { run: params.run, after: After::Any, at: Utc::now(), bodies: vec![given], held: None };
        self.ask(move |store| store.append(append)).await?;
        self.state(params.run).await
    }
}
