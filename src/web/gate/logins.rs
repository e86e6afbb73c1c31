//! Whose password is right. A comparison takes bcrypt's time, so one is made at a time, what came of it is remembered,
//! and only some may wait for one.
//! Knows: users, their hashes, what was compared. Does not know: what a user may see.
//!
//! What is remembered is no password but its keyed digest, whose key dies with the process: neither a dump nor the time
//! that a look takes tells anything of it. Right ones and wrong ones are remembered apart, so that no flood of wrong
//! ones makes a scraper wait again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::{hmac, rand};

use super::super::connections::network;
use super::super::locked;
use super::super::shared::Shared;

/// Of each kind; as many as exporter-toolkit keeps.
const REMEMBERED_MAX: usize = 100;
/// Comparisons that are made or waited for: at bcrypt's usual cost two seconds of work, which a scraper waits.
const PLACES: usize = 16;
/// Of these, for one network.
const PLACES_PER_NETWORK: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Right,
    /// Or none at all.
    Wrong,
    /// Too many wait to be compared.
    Busy,
}

/// Which password for which hash, as whom.
type Digest = [u8; 32];

pub(super) struct Logins {
    key: hmac::Key,
    known: Arc<Mutex<Known>>,
    places: Arc<Mutex<HashMap<IpAddr, usize>>>,
    comparisons: Arc<Shared<Digest, bool>>,
}

impl Logins {
    pub(super) fn new() -> Logins {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new());
        Logins {
            key: key.expect("the kernel gives random bytes"),
            known: Arc::default(),
            places: Arc::default(),
            comparisons: Shared::new(rest),
        }
    }

    pub(super) async fn check(&self, users: &BTreeMap<String, String>, headers: &HeaderMap, peer: IpAddr) -> Login {
        let Some((user, password)) = credentials(headers) else { return Login::Wrong };
        let known_user = std::str::from_utf8(&user).ok().and_then(|user| users.get(user));
        // A user that there is not costs what one of the others costs, always the same.
        let hash = known_user.or_else(|| users.values().nth(self.digest(&[&user])[0] as usize % users.len()));
        let Some(hash) = hash.cloned() else { return Login::Wrong };
        let digest = self.digest(&[&user, hash.as_bytes(), &password]);
        if let Some(right) = locked(&self.known).get(&digest) {
            return if right { Login::Right } else { Login::Wrong };
        }
        let Some(place) = Place::take(&self.places, network(peer)) else { return Login::Busy };
        let (known, is_user) = (Arc::clone(&self.known), known_user.is_some());
        let compare = move || {
            let right = bcrypt::verify(&password, &hash).unwrap_or(false) && is_user;
            locked(&known).add(digest, right);
            drop(place);
            right
        };
        match self.comparisons.ask(digest, compare).await {
            Some(true) => Login::Right,
            _ => Login::Wrong,
        }
    }

    fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        context.sign().as_ref().try_into().expect("SHA-256 has 32 bytes")
    }
}

/// Wrong passwords, however many come, take half of one core at most.
fn rest(took: Duration) -> Duration {
    took.min(Duration::from_millis(100))
}

/// User and password of `Authorization: Basic …` (RFC 7617).
fn credentials(headers: &HeaderMap) -> Option<(Vec<u8>, Vec<u8>)> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(encoded.trim_start()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let colon = memchr::memchr(b':', &decoded)?;
    Some((decoded[..colon].to_vec(), decoded[colon + 1..].to_vec()))
}

/// What came of the last comparisons.
#[derive(Default)]
struct Known {
    right: VecDeque<Digest>,
    wrong: VecDeque<Digest>,
}

impl Known {
    fn get(&self, digest: &Digest) -> Option<bool> {
        let is_right = self.right.contains(digest);
        (is_right || self.wrong.contains(digest)).then_some(is_right)
    }

    fn add(&mut self, digest: Digest, right: bool) {
        let digests = if right { &mut self.right } else { &mut self.wrong };
        digests.push_back(digest);
        if digests.len() > REMEMBERED_MAX {
            digests.pop_front();
        }
    }
}

/// One of the places where a comparison is waited for, until it is dropped.
struct Place {
    places: Arc<Mutex<HashMap<IpAddr, usize>>>,
    network: IpAddr,
}

