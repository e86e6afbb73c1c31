//! The host sources on this machine as it is: what an unprivileged user gets, and what it all costs.

use std::os::unix::process::CommandExt;

use super::netns::allowed;
use super::reader::Reader;

/// "nobody" on Debian.
const NOBODY: u32 = 65534;

#[test]
fn an_unprivileged_user_gets_all_but_the_kernels_log_and_is_told_what_to_grant() {
    if !allowed() {
        return;
    }
    let mut reader = Reader::start(&[], |command| {
        command.uid(NOBODY).gid(NOBODY);
    });
    for (source, error) in reader.states() {
        match (source.as_str(), error) {
            (_, None) => (),
            ("kernel_log", Some(error)) => assert!(error.contains("CAP_SYSLOG") && error.contains("adm"), "{error}"),
            (source, Some(error)) => panic!("{source}: {error}"),
        }
    }
    assert!(reader.read()["net.core.somaxconn"] > 0);
}
