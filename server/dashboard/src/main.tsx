import { render } from 'preact';
import { redeem } from './api.ts';
import { listen } from './live.ts';
import { App } from './views/app.tsx';

function start(): void {
  const page = document.getElementById('page');
  if (page !== null) {
    page.replaceChildren();
    render(<App />, page);
  }
}

// What the document itself shows is painted before the work begins; a page that nobody sees paints nothing.
if (document.visibilityState === 'hidden') {
  start();
} else {
  requestAnimationFrame(() => setTimeout(start));
}
void redeem().then(listen);