impl Place {
    fn take(places: &Arc<Mutex<HashMap<IpAddr, usize>>>, network: IpAddr) -> Option<Place> {
        let mut taken = locked(places);
        let own = taken.get(&network).copied().unwrap_or(0);
        if own >= PLACES_PER_NETWORK || taken.values().sum::<usize>() >= PLACES {
            return None;
        }
        taken.insert(network, own + 1);
        drop(taken);
        Some(Place { places: Arc::clone(places), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = locked(&self.places);
        match taken.get_mut(&self.network) {
            Some(count @ 2..) => *count -= 1,
            _ => drop(taken.remove(&self.network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// bcrypt's cheapest.
    const COST: u32 = 4;

    fn users() -> BTreeMap<String, String> {
        let hash = |password: &str| bcrypt::hash(password, COST).expect("a hash");
        [("alice".to_owned(), hash("alice1")), ("dave".to_owned(), hash("dave123"))].into()
    }

    fn basic(login: &str) -> HeaderMap {
        let value = format!("Basic {}", BASE64_STANDARD.encode(login));
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().expect("a value"))])
    }

    fn peer(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    async fn login(logins: &Logins, users: &BTreeMap<String, String>, text: &str) -> Login {
        logins.check(users, &basic(text), peer(1)).await
    }

    #[tokio::test]
    async fn the_right_password_and_no_other() {
        let (logins, users) = (Logins::new(), users());
        // Twice: compared, and remembered.
        for _ in 0..2 {
            assert_eq!(login(&logins, &users, "alice:alice1").await, Login::Right);
            assert_eq!(login(&logins, &users, "dave:dave123").await, Login::Right);
            for wrong in
                ["alice:dave123", "alice:", ":alice1", "alice", "carol:alice1", "carol:dave123", "Alice:alice1"]
            {
                assert_eq!(login(&logins, &users, wrong).await, Login::Wrong, "{wrong}");
            }
        }
        let bearer = HeaderMap::from_iter([(AUTHORIZATION, "Bearer YWxpY2U6YWxpY2Ux".parse().expect("a value"))]);
        assert_eq!(logins.check(&users, &bearer, peer(1)).await, Login::Wrong);
        assert_eq!(logins.check(&users, &HeaderMap::new(), peer(1)).await, Login::Wrong);
    }

    #[tokio::test]
    async fn a_changed_hash_forgets_the_old_password() {
        let (logins, mut users) = (Logins::new(), users());
        assert_eq!(login(&logins, &users, "alice:alice1").await, Login::Right);
        users.insert("alice".to_owned(), bcrypt::hash("other", COST).expect("a hash"));
        assert_eq!(login(&logins, &users, "alice:alice1").await, Login::Wrong);
        assert_eq!(login(&logins, &users, "alice:other").await, Login::Right);
    }

    /// However many wrong ones come, no more are remembered, and the right one stays.
    #[tokio::test]
    async fn what_is_remembered_is_bounded() {
        let (logins, users) = (Logins::new(), users());
        assert_eq!(login(&logins, &users, "alice:alice1").await, Login::Right);
        for n in 0..REMEMBERED_MAX + 50 {
            assert_eq!(login(&logins, &users, &format!("alice:{n}")).await, Login::Wrong);
        }
        let known = locked(&logins.known);
        assert_eq!((known.right.len(), known.wrong.len()), (1, REMEMBERED_MAX));
    }

    /// A user that there is not is compared, too: nobody can tell the two apart by the time it takes.
    #[tokio::test]
    async fn an_unknown_user_costs_a_comparison() {
        let (logins, users) = (Logins::new(), users());
        assert_eq!(login(&logins, &users, "carol:x").await, Login::Wrong);
        assert_eq!(locked(&logins.known).wrong.len(), 1);
    }

    #[tokio::test]
    async fn few_of_one_network_wait_and_others_have_their_places() {
        let (logins, users) = (Logins::new(), users());
        // Nothing is compared as long as somebody else compares.
        let (began, begun) = std::sync::mpsc::channel();
        let (done, ended) = std::sync::mpsc::channel::<()>();
        let comparisons = Arc::clone(&logins.comparisons);
        let other = tokio::spawn(async move {
            let compare = move || {
                began.send(()).expect("waited for");
                ended.recv().is_ok()
            };
            comparisons.ask([0; 32], compare).await
        });
        tokio::task::spawn_blocking(move || begun.recv()).await.expect("no panic").expect("it has begun");
        let logins = Arc::new(logins);
        let waiting = |last: u8, text: String| {
            let (logins, users) = (Arc::clone(&logins), users.clone());
            tokio::spawn(async move { logins.check(&users, &basic(&text), peer(last)).await })
        };
        let wrong: Vec<_> = (0..PLACES_PER_NETWORK).map(|n| waiting(1, format!("alice:{n}"))).collect();
        tokio::task::yield_now().await;
        assert_eq!(logins.check(&users, &basic("alice:more"), peer(1)).await, Login::Busy);
        let right = waiting(2, "alice:alice1".to_owned());
        let rest = (0..PLACES - PLACES_PER_NETWORK - 1).map(|n| waiting(10 + n as u8, format!("dave:{n}")));
        let rest: Vec<_> = rest.collect();
        tokio::task::yield_now().await;
        assert_eq!(logins.check(&users, &basic("alice:more"), peer(9)).await, Login::Busy, "all places are taken");
        done.send(()).expect("it waits");
        assert_eq!(other.await.expect("no panic"), Some(true));
        assert_eq!(right.await.expect("no panic"), Login::Right);
        for one in wrong.into_iter().chain(rest) {
            assert_eq!(one.await.expect("no panic"), Login::Wrong);
        }
        assert!(locked(&logins.places).is_empty(), "every place is given back");
    }
}
