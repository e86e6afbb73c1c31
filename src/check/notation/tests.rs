use super::*;
use crate::dialect::nginx::log_format::{Escape, LogFormat};

/// All but these, so that what is added is short.
const REST: &str = "$remote_addr $time_local $request $body_bytes_sent $server_name $request_time $upstream_status \
                    $sent_http_content_length $upstream_connect_time $upstream_header_time";

#[track_caller]
fn check(source: &str, expected: &str) {
    let format = LogFormat::compile(source, Escape::Default).expect("a right format");
    let completed = completed(&format).expect("there is room");
    assert_eq!(completed.strip_prefix(source).unwrap_or(&completed), expected, "{source:?}");
}

/// The rest with other separators.
fn rest(between: &str) -> String {
    REST.split(' ').collect::<Vec<_>>().join(between)
}

#[test]
fn what_is_added_is_written_as_the_rest_is() {
    // Missing: the agent, the completion, address and response time of upstreams, the id.
    check(
        &format!("{} $status", rest(" ")),
        " \"$http_user_agent\" \"$request_completion\" \"$upstream_addr\" \"$upstream_response_time\" \"$request_id\"",
    );
    check(
        &format!("{},$status", rest(",")),
        ",\"$http_user_agent\",\"$request_completion\",\"$upstream_addr\",\"$upstream_response_time\",$request_id",
    );
    check(
        &format!("{}|$status", rest("|")),
        "|\"$http_user_agent\"|$request_completion|$upstream_addr|$upstream_response_time|$request_id",
    );
    check(
        &format!("{}|$status|", rest("|")),
        "\"$http_user_agent\"|$request_completion|$upstream_addr|$upstream_response_time|$request_id|",
    );
    check(
        &format!("\"{}\",\"$status\"", rest("\",\"")),
        ",\"$http_user_agent\",\"$request_completion\",\"$upstream_addr\",\"$upstream_response_time\",\"$request_id\"",
    );
    check(
        &format!("{}\t$status", rest("\t")),
        "\t$http_user_agent\t$request_completion\t$upstream_addr\t$upstream_response_time\t$request_id",
    );
    check(
        &format!("{}\"$status", rest("\"")),
        "\"$http_user_agent\"$request_completion\"$upstream_addr\"$upstream_response_time\"$request_id",
    );
    check(
        &format!("[{}][$status]", rest("][")),
        "[$http_user_agent][$request_completion][$upstream_addr][$upstream_response_time][$request_id]",
    );
}

#[test]
fn names_are_kept() {
    let named = |between: &str, mark: &str| {
        let rest = REST.split(' ').enumerate().map(|(n, it)| format!("n{n}{mark}{it}"));
        rest.chain([format!("code{mark}$status")]).collect::<Vec<_>>().join(between)
    };
    check(
        &named(" ", "="),
        " agent=\"$http_user_agent\" done=\"$request_completion\" uaddr=\"$upstream_addr\" \
         urt=\"$upstream_response_time\" id=$request_id",
    );
    check(
        &named("\t", ":"),
        "\tagent:$http_user_agent\tcompletion:$request_completion\tuaddr:$upstream_addr\
         \turt:$upstream_response_time\treq_id:$request_id",
    );
    check(
        &named(", ", ": "),
        ", agent: \"$http_user_agent\", completion: \"$request_completion\", uaddr: \"$upstream_addr\", \
         urt: \"$upstream_response_time\", req_id: $request_id",
    );
    // `main` has none, and its like get them.
    let main = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_user_agent\"";
    let format = LogFormat::compile(main, Escape::Default).expect("a right format");
    let added = completed(&format).expect("there is room")[main.len()..].to_owned();
    assert!(added.starts_with(" host=\"$server_name\" rt=$request_time done="), "{added}");
    // One that is taken for something else.
    let format = LogFormat::compile("$status rt=$msec id=$pid", Escape::Default).expect("a right format");
    let added = completed(&format).expect("there is room");
    assert!(added.contains(" request_time=$request_time ") && added.ends_with(" request_id=$request_id"), "{added}");
}

#[test]
fn an_object_gets_members() {
    let added = |source: &str| {
        let format = LogFormat::compile(source, Escape::Json).expect("a right format");
        completed(&format).expect("there is room")
    };
    let one = added(r#"{"status":"$status"}"#);
    assert!(one.starts_with(r#"{"status":"$status","remote_addr":"$remote_addr","time_local":"#), "{one}");
    assert!(one.ends_with(r#","request_id":"$request_id"}"#), "{one}");
    let spaced = added(r#"{ "nginx": { "status": $status, "request_id": "$msec" } }"#);
    assert!(
        spaced.starts_with(r#"{ "nginx": { "status": $status, "request_id": "$msec" }, "remote_addr": "#),
        "{spaced}"
    );
    assert!(spaced.ends_with(r#", "nginx_request_id": "$request_id" }"#), "{spaced}");
}

#[test]
fn nothing_of_the_products_own_format_is_forgotten() {
    assert!(lacking(LogFormat::recommended().sight()).is_empty());
    let format = LogFormat::compile("$status", Escape::Default).expect("a right format");
    let completed = completed(&format).expect("there is room");
    let sight = LogFormat::compile(&completed, Escape::Default).expect("a right format").sight();
    let recommended = LogFormat::recommended().sight();
    assert!(recommended.columns().all(|column| sight.has(column)), "{completed}");
}
