//! Connections: so many at most, and none that only costs.

use super::gate::Hosts;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower::Service as _;

/// So many connections at a time; who comes beyond them waits.
const CONNECTIONS: usize = 1024;
/// A request's head has to come within this time, and a connection that asks nothing stays no longer.
const HEAD: Duration = Duration::from_secs(10);
/// So many bytes of a head at most, and so many fields.
const HEAD_BYTES: usize = 16 * 1024;
const FIELDS: usize = 64;
/// Who does not read what was asked for is left after this time.
const UNREAD: Duration = Duration::from_secs(30);
/// So many bytes may wait in the system for a reader that is slow (Linux allows for twice as many). It would hold megabytes
/// otherwise, so that such a listener heard of what has long changed, and a crowd of them filled the memory.
const AHEAD: usize = 64 * 1024;
/// After a failure to accept, such as too many open files.
const AGAIN: Duration = Duration::from_millis(100);

/// Where a connection came in, and by which names it may have been called.
#[derive(Clone, Debug)]
pub(super) struct Called {
    pub(super) local: SocketAddr,
    pub(super) hosts: Arc<Hosts>,
}

/// Takes connections, for ever.
pub(super) async fn accept(listener: &TcpListener, hosts: Hosts, router: Router) {
    let hosts = Arc::new(hosts);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => break stream,
                    Err(error) => {
                        tracing::warn!("cannot accept a connection: {error}");
                        sleep(AGAIN).await;
                    }
                },
                Some(_) = open.join_next() => {}
            }
        };
        let Ok(local) = stream.local_addr() else { continue };
        let _ = stream.set_nodelay(true);
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, AHEAD);
        let called = Called { local, hosts: Arc::clone(&hosts) };
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(called.clone());
            router.clone().call(request.map(Body::new))
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES)
            .max_headers(FIELDS)
            .serve_connection(TokioIo::new(Impatient::new(stream)), service);
        open.spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!("a connection ended: {error}");
            }
            drop(permit);
        });
    }
}

/// A stream that fails when the other end does not take what is written for too long.
struct Impatient {
    stream: TcpStream,
    /// Runs while something could not be written.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    const fn new(stream: TcpStream) -> Self {
        Self { stream, patience: None }
    }

    /// Passes on what came of writing, or of waiting for too long to.
    fn wrote<T>(
        &mut self,
        context: &mut Context<'_>,
        wrote: Poll<std::io::Result<T>>,
    ) -> Poll<std::io::Result<T>> {
        if wrote.is_ready() {
            self.patience = None;
            return wrote;
        }
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + UNREAD)));
        ready!(patience.as_mut().poll(context));
        Poll::Ready(Err(std::io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(context, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
