//! Standard output that tells when nobody reads it any more.
//!
//! The server of the protocol's crate keeps serving when its output fails; whoever runs it has to know and leave.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio::sync::watch;

/// An output that reports its first failure.
pub(super) struct Outlet<W> {
    inner: W,
    closed: watch::Sender<bool>,
}

impl<W: AsyncWrite + Unpin> Outlet<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, closed: watch::Sender::new(false) }
    }

    /// Waits for the first write that fails. The future is independent of the output and never ends if all goes well.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + use<W> {
        let mut closed = self.closed.subscribe();
        async move {
            if closed.wait_for(|closed| *closed).await.is_err() {
                std::future::pending().await
            }
        }
    }

    fn noted<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &result {
            tracing::debug!(%error, "cannot write to the client");
            self.closed.send_replace(true);
        }
        result
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Outlet<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.noted(result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        self.noted(result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.noted(result)
    }
}
