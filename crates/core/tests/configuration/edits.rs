//! Edits by the program leave everything else byte for byte.

use seatrial_core::spec::edit::{EditError, Setting, add_environment, remove, set};

fn text(value: &str) -> Setting {
    Setting::Text(value.into())
}

const FILE: &str = "# Our shop\r\napp   = 'shop'  # short\r\n\r\n[env.prod] # the one\r\ntarget = \"docker\"\r\nenv = { LOG = \"info\" , B = 1 } # both\r\n\r\n# after\r\n[ship]\r\nport = 80";

#[test]
fn a_value_is_replaced_in_its_place() {
    assert_eq!(set(FILE, "app", &text("store")).unwrap(), FILE.replace("'shop'", "\"store\""));
    assert_eq!(set(FILE, "env.prod.env.LOG", &text("debug")).unwrap(), FILE.replace("\"info\"", "\"debug\""));
    assert_eq!(set(FILE, "ship.port", &Setting::Whole(81)).unwrap(), FILE.replace("80", "81"));
}

#[test]
fn a_value_is_added_where_it_belongs() {
    assert_eq!(set(FILE, "env.prod.env.C", &text("c")).unwrap(), FILE.replace("B = 1", "B = 1, C = \"c\""));
    assert_eq!(
        set(FILE, "env.prod.production", &Setting::Flag(true)).unwrap(),
        FILE.replace("# both\r\n", "# both\r\nproduction = true\r\n")
    );
    assert_eq!(
        set(FILE, "ship.command", &Setting::List(vec!["a".into(), "b\"c".into()])).unwrap(),
        format!("{FILE}\r\ncommand = [\"a\", 'b\"c']\r\n")
    );
    assert_eq!(
        set(FILE, "evaluate.verdict", &text("person")).unwrap(),
        format!("{FILE}\r\n\r\n[evaluate]\r\nverdict = \"person\"\r\n")
    );
    assert_eq!(
        set(FILE, "env.prod.ship.drain", &text("1s")).unwrap(),
        FILE.replace("# both\r\n", "# both\r\nship.drain = \"1s\"\r\n")
    );
}

#[test]
fn a_value_finds_its_place_in_every_way_a_file_can_be_written() {
    for (before, path, after) in [
        ("", "app", "app = \"x\"\n"),
        ("[ship]\nport = 1\n", "app", "app = \"x\"\n[ship]\nport = 1\n"),
        ("a = 1\n\n[ship]\n", "app", "a = 1\napp = \"x\"\n\n[ship]\n"),
        ("", "ship.drain", "[ship]\ndrain = \"x\"\n"),
        ("ship.port = 1\n[env]\n", "ship.drain", "ship.port = 1\nship.drain = \"x\"\n[env]\n"),
        ("[a]\nb.c.d = 1\n", "a.b.e", "[a]\nb.c.d = 1\nb.e = \"x\"\n"),
        ("a = { b.c = 1 }\n", "a.b.d", "a = { b.c = 1, b.d = \"x\" }\n"),
        ("\u{feff}[a]\n", "b", "\u{feff}b = \"x\"\n[a]\n"),
        ("\u{feff}a = 1\n", "b", "\u{feff}a = 1\nb = \"x\"\n"),
        ("env = {}\n", "env.prod", "env = { prod = \"x\" }\n"),
        ("[env]\n[env.a]\n", "env.prod", "[env]\nprod = \"x\"\n[env.a]\n"),
        ("[env.a.ship]\nport = 1\n", "env.a.target", "[env.a.ship]\nport = 1\n\n[env.a]\ntarget = \"x\"\n"),
        (
            "[ship]\nhealth = { a.b = 1 }\n",
            "ship.health.path",
            "[ship]\nhealth = { a.b = 1, path = \"x\" }\n",
        ),
        (
            "[ship]\nm = \"\"\"\n[x]\n\"\"\"\n",
            "ship.drain",
            "[ship]\nm = \"\"\"\n[x]\n\"\"\"\ndrain = \"x\"\n",
        ),
        ("[build.steps.\"a b\"]\n", "build.steps.\"a b\".run", "[build.steps.\"a b\"]\nrun = \"x\"\n"),
    ] {
        assert_eq!(set(before, path, &text("x")).unwrap(), after, "{before:?} {path}");
    }
}

#[test]
fn a_value_is_removed_with_its_line() {
    assert_eq!(remove(FILE, "ship.port").unwrap(), FILE.replace("port = 80", ""));
    assert_eq!(remove(FILE, "env.prod.env.LOG").unwrap(), FILE.replace("LOG = \"info\" , ", ""));
    assert_eq!(remove(FILE, "env.prod.env.B").unwrap(), FILE.replace(" , B = 1", ""));
    assert_eq!(remove("a = { b = 1 }\n", "a.b").unwrap(), "a = {  }\n");
    assert_eq!(remove("a = [\n  1,\n]\nb = 2\n", "a").unwrap(), "b = 2\n");
    assert_eq!(remove(FILE, "ship.drain"), Err(EditError::Missing { path: "ship.drain".into() }));
    assert_eq!(remove(FILE, "ship"), Err(EditError::Unsupported { path: "ship".into() }));
}

#[test]
fn an_environment_is_added_as_the_last_one() {
    let facts = super::support::dockerfile_folder();
    for before in [
        "",
        "app = \"a\"\n",
        "[env]\nstaging = \"docker\"\n",
        "[env.staging]\ntarget = \"docker\"\nship.drain = \"1s\"\n\n[ship]\nport = 1\n",
        "[env]\n# first\nstaging = \"docker\"\n[env.next]\ntarget = \"docker\"\n",
        "env = { staging = \"docker\" }",
        FILE,
    ] {
        let after = add_environment(before, "last", "ssh://web1").unwrap();
        let (spec, _) = seatrial_core::spec::parse(after.as_bytes(), "seatrial.toml", &facts).unwrap();
        assert_eq!(spec.environments.last().unwrap().name.as_str(), "last", "{after}");
        assert_eq!(
            add_environment(&after, "last", "docker"),
            Err(EditError::Exists { path: "env.last".into() })
        );
    }
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let error = |file: &str, path: &str| set(file, path, &Setting::Flag(true)).unwrap_err();
    assert_eq!(error("a = ", "b"), EditError::NotToml);
    assert_eq!(error("", ""), EditError::Path { path: String::new() });
    assert_eq!(error("", "a..b"), EditError::Path { path: "a..b".into() });
    assert_eq!(error("a = 1", "a.b"), EditError::NotATable { path: "a".into() });
    assert_eq!(error("[a]", "a"), EditError::Unsupported { path: "a".into() });
}
