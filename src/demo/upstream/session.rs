//! One connection to the backend, request after request.
//! Knows: the order read, treat, count. Does not know: how each treatment is carried out.

use std::io;
use std::time::Duration;

use clap::ValueEnum;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::answer::{self, Next};
use super::behaviour::{self, Behaviour};
use super::mood::{self, Mood, MoodSwitch};
use super::served::{Ending, Served};
use crate::demo::http::{self, BodyEnd, Request, Rest};
use crate::demo::random::Random;

/// A connection nobody asks anything on is given up, so that a forgotten one holds no slot for ever.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// One connection.
pub(super) struct Session {
    stream: TcpStream,
    rest: Rest,
    mood: MoodSwitch,
    served: Served,
    random: Random,
}

impl Session {
    pub(super) fn new(stream: TcpStream, mood: MoodSwitch, served: Served, seed: u64) -> Session {
        Session { stream, rest: Rest::new(), mood, served, random: Random::new(seed) }
    }

    /// Until either side has had enough.
    pub(super) async fn serve(mut self) {
        self.served.connected();
        // Small answers must not wait for the other side's delayed acknowledgement; without it they are only slower.
        let _ = self.stream.set_nodelay(true);
        while let Ok(Ok(Some(request))) =
            tokio::time::timeout(IDLE_MAX, http::read_request(&mut self.stream, &mut self.rest)).await
        {
            let next = match request.target.starts_with("/_") {
                true => self.control(&request).await,
                false => self.treat(&request).await,
            };
            if !matches!(next, Ok(Next::Keep)) || !request.keep_alive {
                return;
            }
        }
    }

    async fn treat(&mut self, request: &Request) -> io::Result<Next> {
        let (asked, name) = behaviour::parse(&request.target);
        let nth_asked = self.served.asked(name);
        let body = http::read_body(&mut self.stream, &mut self.rest, request.body, None).await;
        if !matches!(body, Ok(BodyEnd::Complete)) {
            self.served.ended(name, Ending::Left);
            return Ok(Next::Close);
        }
        let behaviour = match asked {
            Behaviour::Plain => mood::treat(self.mood.get(), &mut self.random),
            Behaviour::Flaky { nth } if nth_asked.is_multiple_of(nth) => Behaviour::Status { status: 503 },
            other => other,
        };
        let (ending, next) = answer::give(&mut self.stream, behaviour, request.method == "HEAD").await;
        self.served.ended(name, ending);
        Ok(next)
    }

    /// `/_count`, `/_mood/NAME`: these are not counted themselves.
    async fn control(&mut self, request: &Request) -> io::Result<Next> {
        http::read_body(&mut self.stream, &mut self.rest, request.body, None).await?;
        let (status, body) = match request.target.strip_prefix("/_mood/").map(|name| Mood::from_str(name, true)) {
            Some(Ok(mood)) if request.method == "POST" => {
                self.mood.set(mood);
                (200, format!("{{\"mood\":\"{mood}\"}}"))
            }
            Some(Ok(_)) => (405, "change the mood with POST".to_owned()),
            Some(Err(problem)) => (404, problem),
            None if request.target == "/_count" => (200, self.served.to_json()),
            None => (404, "only /_count and /_mood/NAME".to_owned()),
        };
        let head = answer::head(status, body.len() as u64);
        self.stream.write_all(format!("{head}{body}").as_bytes()).await?;
        Ok(Next::Keep)
    }
}
