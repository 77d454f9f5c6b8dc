//! Tells a person who does something else that a run ended or needs somebody. The inbox of the page says the same, so
//! nothing is lost where a desktop shows no notifications.

use crate::commands::Platform;
use crate::{report, window};
use chrono::{DateTime, Utc};
use notify_rust::Notification;
use seatrial_app::App;
use seatrial_app::api::types::{Inbox, InboxItem, ListParams, Nothing};
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::AppHandle;

/// More than so many at once become one.
const MOST: usize = 3;

/// What was told up to now.
pub(crate) struct Notices {
    until: DateTime<Utc>,
}

impl Notices {
    /// Starts with what happens from now on.
    pub(crate) fn new() -> Self {
        Self { until: Utc::now() }
    }

    /// Tells what is new in the inbox, unless the person looks at the window or wants no notifications.
    pub(crate) async fn look(&mut self, desktop: &AppHandle<Platform>, app: &App) {
        let newest = ListParams { app: None, environment: None, limit: Some(20), before: None };
        let Ok(inbox) = app.inbox_list(newest).await else { return };
        let news = self.news(&inbox);
        let watched = window::find(desktop).is_some_and(|window| window.is_focused().unwrap_or(false));
        if news.is_empty()
            || watched
            || !app.settings_get(Nothing {}).await.is_ok_and(|settings| settings.notify)
        {
            return;
        }
        for (title, text) in texts(&news) {
            show(&title, &text);
        }
    }

    fn news(&mut self, inbox: &Inbox) -> Vec<InboxItem> {
        let new = inbox.items.iter().filter(|item| item.at > self.until);
        let news: Vec<InboxItem> = new.cloned().collect();
        self.until = news.iter().map(|item| item.at).max().unwrap_or(self.until);
        news
    }
}

/// Titles and texts, newest last, so that it is on top.
fn texts(news: &[InboxItem]) -> Vec<(String, String)> {
    if news.len() > MOST {
        let waiting = news.iter().filter(|item| item.waits).count();
        let needs = if waiting == 0 { String::new() } else { format!("{waiting} of them need a person. ") };
        return vec![(format!("{} runs ended", news.len()), format!("{needs}The inbox lists them."))];
    }
    news.iter().rev().map(|item| (item.title.clone(), item.text.clone())).collect()
}

/// Shows a notification; waits for the desktop on a thread of its own, because it may never answer.
pub(crate) fn show(title: &str, text: &str) {
    let mut notice = Notification::new();
    notice.appname("Seatrial").summary(title).body(text);
    #[cfg(target_os = "linux")]
    notice.icon("seatrial-desktop").hint(notify_rust::Hint::DesktopEntry("seatrial-desktop".to_owned()));
    #[cfg(windows)]
    notice.app_id("dev.seatrial.desktop");
    static SILENT: AtomicBool = AtomicBool::new(false);
    std::thread::spawn(move || {
        if let Err(error) = notice.show()
            && !SILENT.swap(true, Ordering::Relaxed)
        {
            report::tell(&format!("the desktop shows no notifications: {error}"));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inbox(times: &[&str]) -> Inbox {
        let line = json!({
            "run": "0197a000-1111-7abc-8def-0123456789ab", "app": "guestbook", "environment": "prod", "kind": "deploy",
            "phases": [], "status": "succeeded", "version": null, "actor": { "user": "ada", "machine": "workbench" },
            "trigger": "terminal", "created_at": "2026-01-01T00:00:00Z", "ended_at": null, "proof": null,
            "verdict": null, "reason": null
        });
        let item = |at: &&str| json!({ "run": line, "title": at, "text": "t", "at": at, "waits": true, "seen": false });
        let items: Vec<_> = times.iter().map(item).collect();
        serde_json::from_value(json!({ "items": items, "unseen": 0 })).unwrap()
    }

    fn from(at: &str) -> Notices {
        Notices { until: at.parse().unwrap() }
    }

    #[test]
    fn only_what_is_new_is_told_and_only_once() {
        let mut notices = from("2026-01-02T00:00:00Z");
        let inbox = inbox(&["2026-01-04T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"]);
        let titles: Vec<String> = texts(&notices.news(&inbox)).into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles, ["2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"]);
        assert!(notices.news(&inbox).is_empty());
    }

    #[test]
    fn many_at_once_are_one() {
        let all = inbox(&[
            "2026-01-02T00:00:00Z",
            "2026-01-03T00:00:00Z",
            "2026-01-04T00:00:00Z",
            "2026-01-05T00:00:00Z",
        ]);
        let told = texts(&from("2026-01-01T00:00:00Z").news(&all));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "4 runs ended");
        assert!(told[0].1.contains("4 of them need a person"), "{told:?}");
    }
}
