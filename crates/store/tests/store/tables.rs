use crate::scene::*;
use rusqlite::Connection;
use seatrial_core::model::{AppId, AppName, Digest};
use seatrial_store::{
    App, AppError, AuditCheck, EnvValue, Secret, SecretError, SecretKey, Trust, TrustedFile,
};
use std::collections::BTreeMap;
use tempfile::tempdir;

fn an_app(n: u128, name: &str, folder: &str) -> App {
    let name = AppName::new(name).unwrap();
    App { id: AppId(id(n)), name, folder: folder.into(), added_at: now(), opened_at: now() }
}

#[test]
fn an_app_is_known_by_its_name_and_by_its_folder() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let kept = store.put_app(an_app(1, "guestbook", "/src/guestbook")).unwrap();
    store.put_app(an_app(2, "shop", "/src/shop")).unwrap();
    assert_eq!(store.app(&app()).unwrap(), Some(kept.clone()));
    assert_eq!(store.app_in("/src/guestbook").unwrap(), Some(kept));
    let taken = store.put_app(an_app(3, "shop", "/elsewhere")).unwrap_err();
    assert!(matches!(taken, AppError::NameTaken { folder, .. } if folder == "/src/shop"));
    store.put_app(an_app(2, "shop", "/moved/shop")).unwrap();
    assert_eq!(store.app_in("/src/shop").unwrap(), None);
    assert_eq!(store.apps().unwrap().len(), 2);
    assert!(store.forget_app(&app()).unwrap());
    assert!(!store.forget_app(&app()).unwrap());
}

#[test]
fn values_of_an_environment_are_set_replaced_and_removed() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let value = |key: &str, value: &str| EnvValue {
        app: app(),
        environment: prod(),
        key: key.into(),
        value: value.into(),
    };
    store.set_env_values(vec![value("MODE", "slow"), value("LIMIT", "5")], now()).unwrap();
    store.set_env_values(vec![value("MODE", "fast")], now()).unwrap();
    assert!(store.unset_env_value(&app(), &prod(), "LIMIT").unwrap());
    assert!(!store.unset_env_value(&app(), &prod(), "LIMIT").unwrap());
    let expected = BTreeMap::from([("MODE".to_owned(), "fast".to_owned())]);
    assert_eq!(store.env_values(&app(), &prod()).unwrap(), expected);
}

#[test]
fn a_secret_is_stored_for_the_next_version_only_and_never_reuses_one() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let key = SecretKey { app: app(), environment: prod(), name: "TOKEN".into() };
    let sealed = |version| Secret { key: key.clone(), version, ciphertext: vec![0, 159], updated_at: now() };
    assert_eq!(store.next_secret_version(&key).unwrap(), 1);
    let first = store.put_secret(sealed(1)).unwrap();
    let error = store.put_secret(sealed(1)).unwrap_err();
    assert!(matches!(error, SecretError::Changed { next: 2, .. }));
    assert_eq!(store.secret(&key).unwrap(), Some(first.clone()));
    assert_eq!(store.secrets(&app(), &prod()).unwrap(), [first]);
    assert!(store.remove_secret(&key, now()).unwrap());
    assert!(!store.remove_secret(&key, now()).unwrap());
    assert_eq!(store.secret(&key).unwrap(), None);
    assert_eq!(store.next_secret_version(&key).unwrap(), 2, "a number is never used for two contents");
}

#[test]
fn a_setting_keeps_its_shape_and_the_first_of_several_wins() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(store.setting::<u32>("proxy.port").unwrap(), None);
    store.set_setting("proxy.port", 8080_u32).unwrap();
    assert_eq!(store.setting::<u32>("proxy.port").unwrap(), Some(8080));
    assert!(store.setting::<Vec<String>>("proxy.port").is_err());
    assert_eq!(store.set_setting_once("salt", "a".to_owned()).unwrap(), "a");
    assert_eq!(store.set_setting_once("salt", "b".to_owned()).unwrap(), "a");
    store.set_setting("target b%", 2).unwrap();
    store.set_setting("target a", 1).unwrap();
    let below = store.settings_below::<u32>("target ").unwrap();
    assert_eq!(below, [("a".to_owned(), 1), ("b%".to_owned(), 2)]);
    assert!(store.remove_setting("target a").unwrap() && !store.remove_setting("target a").unwrap());
    assert_eq!(store.settings_below::<u32>("target ").unwrap().len(), 1);
}

