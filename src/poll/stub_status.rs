//! One stub_status page over http, https or a unix socket. Knows: one GET and its bounds.
//! Does not know: when it is asked, what its numbers mean.

mod address;
mod connection;
mod failure;
mod trust;

use std::pin::pin;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::time;

pub use address::Address;
use connection::{Connector, Failure};
use failure::{IS_IT_THE_PAGE, explain};

use super::error::{PollError, Reason};
use crate::dialect::nginx::stub_status::{self, StubStatus};

/// The page has about 100 bytes; whatever is longer than this is something else.
const BODY_BYTES_MAX: usize = 16 << 10;

const USER_AGENT: &str = concat!("hangup/", env!("CARGO_PKG_VERSION"));

/// Asks one page.
pub struct Page {
    address: Address,
    timeout: Duration,
    connector: Connector,
}

impl Page {
    /// The certificate is not checked on this machine's own addresses, where it is rarely issued for "localhost" and
    /// nobody can stand in between. It is checked everywhere else.
    pub fn new(address: Address, timeout: Duration) -> Result<Self, PollError> {
        let check_certificate = !address.is_local();
        Self::checking(address, timeout, check_certificate)
    }

    fn checking(address: Address, timeout: Duration, check_certificate: bool) -> Result<Self, PollError> {
        let connector = Connector::new(&address, check_certificate)
            .map_err(|what| PollError::new(Reason::Untrusted, format!("{address}: {what}")))?;
        Ok(Self { address, timeout, connector })
    }

    pub async fn ask(&self) -> Result<StubStatus, PollError> {
        let body = self.body().await?;
        stub_status::parse(&body).map_err(|error| self.miss(Reason::NotUnderstood, &error.to_string(), IS_IT_THE_PAGE))
    }

    async fn body(&self) -> Result<Vec<u8>, PollError> {
        let answer = time::timeout(self.timeout, self.get()).await.unwrap_or(Err(Failure::TimedOut(self.timeout)));
        match answer {
            Ok((StatusCode::OK, body)) if body.len() > BODY_BYTES_MAX => {
                let what = format!("more than {BODY_BYTES_MAX} bytes came");
                Err(self.miss(Reason::TooLarge, &what, IS_IT_THE_PAGE))
            }
            Ok((StatusCode::OK, body)) => Ok(body),
            Ok((status, _)) => Err(self.miss(Reason::BadStatus, &format!("it answered {status}"), advice(status))),
            Err(failure) => {
                let (reason, what, advice) = explain(&failure);
                Err(self.miss(reason, &what, advice))
            }
        }
    }

    /// A new connection for each question: a kept one would hold one of the connection slots that may be running out,
    /// and would not notice when no new one is to be had.
    async fn get(&self) -> Result<(StatusCode, Vec<u8>), Failure> {
        let stream = self.connector.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut connection = pin!(connection);
        let mut answer = pin!(async {
            let response = sender.send_request(self.request()?).await?;
            let status = response.status();
            let body = if status == StatusCode::OK { start_of(response.into_body()).await? } else { Vec::new() };
            Ok((status, body))
        });
        // The connection moves the bytes of both. However it has ended, the answer may still be there to be taken.
        tokio::select! {
            answer = &mut answer => answer,
            Err(error) = &mut connection => answer.await.map_err(|_: Failure| error.into()),
        }
    }

    fn request(&self) -> Result<Request<String>, Failure> {
        let mut request = Request::get(self.address.path())
            .header(header::HOST, self.address.host())
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::CONNECTION, "close");
        if let Some(authorization) = self.address.authorization() {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        Ok(request.body(String::new())?)
    }

    fn miss(&self, reason: Reason, what: &str, advice: &str) -> PollError {
        PollError::new(reason, format!("{}: {what}: {advice}", self.address))
    }
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "add \"allow\" for the address hangup comes from to that location",
        StatusCode::UNAUTHORIZED => "write it as http://user:password@host/path",
        StatusCode::NOT_FOUND => "add a location with \"stub_status;\", or correct the path",
        status if status.is_redirection() => "name the address it leads to; redirects are not followed",
        _ => IS_IT_THE_PAGE,
    }
}

/// All of the body, or a little more of it than any page has.
async fn start_of(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut start = Vec::new();
    while start.len() <= BODY_BYTES_MAX
        && let Some(frame) = body.frame().await
    {
        start.extend_from_slice(frame?.data_ref().map_or(&[][..], AsRef::as_ref));
    }
    Ok(start)
}

#[cfg(test)]
mod tests;
