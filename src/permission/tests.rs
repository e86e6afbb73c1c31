use std::path::Path;

use super::*;

#[test]
fn an_unreadable_path_names_who_lacks_what() {
    let names = Names {
        passwd: "root:x:0:0::/:\nwww-data:x:33:33::/:\nhangup:x:997:990::/:\n".to_owned(),
        group: "root:x:0:\nadm:x:4:\nhangup:x:990:\n".to_owned(),
    };
    let seen = |path: &str, mode, uid, gid, directory| Seen { path: path.into(), mode, uid, gid, directory };
    let root = seen("/", 0o755, 0, 0, true);
    let check = |own: (u32, &[u32]), way: &[Seen], expected: &str| {
        let own = Identity { uid: own.0, groups: own.1.to_vec() };
        let all: Vec<Seen> = std::iter::once(root.clone()).chain(way.iter().cloned()).collect();
        assert_eq!(sentence(Path::new("/v/a.log"), &all, &own, &names), expected);
    };
    let (open, log) = (seen("/v", 0o755, 0, 4, true), seen("/v/a.log", 0o640, 33, 4, false));
    check(
        (997, &[990]),
        &[open.clone(), log.clone()],
        "/v/a.log is 0640 www-data:adm and hangup runs as hangup (uid 997): add it to group adm (usermod -aG adm hangup) \
         and restart hangup",
    );
    check(
        (61234, &[61234]),
        &[open.clone(), log],
        "/v/a.log is 0640 www-data:adm and hangup runs as uid 61234: add it to group adm (usermod -aG adm 61234) \
         and restart hangup",
    );
    check(
        (997, &[990]),
        &[seen("/v", 0o750, 0, 4, true)],
        "/v is 0750 root:adm and hangup runs as hangup (uid 997): add it to group adm (usermod -aG adm hangup) \
         and restart hangup",
    );
    check(
        (997, &[990]),
        &[seen("/v", 0o750, 0, 0, true)],
        "/v is 0750 root:root and hangup runs as hangup (uid 997): let it through with setfacl -m u:hangup:x /v",
    );
    check(
        (997, &[990, 4]),
        &[open.clone(), seen("/v/a.log", 0o600, 33, 4, false)],
        "/v/a.log is 0600 www-data:adm and hangup runs as hangup (uid 997): let it through with \
         setfacl -m u:hangup:r /v/a.log, and in logrotate's `create` line give new files mode 0640 and a group it is in",
    );
    // What a unit's sandbox hides, no setfacl gives back.
    check(
        (997, &[990, 4]),
        &[seen("/home", 0, 0, 0, true)],
        "/v/a.log may not be read by hangup (uid 997): hangup's own unit hides /home (ProtectHome=), and no mode or group \
         helps; write ProtectHome=read-only in it (systemctl edit hangup), or log outside of /home",
    );
    check(
        (997, &[990, 4]),
        &[seen("/v", 0, 0, 0, true)],
        "/v/a.log may not be read by hangup (uid 997): /v is hidden from it, as a unit's InaccessiblePaths= does, and no \
         mode or group helps; take it off there",
    );
    check(
        (997, &[990, 4]),
        &[open, seen("/v/a.log", 0o640, 33, 4, false)],
        "/v/a.log may not be read by hangup (uid 997), although its mode would allow it: look for an ACL, SELinux or \
         AppArmor, or the unit's sandbox (ProtectSystem=, InaccessiblePaths=)",
    );
}
