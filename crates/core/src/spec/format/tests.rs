use super::*;

fn message(format: Format, text: &str) -> String {
    match format.read(text) {
        Ok(data) => panic!("`{text}` was read as {data:?}"),
        Err(error) => format!("{} | {}", error.message, error.hint.unwrap_or_default()),
    }
}

#[test]
fn durations_read_as_they_are_written() {
    for (text, millis) in
        [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("1m30s", 90_000), ("0s", 0)]
    {
        assert_eq!(duration(text), Some(millis), "{text}");
        assert_eq!(duration(&show_duration(millis)), Some(millis));
    }
    for text in ["", "30", "s", "-1s", "1.5s", "30s1m", "1s1s", "99999999999999999999h", "3 d"] {
        assert_eq!(duration(text), None, "{text}");
    }
}

#[test]
fn sizes_count_in_1024_unless_written_otherwise() {
    for (text, bytes) in [
        ("256MiB", 256 << 20),
        ("512m", 512 << 20),
        ("1g", 1 << 30),
        ("500MB", 500_000_000),
        ("8388608", 8 << 20),
    ] {
        assert_eq!(size(text), Ok(bytes), "{text}");
        assert_eq!(size(&show_size(bytes)), Ok(bytes));
    }
    for text in ["", "MiB", "1 TiB", "-5m", "1m", "99999999999g"] {
        assert!(size(text).is_err(), "{text}");
    }
}

#[test]
fn shares_and_statuses_read_as_they_are_written() {
    for (text, ppm) in [("0%", 0), ("0.1%", 1000), ("100%", 1_000_000), ("2.5 %", 25_000)] {
        assert_eq!(share(text), Ok(ppm));
        assert_eq!(share(&show_share(ppm)), Ok(ppm));
    }
    for text in ["0.1", "101%", "-1%", "%", "NaN%", "inf%", "1e1%"] {
        assert!(share(text).is_err(), "{text}");
    }
    assert_eq!(statuses("200-399"), Ok((200, 399)));
    assert_eq!(statuses("204"), Ok((204, 204)));
    for text in ["", "20", "600", "399-200", "2xx"] {
        assert!(statuses(text).is_err(), "{text}");
    }
}

#[test]
fn a_path_cannot_leave_the_folder() {
    assert_eq!(relative_path("./a//b/"), Ok("a/b".to_owned()));
    assert_eq!(relative_path("."), Ok(".".to_owned()));
    for text in ["", "/etc", "..", "a/../../b", "..\\x", "C:\\x", "\\\\host", "a\0b"] {
        assert!(relative_path(text).is_err(), "{text}");
    }
}

#[test]
fn the_address_of_an_authority_is_a_whole_https_url() {
    assert_eq!(https_url("https://ca.example:8443/d"), Ok("https://ca.example:8443/d".to_owned()));
    for text in ["", "ca.example", "http://ca.example/d", "https://", "https:///d", "https://a b"] {
        assert!(https_url(text).is_err(), "{text}");
    }
}

#[test]
fn a_url_where_a_host_name_belongs_is_shown_how_to_write() {
    assert_eq!(domain("App.Example.com."), Ok("app.example.com".to_owned()));
    assert_eq!(
        message(Format::Domain, "https://a.example/x"),
        "`https://a.example/x` is more than a host name | leave out scheme, port and path: \"a.example\""
    );
    for text in ["", "a..b", "-a.b", "*.example.com", "bücher.example", "a_b.c", &"a".repeat(64)] {
        assert!(domain(text).is_err(), "{text}");
    }
}

#[test]
fn mounts_and_ports_refuse_what_docker_would_misread() {
    let expected = Mount { source: "data".into(), path: "/data".into(), read_only: false };
    assert_eq!(mount("data:/data"), Ok(expected));
    let expected = Mount { source: "/srv/x".into(), path: "/x".into(), read_only: true };
    assert_eq!(mount("/srv/x:/x:ro"), Ok(expected));
    for text in ["data", "./x:/x", "data:x", "data:/", "/a/../b:/x", "a:/b:z", "-v:/x", "a:/b:ro:ro"] {
        assert!(mount(text).is_err(), "{text}");
    }
    assert_eq!(port_pair("80:8080"), Ok(PortBinding { host: 80, container: 8080 }));
    for text in ["", "0:1", "70000", "127.0.0.1:80:80", "80:", "80/udp"] {
        assert!(port_pair(text).is_err(), "{text}");
    }
}

#[test]
fn near_misses_are_answered_with_a_suggestion() {
    assert_eq!(message(Format::Target, "dokcer"), "`dokcer` is not a target | did you mean \"docker\"?");
    assert_eq!(
        message(Format::Target, "me@host"),
        "`me@host` is not a target | did you mean \"ssh://me@host\"?"
    );
    assert_eq!(message(Format::Duration { min: 0, max: 9 }, "30"), "is not a duration | add a unit: \"30s\"");
    assert!(message(Format::Version, "1.2+abc").contains("1.2-abc"));
    assert!(message(Format::UrlPath, "health").contains("try \"/health\""));
    assert!(message(Format::Variable, "API-KEY").contains("try `API_KEY`"));
}
