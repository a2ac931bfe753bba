//! Making a connection: to the address of a host that answers first (RFC 8305).

use crate::client::{ATTEMPT_DELAY, Connect, host, interleaved};
use crate::error::Error;
use crate::tls::{ClientTls, server_name};
use crate::transport::tls_error;
use ::tokio::net::TcpStream;
use ::tokio::task::JoinSet;
use ::tokio::time::{sleep, timeout};
use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(super) async fn plain(address: &str, how: &Connect) -> Result<TcpStream, Error> {
    race(address, how, tcp).await
}

pub(super) async fn secure(
    address: &str,
    how: &Connect,
    tls: &ClientTls,
) -> Result<TlsStream<TcpStream>, Error> {
    let name = how.server_name.as_deref().unwrap_or(host(address));
    let name = server_name(name).map_err(|cause| Error::Tls { address: address.to_owned(), cause })?;
    let connector = TlsConnector::from(tls.config());
    race(address, how, move |to| {
        let (connector, name) = (connector.clone(), name.clone());
        async move { connector.connect(name, tcp(to).await?).await }
    })
    .await
}

async fn tcp(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Tries the addresses one after the other, each a little behind the one before, until one has answered. Those that lose are
/// dropped.
async fn race<T, F>(address: &str, how: &Connect, attempt: impl Fn(SocketAddr) -> F) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let to = || address.to_owned();
    let candidates = match &how.addresses[..] {
        [] => ::tokio::net::lookup_host(address)
            .await
            .map_err(|cause| Error::Resolve { address: to(), cause })?
            .collect(),
        given => given.to_vec(),
    };
    if candidates.is_empty() {
        return Err(Error::Resolve { address: to(), cause: ErrorKind::NotFound.into() });
    }
    let outcome = timeout(how.timeout, first(interleaved(candidates), attempt)).await;
    outcome.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into())).map_err(|cause| match tls_error(&cause) {
        Some(cause) => Error::Tls { address: to(), cause },
        None => Error::Connect { address: to(), cause },
    })
}

async fn first<T, F>(candidates: Vec<SocketAddr>, attempt: impl Fn(SocketAddr) -> F) -> io::Result<T>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut attempts = JoinSet::new();
    let mut failure = io::Error::from(ErrorKind::TimedOut);
    let mut candidates = candidates.into_iter().peekable();
    loop {
        if let Some(candidate) = candidates.next() {
            attempts.spawn(attempt(candidate));
        }
        let next = async {
            match candidates.peek() {
                Some(_) => sleep(ATTEMPT_DELAY).await,
                None => std::future::pending().await,
            }
        };
        ::tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok(Ok(transport))) => return Ok(transport),
                Some(Ok(Err(error))) => failure = error,
                Some(Err(error)) => failure = io::Error::other(error),
                None => return Err(failure),
            },
            () = next => {}
        }
    }
}