#[test]
fn t7_trust_is_for_exactly_one_content_of_a_folder() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let file = |text: &str| TrustedFile {
        path: "seatrial.toml".into(),
        digest: Digest::of(text.as_bytes()),
        text: Some(text.into()),
    };
    let yes = |text: &str, seconds: i64| Trust {
        folder: "/src/guestbook".into(),
        digest: Digest::of(text.as_bytes()),
        at: now() + chrono::Duration::seconds(seconds),
        actor: actor(),
        files: vec![file(text)],
    };
    let old = store.grant_trust(yes("old", 0)).unwrap();
    let new = store.grant_trust(yes("new", 1)).unwrap();
    assert_eq!(store.trust(&old.folder, &old.digest).unwrap(), Some(old.clone()));
    assert_eq!(store.latest_trust(&old.folder).unwrap(), Some(new));
    assert_eq!(store.trust(&old.folder, &Digest::of(b"changed")).unwrap(), None);
    assert_eq!(store.trust("/elsewhere", &old.digest).unwrap(), None);
    assert_eq!(store.revoke_trust(&old.folder).unwrap(), 2);
    assert_eq!(store.latest_trust(&old.folder).unwrap(), None);
}

#[test]
fn d16_an_audit_entry_cannot_be_changed_moved_or_taken_out_unnoticed() {
    let dir = tempdir().unwrap();
    let write = |n: u64| {
        let what = serde_json::json!({ "did": "deploy", "n": n });
        open(dir.path()).audit(now(), actor(), what).unwrap()
    };
    let entries: Vec<_> = (1..=4).map(write).collect();
    let store = open(dir.path());
    let intact = AuditCheck::Intact { entries: 4, last: Some(entries[3].hash.clone()) };
    assert_eq!(store.verify_audit().unwrap(), intact);
    let newest_first: Vec<_> = entries.into_iter().rev().collect();
    assert_eq!(store.audit_entries(None, 9).unwrap(), newest_first);
    assert_eq!(store.audit_entries(Some(3), 1).unwrap(), newest_first[2..3]);
    for (forgery, noticed) in [
        ("UPDATE audit SET what = json_set(what, '$.n', 9) WHERE number = 2", 2),
        ("UPDATE audit SET at = at + 1 WHERE number = 4", 4),
        ("UPDATE audit SET actor = json_set(actor, '$.user', 'eve') WHERE number = 1", 1),
        ("UPDATE audit SET previous = hash WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 3", 4),
        ("DELETE FROM audit WHERE number = 1", 2),
    ] {
        let mut conn = Connection::open(dir.path().join("seatrial.db")).unwrap();
        let tx = conn.transaction().unwrap();
        tx.execute(forgery, []).unwrap();
        tx.commit().unwrap();
        assert_eq!(store.verify_audit().unwrap(), AuditCheck::Broken { number: noticed }, "{forgery}");
        restore(&mut conn, &newest_first);
        assert_eq!(store.verify_audit().unwrap(), intact);
    }
}

fn restore(conn: &mut Connection, entries: &[seatrial_store::AuditEntry]) {
    let tx = conn.transaction().unwrap();
    tx.execute("DELETE FROM audit", []).unwrap();
    for e in entries {
        let (actor, what) = (serde_json::to_string(&e.actor).unwrap(), e.what.to_string());
        let values = (e.number, e.previous.as_str(), e.hash.as_str(), e.at.timestamp_micros(), actor, what);
        tx.execute("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6)", values).unwrap();
    }
    tx.commit().unwrap();
}
