//! Runs are event logs: [`Event`]s are appended, [`RunState`] is folded from them and from nothing else.

mod event;
mod state;
mod story;
mod timeline;

pub use event::{
    End, Event, EventBody, Fact, Failure, ProbeTotals, Progress, RunKind, RunRequest, SkipReason, StepResult,
    Wait, Worker,
};
pub use state::{RunState, RunStatus, StepState, StepStatus};
pub use story::Story;
pub use timeline::{Past, Span, Timeline, TimelineRow, Usual, timeline};
