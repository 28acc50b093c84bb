//! Standard output that tells whether it is read.
//!
//! The server of the protocol's crate keeps serving when its output fails, and keeps what a client does not read; who
//! runs it has to know of both.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio::sync::watch;

/// How an output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// All that was written is gone.
    Clear,
    /// Something waits to be taken.
    Held,
    /// Nobody takes anything any more.
    Closed,
}

/// An output that tells how it stands.
pub(super) struct Outlet<W> {
    inner: W,
    flow: watch::Sender<Flow>,
}

impl<W: AsyncWrite + Unpin> Outlet<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, flow: watch::Sender::new(Flow::Clear) }
    }

    /// Where to read how it stands.
    pub(super) fn flow(&self) -> watch::Receiver<Flow> {
        self.flow.subscribe()
    }

    /// Notes how it stands after a step that went well, or that it does not go on.
    fn noted<T>(&self, result: Poll<io::Result<T>>, well: Flow) -> Poll<io::Result<T>> {
        let flow = match &result {
            Poll::Ready(Ok(_)) => well,
            Poll::Pending => Flow::Held,
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, "cannot write to the client");
                Flow::Closed
            }
        };
        self.flow.send_if_modified(|now| *now != Flow::Closed && std::mem::replace(now, flow) != flow);
        result
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Outlet<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.noted(result, Flow::Held)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        self.noted(result, Flow::Clear)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.noted(result, Flow::Clear)
    }
}

/// Waits until the output stands so; never ends once that cannot come any more.
pub(super) async fn until(flow: &mut watch::Receiver<Flow>, wanted: Flow) {
    if flow.wait_for(|now| *now == wanted).await.is_err() {
        std::future::pending::<()>().await;
    }
}
