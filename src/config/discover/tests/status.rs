use super::{findings, found};

/// The status page as `uri host`, or what is said about it.
#[track_caller]
fn status(servers: &str, expected: &str) {
    let found = found(&format!("http {{ access_log off; {servers} }}"));
    let got = match &found.status_page {
        Some(page) => format!("{} {}", page.uri, page.host.as_deref().unwrap_or("-")),
        None => findings(&found).join("; "),
    };
    assert_eq!(got, expected, "{servers}");
}

#[test]
fn the_status_page_is_where_this_machine_reaches_it() {
    let at = |listen: &str| format!("server {{ {listen} location = /s {{ stub_status; }} }}");
    status(&at(""), "http://127.0.0.1/s -");
    status(&at("listen 8080;"), "http://127.0.0.1:8080/s -");
    status(&at("listen 127.0.0.1:8080-8090;"), "http://127.0.0.1:8080/s -");
    status(&at("listen [::]:80;"), "http://[::1]/s -");
    status(&at("listen [::1]:81 default_server;"), "http://[::1]:81/s -");
    status(&at("listen 0.0.0.0:81;"), "http://127.0.0.1:81/s -");
    status(&at("listen unix:/run/n.sock;"), "unix:/run/n.sock:/s -");
    status(&at("listen 443 ssl;"), "https://127.0.0.1/s -");
    // Plain before TLS, local before public: `allow 127.0.0.1` is the rule for such pages.
    status(&at("listen 8443 ssl; listen 192.0.2.1:80; listen 8080;"), "http://127.0.0.1:8080/s -");
    status(&at("listen 81 proxy_protocol; listen 82;"), "http://127.0.0.1:82/s -");
    status("server { listen 81; location /a { location /a/b { stub_status on; } } }", "http://127.0.0.1:81/a/b -");
    status("server { listen 81; stub_status; }", "http://127.0.0.1:81/ -");
    status("server { location ^~ /s { stub_status; } }", "http://127.0.0.1/s -");
    status("server { location /s { stub_status off; } }", "");
    status("server { }", "");
    // A regex, as panels write it.
    status("server { location ~ /(stub_status|nginx_status) { stub_status; } }", "http://127.0.0.1/stub_status -");
}

#[test]
fn the_status_page_is_not_looked_for_at_another_servers_address() {
    let page = "location = /s { stub_status; }";
    status(&format!("server {{ listen 80; {page} }} server {{ listen 127.0.0.1:80; }}"), "http://127.0.0.2/s -");
    status(
        &format!("server {{ listen 80; {page} }} server {{ listen 127.0.0.1:80; }} server {{ listen 127.0.0.2:80; }}"),
        "http://127.0.0.3/s -",
    );
    status(
        &format!("server {{ listen [::]:80; {page} }} server {{ listen [::1]:80; }}"),
        "/etc/nginx/nginx.conf:1: 127.0.0.1:80 is another server, which nginx prefers there, so the stub_status page cannot \
         be reached from this machine; give its server a listen address of its own and name it with --nginx.scrape-uri",
    );
    status(
        &format!("server {{ listen 80; listen 127.0.0.1:80; {page} }} server {{ listen 81; }}"),
        "http://127.0.0.1/s -",
    );
}

#[test]
fn the_status_page_of_a_named_server_is_asked_for_by_name() {
    let page = "location = /s { stub_status; }";
    status(&format!("server {{ }} server {{ server_name *.x .y; {page} }}"), "http://127.0.0.1/s y");
    status(
        &format!("server {{ }} server {{ server_name y; listen 80 default_server; {page} }}"),
        "http://127.0.0.1/s -",
    );
    status(&format!("server {{ }} server {{ server_name y; listen 81; {page} }}"), "http://127.0.0.1:81/s -");
    // Of two, the one that can be reached without a trick counts; their numbers are the same.
    status(&format!("server {{ listen 443 ssl; {page} }} server {{ listen 80; {page} }}"), "http://127.0.0.1/s -");
}

#[test]
fn a_status_page_that_cannot_be_found_out_is_told() {
    status(
        "server { location ~ ^/s(?!t) { stub_status; } }",
        "/etc/nginx/nginx.conf:1: the stub_status page cannot be found out: its location is the regex ^/s(?!t); \
         name it with --nginx.scrape-uri",
    );
    status(
        "server { location \"/my status\" { stub_status; } }",
        "/etc/nginx/nginx.conf:1: the stub_status page cannot be found out: its location /my status has no plain path; \
         name it with --nginx.scrape-uri",
    );
    let found = found("http { access_log off; server { } server { location /s { stub_status; } } }");
    assert_eq!(
        findings(&found),
        ["/etc/nginx/nginx.conf:1: another server answers on this address, and the stub_status page's server has no \
          plain server_name to ask for; give it one, or a listen address of its own"]
    );
}
